/** Lets messages and timers be handled. Not a timer of zero milliseconds: browsers stretch those. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    // Node's types know `on`, browsers have `onmessage`; both take this one.
    (port1 as unknown as { onmessage: () => void }).onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
