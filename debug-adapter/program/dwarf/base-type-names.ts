const baseWords = new Set(['signed', 'unsigned', 'short', 'long', 'int', 'char', 'double', 'float', '_Bool', '__int128']);

/** Whether the name is one of C's own, in whatever order of words. */
export const isBaseName = (name: string): boolean => name.split(' ').every((part) => baseWords.has(part));

/** One spelling for `unsigned long`, `long unsigned int` and the like; other names as they are. */
export function canonicalBaseName(name: string): string {
  const parts = name.trim().split(/\s+/);
  if (!parts.every((part) => baseWords.has(part))) return parts.join(' ');
  const has = (word: string) => parts.includes(word);
  const longs = parts.filter((part) => part === 'long').length;
  const sign = has('unsigned') ? 'unsigned ' : has('signed') && has('char') ? 'signed ' : '';
  if (has('double')) return longs > 0 ? 'long double' : 'double';
  for (const word of ['char', 'float', '_Bool', '__int128']) if (has(word)) return sign + word;
  if (has('short')) return `${sign}short`;
  return sign + (['int', 'long', 'long long'][longs] ?? 'long long');
}

/** `Ring<long unsigned int>` as demanglers and gdb write it, `Ring<unsigned long>`: gcc has words in template arguments in an order of its own. */
export function canonicalArguments(name: string): string {
  return name.includes('<') ? name.replaceAll(inArguments, (words) => canonicalBaseName(words)) : name;
}

const baseWord = `(?:${[...baseWords].join('|')})`;
/** Two words of a base type or more, which stand in a name only as an argument. */
const inArguments = new RegExp(`\\b${baseWord}(?: ${baseWord})+\\b`, 'g');
