import { conversionLowerings } from './lowered-conversions.ts';
import { floatLowerings } from './lowered-float.ts';
import { floatVectorLowerings } from './lowered-float-vector.ts';
import { fusedLowerings } from './lowered-fused.ts';
import { type Lowerings, integerLowerings } from './lowered-integer.ts';

/** WebAssembly for operations, by name and arrangement; what has none is computed by the host. */
export const lowerings = (): Readonly<Lowerings> =>
  (made ??= {
    ...integerLowerings(),
    ...floatLowerings(),
    ...floatVectorLowerings(),
    ...fusedLowerings(),
    ...conversionLowerings(),
  });
let made: Lowerings | undefined;
