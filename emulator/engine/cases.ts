import { type FormEntry, forms } from '../a64/decode.ts';
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

/** Cases of the main switch, then the rare forms reached by `call_indirect`. */
function numberCases(): { cases: Case[]; formCases: FormCase[] } {
  const cases: Case[] = [];
  const formCases: FormCase[] = [];
  const number = ({ instruction, form }: FormEntry, index: number): void => {
    const direct = instruction.flow === 'jump' || instruction.flow === 'branch';
    const near = FIRST_FORM + cases.length;
    cases.push({ instruction, form, far: false });
    if (direct) cases.push({ instruction, form, far: true });
    formCases[index] = { near, far: direct ? near + 1 : near };
  };
  const isRare = ({ instruction, form }: FormEntry): boolean => instruction.isRare(form);
  for (const rare of [false, true]) {
    forms.forEach((entry, index) => {
      if (isRare(entry) === rare) number(entry, index);
    });
  }
  return { cases, formCases };
}
const numbered = numberCases();
export const cases: readonly Case[] = numbered.cases;
/** By form index of `a64/decode.ts`. */
export const formCases: readonly FormCase[] = numbered.formCases;
const firstRare = cases.findIndex(({ instruction, form }) => instruction.isRare(form));
/** How many cases the main switch has. */
export const hotCases = firstRare < 0 ? cases.length : firstRare;

/** Branches to a record before the code there is translated: by then interpreting it has cost about as much as translating it will. */
export const HOT_THRESHOLD = 20_000;
/** Regions that can exist at a time. */
export const REGION_SLOTS = 1 << 15;
