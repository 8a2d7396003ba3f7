/* A loop for debuggers: lines to step over, a function to stop in, a variable to watch; and a function that is called late. */
#include <stdint.h>

/* Written by every turn of the loop. */
uint64_t turns;
static uint64_t values[64];

__attribute__((noinline)) uint64_t work(uint64_t turn)
{
  uint64_t sum = turn;

  for (uint64_t i = 0; i < 4; i++) {
    sum += values[(turn + i) % 64];
    sum ^= sum >> 7;
  }
  values[turn % 64] = sum;
  return sum;
}

/* Called once, after more than a hundred million instructions. */
__attribute__((noinline)) void milestone(void)
{
  values[0]++;
}

int main(void)
{
  for (uint64_t turn = 0; turn < 2000000; turn++) {
    work(turn);
    turns = turn;
    if (turn == 1700000)
      milestone();
  }
  return 0;
}
