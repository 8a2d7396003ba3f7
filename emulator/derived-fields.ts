import { OFFSET } from './cpu-state.ts';
import type { Pe } from './pe.ts';

/** Fields of the register block that follow from exception level, SPSel, PSTATE.PAN, PSTATE.UAO and control registers. */
const FIELDS = [
  OFFSET.TLB_READ,
  OFFSET.TLB_WRITE,
  OFFSET.TLB_READ_UNPRIVILEGED,
  OFFSET.TLB_WRITE_UNPRIVILEGED,
  OFFSET.FETCH_BANK,
  OFFSET.TRANSLATION_GENERATION,
  OFFSET.UPPER_TRANSLATION_GENERATION,
  OFFSET.SP_ALIGNMENT,
  OFFSET.FP_TRAP,
  OFFSET.INLINE_ACCESS,
  OFFSET.STRICT_ALIGNMENT,
] as const;

/** Remembers those fields by mode, since exceptions and their returns change the mode far more often than anything changes a register. */
export class DerivedFields {
  private readonly values = new Int32Array(32 * FIELDS.length);
  private known = 0;
  /** The mode whose values are in the register block. */
  private present = -1;

  private static key({ state }: Pe): number {
    return state.exceptionLevel | (state.stackPointerSelect << 2) | (state.pan << 3) | (state.uao << 4);
  }
  /** A register changed. */
  forget(): void {
    this.known = 0;
    this.present = -1;
  }
  note(pe: Pe): void {
    const key = DerivedFields.key(pe);
    FIELDS.forEach((offset, n) => {
      this.values[key * FIELDS.length + n] = pe.field(offset);
    });
    this.known |= 1 << key;
    this.present = key;
  }
  /** Sets the fields as they were noted in the PE's present mode. @returns whether they were */
  recall(pe: Pe): boolean {
    const key = DerivedFields.key(pe);
    if (key === this.present) return true;
    if (!(this.known & (1 << key))) return false;
    this.present = key;
    const start = key * FIELDS.length;
    const { values } = this;
    for (let n = 0; n < FIELDS.length; n++) pe.setField(FIELDS[n], values[start + n]);
    return true;
  }
}
