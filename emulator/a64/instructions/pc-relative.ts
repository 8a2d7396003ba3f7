import { type Decoded, destination, instruction } from '../instruction.ts';
import { signExtend } from '../shared-pseudocode.ts';

/** ADR, ADRP */
export const pcRelativeAddressing = instruction({
  name: 'PC-rel. addressing',
  encoding: 'op:1 immlo:2 10000 immhi:19 Rd:5',
  decode({ op, immlo, immhi, Rd }): Decoded<{ page: boolean }> {
    const offset = BigInt(signExtend((immhi << 2) | immlo, 21));
    return { form: { page: op === 1 }, d: destination(Rd), imm: op ? offset << 12n : offset };
  },
  execute(b, { page }) {
    b.setX('d', b.add(page ? b.pcPage() : b.pc(), b.imm()));
  },
});
