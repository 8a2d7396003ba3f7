import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { nodeHost } from '../../debug-adapter/node-host.ts';

test('a debugger that does not read what it is sent is taken for gone, before that has become much', async () => {
  const piece = new Uint8Array(1 << 20);
  let written = 0;
  let isClosed = false;
  const listener = await nodeHost.listen?.(0, (socket) => {
    socket.listen({ data() {}, closed: () => (isClosed = true) });
    const write = () => {
      if (isClosed || written > 200) return;
      socket.write(piece);
      written++;
      setImmediate(write);
    };
    write();
  });
  assert.ok(listener !== undefined);
  const client = connect(listener.port, '127.0.0.1').pause();
  client.on('error', () => {});
  while (!isClosed && written <= 200) await new Promise(setImmediate);
  // What the operating system keeps comes on top of 64 MB.
  assert.ok(isClosed && written > 64 && written < 150, `${written} MB`);
  client.destroy();
  await listener.close();
});
