/*
 * A critical event over a normal one.
 *
 * SDEI knows two priorities. A handler of a normal event can be interrupted by a critical event, and by nothing else; so two
 * handlers at most run on a PE. Both events here are platform events: 804 (private, critical) and 806 (private, normal),
 * which the guest makes happen by RAISE_EVENT.
 *
 * To try: a breakpoint at "the deepest point", then look at the call stack: two events, two handlers, and the code below.
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/sdei.h"

#define CRITICAL_EVENT 804u
#define NORMAL_EVENT 806u

struct source {
  const char *name;
  uint32_t handled;
};

static struct source critical_source = {"critical", 0};
static struct source normal_source = {"normal", 0};
static uint32_t depth;

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  struct source *source = argument;
  uint32_t entered_at_depth = ++depth;

  print("enter event %lu (%s) at depth %u: interrupted at %lx with PSTATE %lx\n", event, source->name, depth, pc, pstate);
  source->handled++;

  if (event == NORMAL_EVENT) {
    int64_t status = -1;

    SMCCC_HERE(status, RAISE_EVENT, CRITICAL_EVENT, 0);
    print("raise %u -> %ld\n", CRITICAL_EVENT, status);
  } else {
    /* The deepest point: SDEI_EVENT_CONTEXT speaks of the normal handler now. */
    print("context: X0 %lx X1 %lx\n", sdei_event_context(0), sdei_event_context(1));
  }

  print("leave event %lu (%s) at depth %u, status %ld, back to %lx\n", event, source->name, entered_at_depth,
        sdei_event_status((uint32_t)event), pc);
  depth--;
  return 0;
}

static int prepare(uint32_t event, struct source *source)
{
  int64_t registered = sdei_event_register(event, sdei_handler_entry, source);
  int64_t enabled = sdei_event_enable(event);

  print("event %u (%s): register -> %ld, enable -> %ld\n", event, source->name, registered, enabled);
  if (registered == 0 && enabled == 0)
    return 1;
  print("declare the platform events %u (private, critical) and %u (private, normal) for this guest\n", CRITICAL_EVENT, NORMAL_EVENT);
  return 0;
}

int main(void)
{
  int64_t version = sdei_version();
  int64_t status;

  if (version < 0) {
    print("nobody answers SDEI calls here: SDEI_VERSION -> %ld\n", version);
    return 1;
  }
  if (!prepare(CRITICAL_EVENT, &critical_source) || !prepare(NORMAL_EVENT, &normal_source))
    return 1;
  print("unmask -> %ld\n", sdei_pe_unmask());

  status = raise_event(NORMAL_EVENT);
  print("raise %u -> %ld\n", NORMAL_EVENT, status);
  if (status == SDEI_NOT_SUPPORTED)
    print("this platform has no RAISE_EVENT service\n");

  print("%u critical, %u normal, depth %u, power off\n", critical_source.handled, normal_source.handled, depth);
  return 0;
}
