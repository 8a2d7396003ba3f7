import { hex } from '../evaluate/place.ts';
import type { Scene } from '../evaluate/scene.ts';

/** A symbol without a size covers whatever follows it; an address this far away has nothing to do with it. */
const farthestFromSymbol = 0x1000n;

/** `0x40081234 <handler+8>` */
export function addressText({ frame: { programs } }: Scene, address: bigint): string {
  const name = symbolText(programs, address);
  return name === undefined ? hex(address) : `${hex(address)} <${name}>`;
}

function symbolText(programs: Scene['frame']['programs'], address: bigint): string | undefined {
  if (address === 0n) return undefined;
  for (const program of programs) {
    const symbol = program.symbolAt(address);
    if (symbol && symbol.offset < farthestFromSymbol) return symbol.offset === 0n ? symbol.name : `${symbol.name}+${symbol.offset}`;
  }
  return undefined;
}
