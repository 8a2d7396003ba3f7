import type { FormatLetter } from '../evaluate/syntax.ts';

/** How a value is to be shown. */
export interface Format {
  readonly letter?: FormatLetter;
  /** DAP `format.hex`: integers in hexadecimal. */
  readonly hex?: boolean;
  /** Nothing is left out for brevity: for the clipboard. */
  readonly full?: boolean;
}

export interface Limits {
  /** A text ends with an ellipsis after about this many characters. */
  readonly length: number;
  /** Levels of what is in one another. */
  readonly depth: number;
  /** Characters of a string. */
  readonly string: number;
}

/** Of a summary in one line. */
export const SUMMARY: Limits = { length: 120, depth: 3, string: 200 };
const EVERYTHING: Limits = { length: 1_000_000, depth: 32, string: 65_536 };

export const limitsOf = ({ full }: Format): Limits => (full ? EVERYTHING : SUMMARY);
