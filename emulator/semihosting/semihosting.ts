import type { Pe } from '../pe.ts';
import { BadAddress, SemihostingCall } from './call.ts';
import type { SemihostingConfiguration } from './configuration.ts';
import { type Handle, Handles } from './handles.ts';
import { operationOf } from './operations.ts';
import type { SemihostingHost } from './semihosting-host.ts';

/** What a call led to. */
export type SemihostingOutcome =
  /** Its result is in X0, or the guest has ended. */
  | { readonly kind: 'done' }
  /** Nothing has happened: the call is to be made again when something has been typed. */
  | { readonly kind: 'waits' }
  /** Nothing has happened: there is no such operation. */
  | { readonly kind: 'unknown'; readonly number: number }
  /** Nothing has happened: it names memory that is not there. */
  | { readonly kind: 'bad-address'; readonly operation: string; readonly why: string };

/** Plain data. */
export interface SemihostingState {
  readonly handles: readonly (Handle | undefined)[];
  readonly errno: number;
  readonly hasInputEnded: boolean;
}

/** The other side of `HLT #0xF000` ("Semihosting for AArch32 and AArch64"): operation in W0, parameter in X1, result in X0. */
export class Semihosting {
  private readonly place: ConstructorParameters<typeof SemihostingCall>[0];
  private readonly handles = new Handles();
  private errno = 0;
  private hasInputEnded = false;

  constructor(host: SemihostingHost, configuration: SemihostingConfiguration) {
    this.place = { host, configuration, handles: this.handles };
  }

  /** Whether a call that waits for input has something to go on with. */
  get hasInput(): boolean {
    return this.place.host.typed > 0 || this.hasInputEnded;
  }
  /** Nothing more will be typed, or something is. */
  inputEnds(hasInputEnded: boolean): void {
    this.hasInputEnded = hasInputEnded;
  }

  call(pe: Pe): SemihostingOutcome {
    const operation = operationOf(pe.w(0));
    if (operation === undefined) return { kind: 'unknown', number: pe.w(0) };
    const { errno, hasInputEnded } = this;
    const call = new SemihostingCall(this.place, pe.index, pe.x(1), { errno, hasInputEnded });
    try {
      const result = operation.run(call, ...(operation.block === undefined ? [] : call.fields(operation.block.length)));
      if (result === 'waits') return { kind: 'waits' };
      this.errno = call.errno;
      for (const { address, length } of call.reads) this.place.host.noteRead(pe.index, address, length);
      if (typeof result === 'bigint') pe.setX(0, BigInt.asUintN(64, result));
      return { kind: 'done' };
    } catch (error) {
      if (error instanceof BadAddress) return { kind: 'bad-address', operation: operation.name, why: error.message };
      throw error;
    }
  }

  snapshotState(): SemihostingState {
    return { handles: this.handles.snapshotState(), errno: this.errno, hasInputEnded: this.hasInputEnded };
  }
  restoreState({ handles, errno, hasInputEnded }: SemihostingState): void {
    this.handles.restoreState(handles);
    this.errno = errno;
    this.hasInputEnded = hasInputEnded;
  }
}
