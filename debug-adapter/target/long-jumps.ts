/** Functions that return out of several calls at once, to where another one was called before: C's longjmp and its kin. */
import type { Images } from '../images.ts';
import type { Program } from '../program/program.ts';
import type { Target } from './target.ts';

/** As C libraries, boot loaders and EDK II call them. */
const names = ['longjmp', '_longjmp', '__longjmp', 'siglongjmp', '_siglongjmp', 'LongJump', 'InternalLongJump'];

/** Most programs have none, and nobody wants to look for it at every step. */
const known = new WeakMap<Program, readonly string[]>();

function namesIn(program: Program): readonly string[] {
  const found = known.get(program) ?? names.filter((name) => program.symbol(name) !== undefined);
  known.set(program, found);
  return found;
}

/** Of a symbol without a size. */
const MOST_BYTES = 256;

/** RET and BR, with and without pointer authentication. */
const leaves = (word: number): boolean => [0xd65f0000, 0xd61f0000].includes((word & 0xfffff000 & ~0x01000000) >>> 0);

/** The instructions by which they leave: their registers, SP among them, are those of the place that they jump to. */
export function longJumpExits(images: Images, target: Target, pe: number): readonly bigint[] {
  return images.programs.flatMap((program) =>
    namesIn(program).flatMap((name) => {
      const symbol = program.symbol(name);
      if (symbol === undefined) return [];
      const bytes = target.readMemory(symbol.address, symbol.size || MOST_BYTES, { kind: 'virtual', pe });
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const exits: bigint[] = [];
      for (let at = 0; at + 4 <= bytes.length && (symbol.size > 0 || exits.length === 0); at += 4)
        if (leaves(view.getUint32(at, true))) exits.push(symbol.address + BigInt(at));
      return exits;
    }),
  );
}
