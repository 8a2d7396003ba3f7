/** The scopes of a frame: Locals, Registers, System registers, SDEI event, Interrupted context, Pseudo registers. */
import type { FrameView } from '../evaluate/frame-view.ts';
import type { References } from './references.ts';

/** A DAP Scope. */
export interface Scope {
  readonly name: string;
  readonly presentationHint?: 'locals' | 'registers';
  readonly variablesReference: number;
  readonly namedVariables?: number;
  /** Not read until expanded. */
  readonly expensive: boolean;
}

/** The scopes of `frame`, most local first. Reads nothing of the guest: that happens when a scope is listed. */
export function scopesOf(_frame: FrameView, _references: References): Scope[] {
  return [];
}
