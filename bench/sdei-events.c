/* Event 0 signalled to oneself, handled and completed, over and over. QEMU plays no SDEI dispatcher: there it ends at once. */
#include "bench.h"
#include "sdei.h"

#define EVENTS 1000000

static volatile uint64_t handled;

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  (void)argument;
  (void)pc;
  (void)pstate;
  handled = handled + 1 + event;
  return 0;
}

int main(void)
{
  if (sdei_event_register(0, sdei_handler_entry, 0) != 0 || sdei_event_enable(0) != 0 || sdei_pe_unmask() != 0) {
    print("nobody answers SDEI calls here\n");
    return 1;
  }
  BENCH_START();
  for (int i = 0; i < EVENTS; i++)
    sdei_event_signal(this_pe());
  BENCH_END(handled);
  return handled != EVENTS;
}
