import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { checksum } from './checksum.ts';
import { fileChanged } from './errors.ts';
import { machineVersion } from './machine-version.ts';
import { nodeCache } from './node-cache.ts';
import type { Host, HostListener, HostSocket } from './host.ts';
import type { FileBytes } from './program/file-bytes.ts';

/** Where the running script is: `dist/` when bundled, the folder of the main source file otherwise. */
const scriptFolder = (): string => (typeof __dirname === 'string' ? __dirname : path.dirname(process.argv[1] ?? '.'));

/**
 * Synchronous where that can be: Node's asynchronous files go through threads, whose start takes longer than all the looking for sources
 * at a launch. Files from disk, assets from beside the script or, when run from source, from the package they come in. */
export const nodeHost: Host = {
  async readFile(file) {
    const { buffer, byteOffset, length } = readFileSync(file);
    return new Uint8Array(buffer, byteOffset, length);
  },
  openFile: async (file) => openByRanges(file),
  async filesBelow(folder) {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  },
  exists: async (file) => existsSync(file),
  async readAsset(name) {
    for (let folder = scriptFolder(); ; folder = path.dirname(folder)) {
      for (const candidate of [path.join(folder, name), path.join(folder, 'node_modules/@alexaltea/capstone-js/dist', name)]) {
        if (await nodeHost.exists(candidate)) return nodeHost.readFile(candidate);
      }
      if (folder === path.dirname(folder)) throw new Error(`${name} is missing beside ${scriptFolder()}`);
    }
  },
  ...(machineVersion !== undefined && checksum !== undefined && { cache: nodeCache(path.join(cacheFolder(), 'boots'), machineVersion) }),
  listen,
};

/** Files that nobody knows any more are closed. */
const opened = new FinalizationRegistry<number>(closeSync);

function openByRanges(path: string): FileBytes {
  const descriptor = openSync(path, 'r');
  const found = fstatSync(descriptor);
  if (found.isDirectory()) {
    closeSync(descriptor);
    throw new Error('it is a folder');
  }
  const { size, mtimeMs } = found;
  const file: FileBytes = {
    size,
    read(offset, into) {
      if (fstatSync(descriptor).mtimeMs !== mtimeMs) throw fileChanged(path);
      for (let done = 0; done < into.length; ) {
        const count = readSync(descriptor, into, done, into.length - done, offset + done);
        if (count === 0) throw fileChanged(path);
        done += count;
      }
    },
  };
  opened.register(file, descriptor);
  return file;
}

function listen(port: number, onSocket: (socket: HostSocket) => void): Promise<HostListener> {
  const server = createServer({ noDelay: true }, (socket) => onSocket(hostSocket(socket)));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () => new Promise((closed) => server.close(() => closed())),
      });
    });
  });
}

/** Of what the other side does not read; then it is taken for gone. */
const MOST_UNREAD = 64 << 20;

const hostSocket = (socket: Socket): HostSocket => ({
  write(bytes) {
    if (socket.writable) socket.write(bytes);
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
  },
  end: () => void socket.end(),
  destroy: () => void socket.destroy(),
  listen({ data, closed }) {
    socket.on('data', data);
    socket.on('error', () => {});
    socket.on('close', closed);
  },
});
