/** The `Content-Length` framing of DAP's base protocol, over bytes; what is damaged is skipped and reported, never fatal. */

/** Longer than any message a client has reason to send; a greater Content-Length is taken for garbage. */
const largestMessage = 256 * 1024 * 1024;

export function frame(message: unknown): string {
  const text = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

const decoder = new TextDecoder();

/** @returns a function that takes the stream's chunks; `onDamage` gets one line about each thing that was skipped */
export function createDeframer(onMessage: (message: unknown) => void, onDamage: (problem: string) => void): (chunk: Uint8Array) => void {
  let chunks: Uint8Array[] = [];
  let buffered = 0;
  let bodyLength: number | undefined;

  function join(): Uint8Array {
    if (chunks.length === 1) return chunks[0];
    const all = new Uint8Array(buffered);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    chunks = [all];
    return all;
  }
  function drop(count: number): void {
    chunks = [join().subarray(count)];
    buffered -= count;
  }

  return (chunk) => {
    chunks.push(chunk);
    buffered += chunk.length;
    for (;;) {
      if (bodyLength === undefined) {
        const bytes = join();
        const end = headerEnd(bytes);
        if (end === undefined) {
          if (buffered > 64 * 1024) {
            onDamage(`skipped ${buffered} bytes without a header`);
            drop(buffered);
          }
          return;
        }
        const header = decoder.decode(bytes.subarray(0, end));
        drop(end + 4);
        const match = /content-length:[ \t]*(\d+)[ \t]*(?:\r\n|$)/i.exec(header);
        if (match === null || Number(match[1]) > largestMessage) {
          onDamage(`skipped a header without a usable Content-Length: ${JSON.stringify(header.slice(0, 200))}`);
          continue;
        }
        bodyLength = Number(match[1]);
      }
      if (buffered < bodyLength) return;
      const text = decoder.decode(join().subarray(0, bodyLength));
      drop(bodyLength);
      bodyLength = undefined;
      let message: unknown;
      try {
        message = JSON.parse(text);
      } catch (error) {
        onDamage(`skipped a message that is not JSON (${(error as Error).message}): ${JSON.stringify(text.slice(0, 200))}`);
        // A cut message has swallowed the beginning of the next one: give that back.
        const next = text.search(/content-length:/i);
        if (next > 0) {
          const swallowed = new TextEncoder().encode(text.slice(next));
          chunks.unshift(swallowed);
          buffered += swallowed.length;
        }
        continue;
      }
      onMessage(message);
    }
  };
}

function headerEnd(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(13); at >= 0 && at + 3 < bytes.length; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return undefined;
}
