/** Expressions over the variables of values.h that C defines under -fwrapv: the same ones each time. No _Float16: gcc keeps its excess precision. */
export function randomExpressions(count: number): string[] {
  let seed = 1;
  const next = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % limit;
  };
  const pick = <Item>(items: readonly Item[]): Item => items[next(items.length)];
  const integers =
    'i negative u c sc uc flag h uh l ul s m level numbers[2] grid[1][1] packet.low packet.signedBits packet.wide packet.word *p list->next->value 1 7u 3l 0x80000000 255 (-5)'.split(
      ' ',
    );
  const types = ['int', 'unsigned', 'long', 'unsigned long', 'short', 'unsigned short', 'char', 'signed char', '_Bool'];

  const integer = (depth: number): string => {
    if (depth === 0) return pick(integers);
    const [a, b] = [integer(depth - 1), integer(next(depth))];
    switch (next(12)) {
      case 0:
        return `(${a} / (${b} | 1))`;
      case 1:
        return `(${a} % (${b} | 1))`;
      case 2:
        return `(${a} ${pick(['<<', '>>'])} ${next(31)})`;
      case 3:
        return `(${pick(types)})${a}`;
      case 4:
        return `${pick(['-', '~', '!', '+'])} ${a}`;
      case 5:
        return `(${a} ${pick(['<', '<=', '>', '>=', '==', '!='])} ${b})`;
      case 6:
        return `(${a} ${pick(['&&', '||'])} ${b})`;
      case 7:
        return `(${integer(next(depth))} ? ${a} : ${b})`;
      case 8:
        return `(${real(depth - 1)} ${pick(['<', '>=', '=='])} ${pick([a, real(next(depth))])})`;
      default:
        return `(${a} ${pick(['+', '-', '*', '&', '|', '^'])} ${b})`;
    }
  };
  const real = (depth: number): string => {
    if (depth === 0) return pick(['f', 'd', '1.5', '0.25f', '3.0']);
    const [a, b] = [real(depth - 1), pick([real(next(depth)), pick(integers)])];
    return pick([`(${a} + ${b})`, `(${a} - ${b})`, `(${a} * ${b})`, `(${a} / ${b})`, `(-${a})`, `(${pick(['float', 'double'])})${b}`]);
  };
  return [...new Set(Array.from({ length: count }, (_, n) => (n % 5 === 4 ? real(1 + next(3)) : integer(1 + next(4)))))];
}
