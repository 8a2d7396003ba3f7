/* Calls and returns: recursion, a search tree grown and walked recursively, calls through a table of functions. */
#include <stddef.h>
#include "bench.h"

#define ROUNDS 120
#define TREE_NODES 3000

struct tree {
  struct tree *left, *right;
  uint64_t key;
};

static struct tree pool[TREE_NODES];

/* How many ways lead to the top of a stair in steps of one, two or three. Kept as real recursion. */
__attribute__((noinline, optimize("no-optimize-sibling-calls"))) static uint64_t stairs(uint64_t height)
{
  if (height < 3)
    return height < 2 ? 1 : 2;
  return stairs(height - 1) + stairs(height - 2) + stairs(height - 3);
}

__attribute__((noinline)) static struct tree *insert(struct tree *tree, struct tree *fresh)
{
  if (!tree)
    return fresh;
  if (fresh->key < tree->key)
    tree->left = insert(tree->left, fresh);
  else
    tree->right = insert(tree->right, fresh);
  return tree;
}

__attribute__((noinline)) static uint64_t weigh(const struct tree *tree, uint64_t depth)
{
  return tree ? weigh(tree->left, depth + 1) + tree->key * depth + weigh(tree->right, depth + 1) : depth;
}

static uint64_t rotate(uint64_t value) { return value << 9 | value >> 55; }
static uint64_t scramble(uint64_t value) { return value * 0x9E3779B97F4A7C15u; }
static uint64_t fold(uint64_t value) { return value ^ value >> 29; }
static uint64_t negate(uint64_t value) { return ~value; }

static uint64_t (*const volatile steps[])(uint64_t) = {rotate, scramble, fold, negate};

int main(void)
{
  uint64_t random = 0x5DE1, checksum = 0;

  BENCH_START();
  for (int round = 0; round < ROUNDS; round++) {
    struct tree *root = NULL;

    checksum += stairs(20);
    for (size_t i = 0; i < TREE_NODES; i++) {
      pool[i] = (struct tree){NULL, NULL, next_random(&random)};
      root = insert(root, &pool[i]);
    }
    checksum += weigh(root, 1);
    for (int i = 0; i < 300000; i++)
      checksum = steps[checksum >> 5 & 3](checksum + (uint64_t)i);
  }
  BENCH_END(checksum);
  return 0;
}
