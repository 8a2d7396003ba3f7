/* What the benchmark guests share. The time between the two lines is what counts; starting the machine is not part of it. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include "console.h"

#define BENCH_START() print("start\n")
#define BENCH_END(checksum) print("checksum %lx\n", (uint64_t)(checksum))

/* Marsaglia's xorshift64: the same numbers on every machine. */
static inline uint64_t next_random(uint64_t *state)
{
  uint64_t x = *state;

  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

#endif
