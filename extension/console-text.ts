/** Bytes of a guest's console as text for a terminal: UTF-8 that may be cut anywhere; a line feed alone also returns to the line's beginning. */
export function terminalText(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder();
  let before = '';
  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true });
    const lines = (before + text).replace(/(?<!\r)\n/g, '\r\n').slice(before.length);
    if (text !== '') before = text.endsWith('\r') ? '\r' : '';
    return lines;
  };
}

export const bytesFromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
export const base64FromBytes = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
