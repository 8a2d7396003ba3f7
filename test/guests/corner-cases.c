/*
 * What compilers and libraries do seldom: bit-fields written with their neighbours, functions that do not return, jumps out of several frames,
 * and arguments that are not in one register each.
 */
#include "common/console.h"
#include "corner-cases.h"
#include <stdarg.h>

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

struct wide {
  unsigned long values[3];
};

/* X8 holds the place of the result; `second` is in X2 and X3. */
__attribute__((noinline)) static struct wide widen(unsigned long first, unsigned __int128 second, int third)
{
  struct wide result = {{first, (unsigned long)(second >> 64), (unsigned long)second + (unsigned)third}};

  return result;
}

__attribute__((noinline)) static int add_up(int count, ...)
{
  va_list arguments;
  int total = 0;

  va_start(arguments, count);
  while (count-- > 0)
    total += va_arg(arguments, int);
  va_end(arguments);
  return total;
}

int main(void)
{
  change_flags();
  int times = jump_out();
  struct wide wide = widen(1, (unsigned __int128)2 << 64 | 3, 4);

  print("%lu %lu %lu, %d\n", wide.values[0], wide.values[1], wide.values[2], add_up(3, 10, 20, 30));
  print("%d times, %d deep, flags %u %u\n", times, depth_reached, flags.low, flags.high);
  return 0;
}
