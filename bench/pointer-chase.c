/* Walks a linked list, one node on each of PAGES 4 KB pages in random order, with the MMU on. Uses the RAM from 128 MiB on: up to 256 MiB. */
#include <stddef.h>
#include "bench.h"

#define FIRST_PAGE 0x48000000ul
#define PAGE_BYTES 4096ul
#define TABLE_ENTRIES 512

/* Level 1 maps 1 GiB an entry, level 2 2 MiB, level 3 a page. */
static uint64_t level1[TABLE_ENTRIES] __attribute__((aligned(4096)));
static uint64_t level2[TABLE_ENTRIES] __attribute__((aligned(4096)));
static uint64_t level3[PAGES / TABLE_ENTRIES + 1][TABLE_ENTRIES] __attribute__((aligned(4096)));
static uint32_t order[PAGES];

#define TABLE 3ul
#define BLOCK 1ul
#define PAGE 3ul
/* Access flag, inner shareable; attribute 0 of MAIR_EL1 (Normal), or 1 (Device-nGnRnE). */
#define NORMAL (1ul << 10 | 3ul << 8)
#define DEVICE (1ul << 10 | 1ul << 2)

static void enable_mmu(void)
{
  uint64_t tcr = 25ul /* T0SZ: 39 bits */ | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23 /* EPD1 */ | 1ul << 32 /* IPS */;

  level1[0] = BLOCK | DEVICE;
  level1[1] = (uint64_t)level2 | TABLE;
  for (uint64_t i = 0; i < TABLE_ENTRIES; i++)
    level2[i] = (0x40000000ul + (i << 21)) | BLOCK | NORMAL;
  for (uint64_t page = 0; page < PAGES; page++) {
    uint64_t address = FIRST_PAGE + page * PAGE_BYTES;
    uint64_t *table = level3[page / TABLE_ENTRIES];
    table[page % TABLE_ENTRIES] = address | PAGE | NORMAL;
    level2[(address >> 21) & 511] = (uint64_t)table | TABLE;
  }
  __asm__ volatile("dsb sy\n\tmsr mair_el1, %0\n\tmsr tcr_el1, %1\n\tmsr ttbr0_el1, %2\n\tisb\n\ttlbi vmalle1\n\tdsb sy\n\tisb\n\t"
                   "mrs %0, sctlr_el1\n\torr %0, %0, #1\n\torr %0, %0, #4\n\torr %0, %0, #0x1000\n\tmsr sctlr_el1, %0\n\tisb"
                   :
                   : "r"(0xFFul), "r"(tcr), "r"(level1)
                   : "memory");
}

struct node {
  struct node *next;
  uint64_t value;
};

/* One circle through all pages; on each page the node is in another cache line. */
static struct node *make_circle(void)
{
  uint64_t random = 0x5DE1;
  struct node *start = NULL, *previous = NULL;

  for (uint32_t i = 0; i < PAGES; i++)
    order[i] = i;
  for (uint32_t i = PAGES - 1; i > 0; i--) {
    uint32_t other = (uint32_t)(next_random(&random) >> 8) % (i + 1), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  for (uint32_t i = 0; i < PAGES; i++) {
    struct node *node = (struct node *)(FIRST_PAGE + order[i] * PAGE_BYTES + (order[i] & 63) * 64);
    node->value = next_random(&random);
    if (previous)
      previous->next = node;
    else
      start = node;
    previous = node;
  }
  previous->next = start;
  return start;
}

int main(void)
{
  const struct node *node;
  uint64_t sum = 0;

  enable_mmu();
  node = make_circle();
  BENCH_START();
  for (uint64_t i = 0; i < NODES; i++) {
    sum += node->value;
    node = node->next;
  }
  BENCH_END(sum);
  return 0;
}
