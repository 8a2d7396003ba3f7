/*
 * A PE is stopped by event 0, and then another kernel takes over.
 *
 * A kernel that has crashed stops its other PEs before it starts the dump kernel. Where interrupts are masked, SDEI event 0 gets through:
 * PE 0 signals it to PE 1, whose handler must end in some way. The dump kernel then initialises SDEI anew, in the order in which Linux
 * does it. What it meets depends on how the handler ended, and on the dispatcher.
 *
 * `ending` chooses; `records` says what each call of the second payload returned. Needs two PEs (`"cpus": 2`, `--cpus 2`).
 * "sdei-debug scenario kdump-cpu-off" runs all endings under all dispatchers.
 */
#include "common/console.h"
#include "common/psci.h"
#include "common/sdei.h"

enum ending { COMPLETE_AND_RESUME_THEN_PARK, COMPLETE_AND_RESUME_THEN_CPU_OFF, CPU_OFF_UNCOMPLETED, PARK_UNCOMPLETED };

/* To be changed in memory before the start. */
volatile uint64_t ending = PARK_UNCOMPLETED;

/* One call of the second payload. EVENT_ARRIVED stands for the handler of event 0: the result is how often it ran. */
struct record {
  uint64_t pe;
  uint64_t function;
  uint64_t argument;
  int64_t result;
};

#define EVENT_ARRIVED 0u

volatile struct record records[32];
volatile uint64_t record_count;

enum step { STARTING, PE_1_WAITS, PE_1_STOPPED, SECOND_PAYLOAD, PE_1_INITIALISED };

static volatile enum step step;
static volatile uint64_t arrived[2];
static const uint64_t other_pe = 1;

static void reach(enum step reached)
{
  step = reached;
  __asm__ volatile("dsb sy\n\tsev" : : : "memory");
}

static void wait_for(enum step reached)
{
  while (step < reached)
    __asm__ volatile("wfe" : : : "memory");
}

/* The PE does nothing any more, whatever happens. */
_Noreturn static void park(void)
{
  for (;;)
    __asm__ volatile("wfi");
}

/* --- the first payload: what the crashed kernel does ---------------------------------------------------------------------------- */

/* SDEI_EVENT_COMPLETE_AND_RESUME goes on here. */
void on_resume(uint64_t pc, uint64_t pstate)
{
  (void)pc;
  (void)pstate;
  reach(PE_1_STOPPED);
  if (ending == COMPLETE_AND_RESUME_THEN_CPU_OFF)
    psci_cpu_off();
  park();
}

static uint64_t stop_this_pe(void)
{
  if (ending == COMPLETE_AND_RESUME_THEN_PARK || ending == COMPLETE_AND_RESUME_THEN_CPU_OFF)
    return (uint64_t)resume_entry;
  reach(PE_1_STOPPED);
  if (ending == CPU_OFF_UNCOMPLETED)
    psci_cpu_off();
  park();
}

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  (void)event;
  (void)argument;
  (void)pc;
  (void)pstate;
  if (step < SECOND_PAYLOAD)
    return stop_this_pe();
  arrived[this_pe()]++;
  return 0;
}

static void first_payload_on_pe_1(void)
{
  int64_t registered = sdei_event_register(0, sdei_handler_entry, 0);
  int64_t enabled = sdei_event_enable(0);
  int64_t unmasked = sdei_pe_unmask();

  print("first payload, PE 1: register -> %ld, enable -> %ld, unmask -> %ld\n", registered, enabled, unmasked);
  reach(PE_1_WAITS);
  for (;;)
    __asm__ volatile("wfi");
}

/* --- the second payload: what the dump kernel does ------------------------------------------------------------------------------- */

static void note(uint64_t function, uint64_t argument, int64_t result)
{
  volatile struct record *record = &records[record_count];

  record->pe = this_pe();
  record->function = function;
  record->argument = argument;
  record->result = result;
  record_count++;
  print("second payload, PE %lu: %lx(%lx) -> %lx\n", this_pe(), function, argument, result);
}

static void call(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
  note(function, a1, (int64_t)smccc(function, a1, a2, a3, 0, 0));
}

/* On every PE that runs: no handler is left, then events may come, then event 0 is tried. */
static void initialise_this_pe(void)
{
  call(SDEI_PRIVATE_RESET, 0, 0, 0);
  if (this_pe() == 0)
    call(SDEI_SHARED_RESET, 0, 0, 0);
  call(SDEI_PE_UNMASK, 0, 0, 0);
  call(SDEI_EVENT_REGISTER, 0, (uint64_t)sdei_handler_entry, 0);
  call(SDEI_EVENT_ENABLE, 0, 0, 0);
  call(SDEI_EVENT_SIGNAL, 0, this_pe(), 0);
  note(EVENT_ARRIVED, 0, (int64_t)arrived[this_pe()]);
}

void secondary_main(uint64_t context)
{
  if (context == 1)
    first_payload_on_pe_1();
  initialise_this_pe();
  reach(PE_1_INITIALISED);
  park();
}

int main(void)
{
  int64_t status = psci_cpu_on(other_pe, 1);

  if (status != 0) {
    print("there is no PE 1 (CPU_ON -> %ld): start this guest with two PEs (--cpus 2)\n", status);
    return 1;
  }
  wait_for(PE_1_WAITS);
  status = sdei_event_signal(other_pe);
  print("first payload, PE 0: signal to PE 1 -> %ld\n", status);
  wait_for(PE_1_STOPPED);
  if (ending == COMPLETE_AND_RESUME_THEN_CPU_OFF || ending == CPU_OFF_UNCOMPLETED)
    while (psci_affinity_info(other_pe) != PSCI_AFFINITY_OFF)
      ;

  reach(SECOND_PAYLOAD);
  call(SDEI_VERSION, 0, 0, 0);
  initialise_this_pe();
  if (psci_affinity_info(other_pe) == PSCI_AFFINITY_OFF) {
    note(PSCI_CPU_ON, other_pe, psci_cpu_on(other_pe, 2));
    wait_for(PE_1_INITIALISED);
  }
  print("second payload: %lu calls, power off\n", record_count);
  return 0;
}
