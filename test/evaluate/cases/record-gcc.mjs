// Writes c-semantics-gcc.json: type and value that a program built by aarch64-linux-gnu-gcc prints for each row of c-semantics.ts that C defines,
// and random-gcc.json: the same of random expressions.
// `node test/evaluate/cases/record-gcc.mjs`; needs aarch64-linux-gnu-gcc with its C library and qemu-aarch64. The tests need neither.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from './c-semantics.ts';
import { randomExpressions } from './random-expressions.ts';

const values = fileURLToPath(new URL('../../variables/fixtures/values.h', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'c-semantics-'));

/** What C leaves undefined or refuses, what has addresses in it, and what printf cannot show. */
const left = /"|0x4000|big|__int128|<< (32|33|64|-1)$|packet\.bytes|^(node_t|list \+|p [+-] 1$|1 \+ p|v \+ 1|&(numbers|list|head)[^[]*$)/;

const program = (expressions) => `
#include <stdio.h>
#include <stddef.h>
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#include "${values}"
int handler(int argument) { return argument; }
int idle(int argument) { return argument; }
typedef _Bool bool;
#define NAME(e) _Generic((e), _Bool: "_Bool", char: "char", signed char: "signed char", unsigned char: "unsigned char", short: "short", \\
  unsigned short: "unsigned short", int: "int", unsigned: "unsigned int", long: "long", unsigned long: "unsigned long", long long: "long long", \\
  unsigned long long: "unsigned long", float: "float", double: "double", _Float16: "_Float16", default: "other")
#define IS_REAL(e) _Generic((e), float: 1, double: 1, _Float16: 1, default: 0)
#define IS_UNSIGNED(e) _Generic((e), unsigned long: 1, unsigned long long: 1, default: 0)
#define SHOW(text, e) do { printf("%s\\t%s\\t", text, NAME(e)); \\
  if (IS_REAL(e)) printf(sizeof(e) == 4 ? "%.9g\\n" : sizeof(e) == 2 ? "%.4g\\n" : "%.17g\\n", (double)(e)); \\
  else if (IS_UNSIGNED(e)) printf("%lu\\n", (unsigned long)(e)); else printf("%ld\\n", (long)(e)); } while (0)
int main(void) {
${expressions.map((expression) => `  SHOW(${JSON.stringify(expression)}, (${expression}));`).join('\n')}
}
`;

const source = join(directory, 'program.c');
const binary = join(directory, 'program');
const flags = ['-O0', '-fwrapv', '-w', '-static', '-o', binary, source];
const compiles = (expressions) => {
  writeFileSync(source, program(expressions));
  return spawnSync('aarch64-linux-gnu-gcc', flags, { stdio: 'ignore' }).status === 0;
};

function record(file, wanted) {
  const accepted = compiles(wanted) ? wanted : wanted.filter((expression) => compiles([expression]) || console.error(`left out: ${expression}`));
  if (!compiles(accepted)) throw new Error('the accepted expressions do not compile together');
  const output = execFileSync('qemu-aarch64', [binary], { encoding: 'utf8' });
  const rows = output
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  const lines = rows.map(([expression, type, value]) => `  ${JSON.stringify(expression)}: ${JSON.stringify([type, value])}`);
  writeFileSync(new URL(file, import.meta.url), `{\n${lines.join(',\n')}\n}\n`);
}

try {
  record(
    'c-semantics-gcc.json',
    cases.map(([expression]) => expression).filter((expression) => !left.test(expression)),
  );
  record('random-gcc.json', randomExpressions(500));
} finally {
  rmSync(directory, { recursive: true });
}
