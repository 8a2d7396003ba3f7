import { forms } from '../a64/decode.ts';
import type { Form, Instruction } from '../a64/instruction.ts';

/** Record forms that are not instructions; instruction forms follow. */
export const SPECIAL = { UNDECODED: 0, BREAKPOINT: 1, CHECK: 2, PAGE_END: 3, HOST: 4, ENTER: 5 } as const;
export const FIRST_FORM = 6;

/** The fast variant returns when fewer instructions than this are left; at most this many run between two looks at the budget. */
export const FAST_RESERVE = 160;
/** Every so many records of a page the fast variant looks at the budget, so that straight-line code cannot outrun the reserve. */
export const CHECK_INTERVAL = 128;

/** Case numbers of each form: `near` = `far` except for direct branches, whose far variant leaves the page. */
export interface FormCase {
  readonly near: number;
  readonly far: number;
}

/** One form as the interpreter implements it. */
export interface Case {
  readonly instruction: Instruction;
  readonly form: Form;
  readonly far: boolean;
}

/** Cases of the main switch, then the rare forms reached by `call_indirect`: which form each one is, and of each form its cases. */
function numberCases(): { formOfCase: number[]; formCases: FormCase[]; hotCases: number } {
  const formOfCase: number[] = [];
  const formCases: FormCase[] = [];
  let hotCases = 0;
  for (const rare of [false, true]) {
    for (let index = 0; index < forms.count; index++) {
      if (forms.isRare(index) !== rare) continue;
      const { flow } = forms.instructionOf(index);
      const near = FIRST_FORM + formOfCase.length;
      const far = flow === 'jump' || flow === 'branch' ? near + 1 : near;
      for (let number = near; number <= far; number++) formOfCase.push(index);
      formCases[index] = { near, far };
    }
    if (!rare) hotCases = formOfCase.length;
  }
  return { formOfCase, formCases, hotCases };
}
const numbered = numberCases();
export const caseCount = numbered.formOfCase.length;
/** By form index of `a64/decode.ts`. */
export const formCases: readonly FormCase[] = numbered.formCases;
/** How many cases the main switch has. */
export const { hotCases } = numbered;

/** @param number counted from 0, not from {@link FIRST_FORM} */
export function caseAt(number: number): Case {
  const index = numbered.formOfCase[number];
  const { instruction, form } = forms.at(index);
  const { near, far } = formCases[index];
  return { instruction, form, far: near !== far && FIRST_FORM + number === far };
}

/** Branches to a record before the code there is translated: by then interpreting it has cost about as much as translating it will. */
export const HOT_THRESHOLD = 20_000;
