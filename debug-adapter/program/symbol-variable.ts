import type { NameIndex } from './dwarf/names.ts';
import type { VariableReader } from './dwarf/variables.ts';
import type { Variable } from './program.ts';
import type { ThreadLocalSymbol } from './symbol-table.ts';
import type { SymbolIndex } from './symbols.ts';

/**
 * What assembly or a linker script defines and C declares, such as `extern char _end[]`: the type is the declaration's, the place the symbol's.
 * A thread-local symbol is a variable without a declaration too, since it has no address that its name alone could stand for.
 */
export function symbolVariable(
  name: string,
  {
    symbols,
    names,
    variables,
    threadLocals,
  }: {
    readonly symbols: SymbolIndex;
    readonly names: NameIndex;
    readonly variables: VariableReader;
    readonly threadLocals: readonly ThreadLocalSymbol[];
  },
): Variable | undefined {
  const symbol = symbols.named(name).find(({ kind }) => kind !== 'function');
  const threadLocal = symbol === undefined ? threadLocals.find((candidate) => candidate.name === name) : undefined;
  if (symbol === undefined && threadLocal === undefined) return undefined;
  for (const entry of names.declaredVariables(name))
    return threadLocal === undefined && symbol
      ? variables.globalAt(entry, symbol.address)
      : threadLocal && variables.threadLocalFrom(entry, threadLocal);
  return threadLocal && variables.threadLocalFrom(undefined, threadLocal);
}
