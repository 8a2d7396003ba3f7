/** What a person's expression or value got wrong: `message` is one sentence that names it and, where there is one, the mend. */
export class ExpressionError extends Error {}
