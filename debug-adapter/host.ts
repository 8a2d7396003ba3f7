/** What the adapter needs of the place it runs in: a Node process, a worker thread or a Web Worker. */
export interface Host {
  /** The whole file. Rejects when it cannot be read. */
  readFile(path: string): Promise<Uint8Array>;
  exists(path: string): Promise<boolean>;
  /** A file that ships with the adapter (`capstone.wasm`). */
  readAsset(name: string): Promise<Uint8Array>;
}
