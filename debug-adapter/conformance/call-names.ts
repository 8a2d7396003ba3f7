import { playedCall } from '../../emulator/smccc/call-name.ts';

/** What a conduit call with this X0 is called, and how many arguments it has; unknown ones by their number. */
export const describeCall = (x0: bigint): { readonly name: string; readonly parameters: number } =>
  playedCall(x0) ?? { name: `0x${x0.toString(16)}`, parameters: 0 };
