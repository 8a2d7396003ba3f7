export function sourceDigests(root: string): Record<string, string>;
