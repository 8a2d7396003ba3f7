/** Base64 in any JavaScript host. */
export function base64FromBytes(bytes: Uint8Array): string {
  pairs ??= twoCharacters();
  const whole = bytes.length - (bytes.length % 3);
  const text = new Uint16Array((whole / 3) * 2);
  for (let from = 0, to = 0; from < whole; from += 3) {
    const bits = (bytes[from] << 16) | (bytes[from + 1] << 8) | bytes[from + 2];
    text[to++] = pairs[bits >> 12];
    text[to++] = pairs[bits & 0xfff];
  }
  return new TextDecoder().decode(text) + btoa(String.fromCharCode(...bytes.subarray(whole)));
}

/** Two characters, as bytes in memory, for each twelve bits. */
let pairs: Uint16Array | undefined;
function twoCharacters(): Uint16Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const bytes = Uint8Array.from({ length: 2 << 12 }, (_, index) => {
    const bits = index >> 1;
    return alphabet.charCodeAt(index % 2 === 0 ? bits >> 6 : bits & 63);
  });
  return new Uint16Array(bytes.buffer);
}

/** `undefined`: not base64. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  try {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
    return bytes;
  } catch {
    return undefined;
  }
}
