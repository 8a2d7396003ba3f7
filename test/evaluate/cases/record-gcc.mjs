// Writes c-semantics-gcc.json: type and value that a program built by aarch64-linux-gnu-gcc prints for each row of c-semantics.ts that C defines,
// random-gcc.json: the same of random expressions, and quads-gcc.json: what long doubles come to.
// `node test/evaluate/cases/record-gcc.mjs`; needs aarch64-linux-gnu-gcc with its C library and qemu-aarch64. The tests need neither.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from './c-semantics.ts';
import { quadConstants, quadOperands } from './quads.ts';
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

/** Bits of long doubles, and constants as they are written. */
function recordQuads() {
  const quads = quadOperands.map((bits) => `{0x${bits.slice(16)}ul, 0x${bits.slice(0, 16)}ul}`);
  writeFileSync(
    source,
    `
#include <stdio.h>
typedef union { struct { unsigned long low, high; } bits; long double value; } quad;
static volatile quad operands[] = {${quads.map((bits) => `{${bits}}`).join(', ')}};
static void show(long double value) { quad shown = { .value = value }; printf(" %016lx%016lx", shown.bits.high, shown.bits.low); }
int main(void) {
  for (int n = 0; n < ${quads.length}; n++) for (int m = 0; m < ${quads.length}; m++) {
    long double a = operands[n].value, b = operands[m].value;
    show(a); show(b); show(a + b); show(a - b); show(a * b); show(a / b);
    printf(" %d%d%d%d\\n", a < b, a <= b, a == b, a != b);
  }
${quadConstants.map((text) => `  printf("${text}"); show(${text}); printf("\\n");`).join('\n')}
}
`,
  );
  if (spawnSync('aarch64-linux-gnu-gcc', flags, { stdio: 'inherit' }).status !== 0) throw new Error('the long doubles do not compile');
  const lines = execFileSync('qemu-aarch64', [binary], { encoding: 'utf8' }).trim().split('\n');
  writeFileSync(new URL('quads-gcc.json', import.meta.url), `[\n${lines.map((line) => `  ${JSON.stringify(line.trim())}`).join(',\n')}\n]\n`);
}

try {
  recordQuads();
  record(
    'c-semantics-gcc.json',
    cases.map(([expression]) => expression).filter((expression) => !left.test(expression)),
  );
  record('random-gcc.json', randomExpressions(500));
} finally {
  rmSync(directory, { recursive: true });
}
