/* Moves memory: fill and copy by pairs, copy by bytes, add up by words. Uses the RAM from 32 MiB on, so it needs 128 MiB. */
#include <stddef.h>
#include "bench.h"

#define ROUNDS 3
#define BLOCK_BYTES (32ul << 20)
#define BYTES_BYTES (6ul << 20)

static uint64_t *const source = (uint64_t *)0x42000000;
static uint64_t *const target = (uint64_t *)0x44000000;

static void fill_pairs(uint64_t *to, uint64_t value, size_t bytes)
{
  uint64_t *end = to + bytes / 8;

  for (; to < end; to += 8)
    __asm__ volatile("stp %1, %1, [%0]\n\tstp %1, %1, [%0, #16]\n\tstp %1, %1, [%0, #32]\n\tstp %1, %1, [%0, #48]"
                     :
                     : "r"(to), "r"(value)
                     : "memory");
}

static void copy_pairs(uint64_t *to, const uint64_t *from, size_t bytes)
{
  uint64_t *end = to + bytes / 8;

  for (; to < end; to += 8, from += 8)
    __asm__ volatile("ldp x4, x5, [%1]\n\tldp x6, x7, [%1, #16]\n\tstp x4, x5, [%0]\n\tstp x6, x7, [%0, #16]\n\t"
                     "ldp x4, x5, [%1, #32]\n\tldp x6, x7, [%1, #48]\n\tstp x4, x5, [%0, #32]\n\tstp x6, x7, [%0, #48]"
                     :
                     : "r"(to), "r"(from)
                     : "x4", "x5", "x6", "x7", "memory");
}

static void copy_bytes(volatile uint8_t *to, const volatile uint8_t *from, size_t bytes)
{
  while (bytes--)
    *to++ = *from++;
}

static uint64_t add_up(const uint64_t *from, size_t bytes)
{
  const uint64_t *end = from + bytes / 8;
  uint64_t sum = 0;

  while (from < end)
    sum = (sum << 1 | sum >> 63) + *from++;
  return sum;
}

int main(void)
{
  uint64_t random = 0x5DE1, checksum = 0;

  BENCH_START();
  for (int round = 0; round < ROUNDS; round++) {
    fill_pairs(source, next_random(&random), BLOCK_BYTES);
    for (size_t i = 0; i < BLOCK_BYTES / 8; i += 64)
      source[i] = next_random(&random);
    copy_pairs(target, source, BLOCK_BYTES);
    copy_bytes((volatile uint8_t *)target + round, (const volatile uint8_t *)source + 3, BYTES_BYTES);
    checksum = checksum * 33 + add_up(target, BLOCK_BYTES);
  }
  BENCH_END(checksum);
  return 0;
}
