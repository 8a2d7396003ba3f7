/* Another file with a thread-local variable of the same name as one of main.c. */
#include "parts.h"

static __thread int own = 1000;
extern __thread int counter;

__attribute__((noinline)) int other_work(int by)
{
  own += by + (counter & 1);
  return own;
}
