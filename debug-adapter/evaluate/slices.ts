/** Slices and strings of Rust: a pointer and how many elements there are behind it, in a struct that the compiler names like the type. */
import type { Member, Type } from '../program/types.ts';
import { type StructType, stripped } from './c-types.ts';
import { integerFrom } from './place.ts';

export interface Slice {
  readonly element: Type;
  /** `str`: UTF-8. */
  readonly isText: boolean;
  readonly pointer: Member;
  readonly length: Member;
}

const WORD_BYTES = 8;

/** `&str`, `&mut [u8]`, `*const [T]` and the like; `undefined`: any other struct. */
export function sliceOf({ name, members, size }: StructType): Slice | undefined {
  const what = /^(?:&(?:mut )?|\*(?:const|mut) )(str$|\[.*\]$)/s.exec(name ?? '')?.[1];
  if (what === undefined || size !== 2 * WORD_BYTES) return undefined;
  const named = (wanted: string) => members().find((member) => member.name === wanted);
  const [pointer, length] = [named('data_ptr'), named('length')];
  const target = pointer && stripped(pointer.type());
  if (target?.kind !== 'pointer' || pointer === undefined || length === undefined) return undefined;
  return { element: target.to(), isText: what === 'str', pointer, length };
}

/** Where its elements are, and how many. @param read bytes of the slice itself. @throws ValueUnavailable */
export function elementsOf(
  { pointer, length }: Slice,
  read: (offset: number, size: number) => Uint8Array,
): { readonly address: bigint; readonly count: number } {
  return { address: integerFrom(read(pointer.offset, WORD_BYTES)), count: Number(integerFrom(read(length.offset, WORD_BYTES))) };
}
