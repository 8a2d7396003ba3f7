/**
 * Lets messages and timers be handled. Not a timer of zero milliseconds, which browsers stretch, and no message where there is another way:
 * for its first one Node loads its HTTP client.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    // Node's types know `on`, browsers have `onmessage`; both take this one.
    (port1 as unknown as { onmessage: () => void }).onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
