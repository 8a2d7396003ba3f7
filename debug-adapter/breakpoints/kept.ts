/**
 * What a client sets again stays what it was, with its number and its hits.
 * @returns gives out, for a key, one of `before` that has it, each once; `undefined`: there is none any more
 */
export function keptBy<Item>(before: readonly Item[], keyOf: (item: Item) => string): (key: string) => Item | undefined {
  const byKey = new Map<string, Item[]>();
  for (const item of before.toReversed()) {
    const key = keyOf(item);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [item]);
    else same.push(item);
  }
  return (key) => byKey.get(key)?.pop();
}
