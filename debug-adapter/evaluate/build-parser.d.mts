export function buildParser(): Record<string, string>;
