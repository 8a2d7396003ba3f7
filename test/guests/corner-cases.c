/* What compilers and libraries do seldom: bit-fields written with their neighbours, functions that do not return, and jumps out of several frames. */
#include "common/console.h"
#include "corner-cases.h"

struct flags {
  unsigned low : 3;
  unsigned high : 5;
};

uint64_t landing_place[JUMP_WORDS];

static volatile struct flags flags;
static volatile int depth_reached;

static void change_flags(void)
{
  flags.low = 2;
  flags.high = 7;
  flags.high = 9;
  flags.low = 5;
  flags.high = 11;
}

__attribute__((noinline)) static void dive(int levels)
{
  depth_reached++;
  if (levels == 0)
    fall();
  if (levels > 0)
    dive(levels - 1);
  depth_reached--;
}

__attribute__((noinline)) static int jump_out(void)
{
  volatile int times = 0;

  if (setjmp(landing_place) == 0) {
    times = times + 1;
    dive(2);
    times = 10;
  }
  times = times + 1;
  return times;
}

int main(void)
{
  change_flags();
  int times = jump_out();

  print("%d times, %d deep, flags %u %u\n", times, depth_reached, flags.low, flags.high);
  return 0;
}
