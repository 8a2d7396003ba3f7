/* Ordinary integer work: sort a linked list, table-driven CRC-32, integer matrix product, a tokenizer's state machine. */
#include <stddef.h>
#include "bench.h"

#define ROUNDS 3300
#define NODES 2048
#define TEXT_BYTES 8192
#define SIZE 40

struct node {
  struct node *next;
  uint32_t key;
  uint32_t order;
};

static struct node nodes[NODES];
static char text[TEXT_BYTES];
static uint32_t crc_table[256];
static int32_t left[SIZE][SIZE], right[SIZE][SIZE], product[SIZE][SIZE];

static struct node *merge(struct node *a, struct node *b)
{
  struct node head, *tail = &head;

  while (a && b) {
    struct node **smaller = a->key <= b->key ? &a : &b;
    tail->next = *smaller;
    tail = *smaller;
    *smaller = tail->next;
  }
  tail->next = a ? a : b;
  return head.next;
}

/* Bottom up: run[i] is a sorted list of 2^i nodes or empty. */
static struct node *sort(struct node *list)
{
  struct node *run[24] = {NULL};
  struct node *sorted = NULL;

  while (list) {
    struct node *one = list;
    int i = 0;

    list = list->next;
    one->next = NULL;
    for (; run[i]; i++) {
      one = merge(run[i], one);
      run[i] = NULL;
    }
    run[i] = one;
  }
  for (int i = 0; i < 24; i++)
    sorted = merge(run[i], sorted);
  return sorted;
}

static uint32_t sort_round(uint64_t *random)
{
  uint32_t hash = 0;
  struct node *list = NULL;

  for (uint32_t i = 0; i < NODES; i++) {
    nodes[i] = (struct node){list, (uint32_t)next_random(random) >> 8, i};
    list = &nodes[i];
  }
  for (const struct node *node = sort(list); node; node = node->next)
    hash = hash * 31 + node->key + node->order;
  return hash;
}

static void make_crc_table(void)
{
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++)
      value = value & 1 ? 0xEDB88320u ^ value >> 1 : value >> 1;
    crc_table[i] = value;
  }
}

static uint32_t crc32(const char *bytes, size_t length)
{
  uint32_t crc = ~0u;

  while (length--)
    crc = crc_table[(crc ^ (uint8_t)*bytes++) & 0xFF] ^ crc >> 8;
  return ~crc;
}

static int64_t multiply_round(int round)
{
  int64_t trace = 0;

  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      int32_t sum = 0;
      for (int k = 0; k < SIZE; k++)
        sum += left[i][k] * right[k][j];
      product[i][j] = sum;
    }
  for (int i = 0; i < SIZE; i++)
    trace += product[i][i];
  left[round % SIZE][(round * 7) % SIZE] += (int32_t)(trace & 15) - 7;
  return trace;
}

/* Counts words, numbers, strings and comments of the text. */
static uint32_t tokenize(const char *bytes, size_t length)
{
  enum { SPACE, WORD, NUMBER, STRING, ESCAPE, SLASH, COMMENT } state = SPACE;
  uint32_t words = 0, numbers = 0, strings = 0, comments = 0;

  for (size_t i = 0; i < length; i++) {
    char c = bytes[i];
    switch (state) {
    case SPACE:
      if (c >= 'a' && c <= 'z')
        state = WORD;
      else if (c >= '0' && c <= '9')
        state = NUMBER;
      else if (c == '"')
        state = STRING;
      else if (c == '/')
        state = SLASH;
      break;
    case WORD:
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
        words++;
        state = c == '"' ? STRING : SPACE;
      }
      break;
    case NUMBER:
      if (c < '0' || c > '9') {
        numbers++;
        state = SPACE;
      }
      break;
    case STRING:
      if (c == '\\')
        state = ESCAPE;
      else if (c == '"') {
        strings++;
        state = SPACE;
      }
      break;
    case ESCAPE:
      state = STRING;
      break;
    case SLASH:
      state = c == '/' ? COMMENT : SPACE;
      break;
    case COMMENT:
      if (c == '\n') {
        comments++;
        state = SPACE;
      }
      break;
    }
  }
  return words * 7 + numbers * 11 + strings * 13 + comments * 17;
}

int main(void)
{
  static const char alphabet[] = "abcdefgh0123456789  \n\n\"\\//+xyz ";
  uint64_t random = 0x5DE1, checksum = 0;

  for (size_t i = 0; i < TEXT_BYTES; i++)
    text[i] = alphabet[next_random(&random) & 31];
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      left[i][j] = (int32_t)(next_random(&random) & 63) - 32;
      right[i][j] = (int32_t)(next_random(&random) & 63) - 32;
    }
  make_crc_table();

  BENCH_START();
  for (int round = 0; round < ROUNDS; round++) {
    checksum = checksum * 33 + sort_round(&random);
    checksum ^= crc32(text, TEXT_BYTES);
    checksum += (uint64_t)multiply_round(round);
    checksum ^= (uint64_t)tokenize(text, TEXT_BYTES) << 32;
    text[checksum % TEXT_BYTES] = alphabet[checksum >> 7 & 31];
  }
  BENCH_END(checksum);
  return 0;
}
