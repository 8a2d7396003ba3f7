import { conversionLowerings } from './lowered-conversions.ts';
import { floatLowerings } from './lowered-float.ts';
import { type Lowerings, integerLowerings } from './lowered-integer.ts';

/** WebAssembly for operations, by name and arrangement; what has none is computed by the host. */
export const lowerings = (): Readonly<Lowerings> => (made ??= { ...integerLowerings(), ...floatLowerings(), ...conversionLowerings() });
let made: Lowerings | undefined;
