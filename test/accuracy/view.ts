/** What a stop looks like, in a form that gdb's view (`gdb-stops.py`) has too. */
import type { Images } from '../../debug-adapter/images.ts';
import { createStacks } from '../../debug-adapter/stack/frames.ts';
import { SP } from '../../debug-adapter/stack/registers.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { createReferences, type DisplayedVariable, type References, variablesOf } from '../../debug-adapter/variables/references.ts';
import { scopesOf } from '../../debug-adapter/variables/scopes.ts';

export interface FrameSeen {
  readonly function: string;
  readonly sp: string;
  /** `file.c:12`; absent: no line. */
  readonly line?: string;
  /** Path (`v.member[0]`) → text of everything that is a number, a name or text. */
  readonly locals: Readonly<Record<string, string>>;
}

export interface StopSeen {
  readonly pc: string;
  readonly sp: string;
  /** Innermost first. */
  readonly frames: readonly FrameSeen[];
  /** What ends the frames here: a dispatch, which gdb knows nothing of. */
  readonly label?: string;
}

/** `name sp` */
export const spellFrame = (frame: FrameSeen): string => `${frame.function} ${frame.sp}`;

/** Elements of an array that are looked at. */
const ELEMENTS = 6;
const hex = (value: bigint) => `0x${value.toString(16)}`;

/** The innermost part of PE0's stack: up to the first dispatch. */
export function ownView(target: Target, images: Images): StopSeen {
  const references = createReferences();
  let id = 0;
  const stack = createStacks(target, images, 'EL1', () => ++id).of(0);
  const end = stack.findIndex(({ kind }) => kind === 'label');
  const frames = stack.slice(0, end < 0 ? undefined : end).flatMap((line): FrameSeen[] => {
    if (line.kind === 'label') return [];
    const locals: Record<string, string> = {};
    for (const variable of variablesOf(references, scopesOf(line.view, references)[0].variablesReference))
      spell(references, variable, variable.name, locals);
    const where = line.location && `${line.location.path.split('/').at(-1)}:${line.location.line}`;
    const sp = line.view.registers.get(SP);
    return [{ function: line.name, sp: sp === undefined ? '?' : hex(sp), ...(where && { line: where }), locals }];
  });
  const label = end < 0 ? undefined : stack[end];
  return {
    pc: hex(target.readRegister(0, 'pc')),
    sp: hex(target.readRegister(0, 'sp')),
    frames,
    ...(label?.kind === 'label' && { label: label.name }),
  };
}

function spell(
  references: References,
  { value, variablesReference, indexedVariables }: DisplayedVariable,
  path: string,
  into: Record<string, string>,
): void {
  if (value.startsWith('{')) {
    const children =
      variablesReference === 0
        ? []
        : variablesOf(references, variablesReference, { start: 0, count: indexedVariables === undefined ? 0 : ELEMENTS });
    // Static members are not of this object; a class may even have one of its own type. gdb-stops.py leaves them out too.
    for (const child of children)
      if (!child.presentationHint?.attributes?.includes('static'))
        spell(references, child, child.name.startsWith('[') ? path + child.name : `${path}.${child.name}`, into);
    return;
  }
  // What stands behind a pointer or a number says the same again, in words.
  into[path] = /^(0x[0-9a-f]+|-?\d+)(?: (?!\+).*)?$/s.exec(value)?.[1] ?? value;
}
