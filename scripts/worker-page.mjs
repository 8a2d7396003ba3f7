// A page that can start dist/worker.js as its Web Worker and read the project's files, without VS Code.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { root } from './process.mjs';

/** @returns `address` and `stop()` */
export async function serveWorkerPage() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/') return response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>worker</title>');
    const file = path.join(root, decodeURIComponent(pathname));
    const isInside = file.startsWith(root + path.sep);
    (isInside ? readFile(file) : Promise.reject(new Error('outside the project'))).then(
      (bytes) => response.setHeader('Content-Type', file.endsWith('.js') ? 'text/javascript' : 'application/octet-stream').end(bytes),
      (error) => response.writeHead(404).end(error.message),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
