/** What SYS_OPEN has opened. There are no files of the host's: a run may depend on nothing but what is recorded of it. */
export type Handle =
  | { readonly kind: 'terminal'; readonly stream: 'stdin' | 'stdout' | 'stderr' }
  /** `:semihosting-features` */
  | { readonly kind: 'features'; readonly position: number };

/** Bits of the first byte behind the magic number: SYS_EXIT_EXTENDED is there, and `:tt` tells standard output and error apart. */
const SH_EXT_EXIT_EXTENDED = 1;
const SH_EXT_STDOUT_STDERR = 2;
const MAGIC = [...'SHFB'].map((letter) => letter.charCodeAt(0));

/** What `:semihosting-features` holds. */
export const FEATURES: Uint8Array = Uint8Array.of(...MAGIC, SH_EXT_EXIT_EXTENDED | SH_EXT_STDOUT_STDERR);

/** Handles begin with 1. */
const FIRST = 1n;

export class Handles {
  private list: (Handle | undefined)[] = [];

  open(handle: Handle): bigint {
    const free = this.list.indexOf(undefined);
    const index = free < 0 ? this.list.length : free;
    this.list[index] = handle;
    return BigInt(index) + FIRST;
  }
  /** `undefined`: there is no such handle. */
  get(number: bigint): Handle | undefined {
    return this.list[this.indexOf(number)];
  }
  set(number: bigint, handle: Handle | undefined): void {
    this.list[this.indexOf(number)] = handle;
  }
  private indexOf(number: bigint): number {
    const index = number - FIRST;
    return index >= 0n && index < BigInt(this.list.length) ? Number(index) : this.list.length;
  }

  snapshotState(): readonly (Handle | undefined)[] {
    return [...this.list];
  }
  restoreState(list: readonly (Handle | undefined)[]): void {
    this.list = [...list];
  }
}
