/** Where a command's words go. */
export interface Streams {
  /** Standard output. */
  out(text: string | Uint8Array): void;
  /** Standard error. */
  say(text: string): void;
  /** What is to be done when the command has come to its end, also by an error. */
  atEnd(action: () => void): void;
  /**
   * Standard input, for the guest's console; `ended`: there is no more of it. `isTerminal`: a terminal passes every key as it is typed, without echo; Ctrl-A X calls `end`.
   * @returns what ends listening
   */
  listen(listener: (bytes: Uint8Array) => void, how: { readonly isTerminal: boolean; end(): void; ended(): void }): () => void;
}
