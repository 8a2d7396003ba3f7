/*
 * Code to step through: loops, recursion, functions inlined and not, calls of the conduit and of EL1, at every exception level
 * that a client has, inside and outside an event handler. Events come from outside, by "inject" or the Events view.
 */
#include "common/console.h"
#include "common/sdei.h"

#define CRITICAL_EVENT 804u
#define NORMAL_EVENT 806u

static uint32_t handled;

static inline __attribute__((always_inline)) uint32_t mixed(uint32_t value)
{
  uint32_t high = value >> 3;

  value ^= high * 5;
  return value + 1;
}

static __attribute__((noinline)) uint32_t leaf(uint32_t value)
{
  uint32_t result = value * 3;

  result += mixed(value);
  return result;
}

static __attribute__((noinline)) uint32_t fibonacci(uint32_t n)
{
  if (n < 2)
    return n;

  uint32_t before = fibonacci(n - 1);
  uint32_t last = fibonacci(n - 2);

  return before + last;
}

/* A call of the level above: the conduit for the client, SVC for code at EL0. */
static __attribute__((noinline)) uint64_t call_above(int is_at_el0)
{
  if (is_at_el0) {
    register uint64_t x8 __asm__("x8") = 1;

    __asm__ volatile("svc #0" : "+r"(x8) : : "memory");
    return x8;
  }
  return (uint64_t)sdei_event_status(CRITICAL_EVENT);
}

__attribute__((noinline)) uint32_t work(uint32_t rounds, int is_at_el0)
{
  uint32_t sum = 0;

  for (uint32_t round = 0; round < rounds; round++) {
    sum += leaf(round);
    if (round & 1)
      sum += fibonacci(3);
    else
      sum += (uint32_t)call_above(is_at_el0);
    sum = mixed(sum);
  }
  return sum;
}

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  (void)argument;
  (void)pc;
  (void)pstate;
  handled++;
  work(event == NORMAL_EVENT ? 3 : 1, 0);
  return 0;
}

#if CLIENT_EL == 1
/* Calls work(rounds, 1) at EL0 and comes back when it has returned. */
uint32_t work_at_el0(uint32_t rounds);
#endif

int main(void)
{
  static const uint32_t events[] = {0, CRITICAL_EVENT, NORMAL_EVENT};
  uint32_t sum;

  for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
    sdei_event_register(events[i], sdei_handler_entry, 0);
    sdei_event_enable(events[i]);
  }
  sdei_pe_unmask();

  sum = work(4, 0);
  raise_event(NORMAL_EVENT);
#if CLIENT_EL == 1
  sum += work_at_el0(4);
#endif
  print("sum %u, %u events handled\n", sum, handled);
  return 0;
}
