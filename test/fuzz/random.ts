/** A linear congruential generator: the same numbers for the same seed, everywhere. */
export interface Random {
  /** 0 … below - 1 */
  (below: number): number;
}

export function createRandom(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let round = 0; round < 4; round++) next();
  return (below) => Math.floor((next() / 2 ** 32) * below);
}

export const oneOf = <Item>(random: Random, items: readonly Item[]): Item => items[random(items.length)];
