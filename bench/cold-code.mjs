/**
 * Writes the source of the cold-code guest: about 150,000 different instructions in small functions, each of them executed at most a
 * thousand times, as a kernel's code is while it boots. Always the same text.
 */
const functionCount = 2600;
const statementsPerFunction = 12;
const rounds = 1000;

let state = 0x5de1;

/** An integer in [0, limit), from a linear congruential generator. */
function random(limit) {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % limit;
}

const statements = [
  () => `a += b * ${random(1000) + 3};`,
  () => `b ^= a >> ${random(30) + 1};`,
  () => `a = a << ${random(30) + 1} | b >> ${random(30) + 30};`,
  () => `if (a & ${1 << random(8)}) b += table[a >> 4 & 1023]; else a ^= b + ${random(5000)};`,
  () => `table[b & 1023] = a - ${random(900)};`,
  () => `for (uint64_t i = a & 1; i < 3; i++) b += a >> i;`,
  () => `a -= b / ((uint32_t)a | ${random(60) + 1});`,
  () => `if ((int64_t)a < (int64_t)b) a += ${random(70000)};`,
  () => `b = (uint64_t)(uint32_t)a * (uint32_t)(b + ${random(99)});`,
  () => `((uint32_t *)table)[a & 2047] += (uint32_t)b;`,
  () => `a ^= ((uint8_t *)table)[b & 8191];`,
  () => `switch (b & 3) { case 0: a += ${random(50)}; break; case 1: b -= a; break; case 2: a ^= ${random(50)}; break; default: b++; }`,
];

function functionText(index) {
  const lines = Array.from({ length: statementsPerFunction }, () => `  ${statements[random(statements.length)]()}`);
  if (index >= 16 && random(4) === 0) lines.push(`  if ((a & 7) == ${random(8)}) a += f${index - 1 - random(15)}(b, a);`);
  return `__attribute__((noinline)) static uint64_t f${index}(uint64_t a, uint64_t b)\n{\n${lines.join('\n')}\n  return a ^ b;\n}\n`;
}

export function coldCodeSource() {
  const indices = Array.from({ length: functionCount }, (_, index) => index);
  return `#include "bench.h"

static uint64_t table[1024];

${indices.map(functionText).join('\n')}
static uint64_t (*const functions[])(uint64_t, uint64_t) = {${indices.map((index) => `f${index}`).join(', ')}};

int main(void)
{
  uint64_t random = 0x5DE1, checksum = 0;

  BENCH_START();
  for (int round = 0; round < ${rounds}; round++)
    for (int i = 0; i < ${functionCount}; i++)
      checksum += functions[i](next_random(&random), checksum);
  BENCH_END(checksum);
  return 0;
}
`;
}
