/** What is wrong with debug information is told, in the Debug Console or on standard error, once it has been found: programs are read as somebody asks. */
import { damagedDebugInformation, moreDamage } from './errors.ts';
import type { Image } from './images.ts';

/** Of one program: what follows is of the same kind mostly. */
const MOST_TOLD = 10;

/** @returns tells what has been found since it was called last */
export function createDebugInformationNotes(
  images: () => readonly Pick<Image, 'path' | 'program'>[],
  note: (text: string) => void,
): () => void {
  /** How many of the warnings of a program, which are only added to. */
  const told = new WeakMap<readonly string[], number>();
  return () => {
    for (const { path, program } of images()) {
      const { warnings } = program;
      const before = told.get(warnings) ?? 0;
      if (before === warnings.length) continue;
      told.set(warnings, warnings.length);
      for (const warning of warnings.slice(before, MOST_TOLD)) note(damagedDebugInformation(path, warning));
      if (before <= MOST_TOLD && warnings.length > MOST_TOLD) note(moreDamage(path));
    }
  };
}
