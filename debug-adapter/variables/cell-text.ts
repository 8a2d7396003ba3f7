/** Registers, their fields and other cells as text. */
import { scalarOf, wrap } from '../evaluate/c-types.ts';
import { type Cell, shortName } from '../evaluate/cell.ts';
import { bytesOf, hex } from '../evaluate/place.ts';
import { realText } from '../evaluate/real.ts';
import type { Scene } from '../evaluate/scene.ts';
import { realFromBytes } from '../evaluate/typed.ts';
import { addressText } from './address-text.ts';
import { type Format, SUMMARY } from './format-options.ts';
import { scalarText } from './scalar-text.ts';

/** A register or field: hexadecimal where a bit pattern is meant, with the name of the value or what it decodes to. */
export function formatCell(scene: Scene, cell: Cell, value: bigint, format: Format = {}): string {
  const scalar = scalarOf(cell.type);
  if (format.letter) return scalarText(scene, cell.type, wrap(value, (cell.bits + 7) >> 3, false), cell.bits, format);
  if (scalar?.kind === 'real') return realText(realFromBytes(bytesOf(value, scalar.size)), scalar.size);
  if (scalar?.kind === 'pointer') return addressText(scene, value);
  if (scalar?.kind === 'integer' && scalar.boolean) return value === 0n ? 'false' : 'true';
  const number =
    cell.decimal && !format.hex ? String(value) : value < 10n && cell.bits < 32 ? String(value) : hex(BigInt.asUintN(cell.bits, value));
  const name = cell.values?.[Number(value)];
  if (name !== undefined) return `${number} (${name})`;
  const description = cell.describe?.(value, scene);
  return description === undefined ? number : `${number} ${description}`;
}

/** The first parts of a cell that is only made of them. @throws ValueUnavailable */
export function partsText(scene: Scene, cell: Cell, format: Format = {}): string {
  let text = '';
  for (const part of cell.parts ?? []) {
    if (text.length > SUMMARY.length / 2) return `{${text}, …}`;
    text += `${text && ', '}${shortName(part)} = ${part.read ? formatCell(scene, part, part.read(scene), format) : '{…}'}`;
  }
  return `{${text}}`;
}
