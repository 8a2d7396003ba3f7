/*
 * Asynchronous page faults, as KVM proposed them for arm64: a guest touches a page that its hypervisor has put on a disk. Instead
 * of stopping the whole PE until the page is back, the hypervisor raises event 1: "page not present", with a token in a block
 * of memory that both know. The handler lets the task that touched the page sleep, and another task runs. When the page is
 * back, an interrupt says so, and the first task touches it again.
 *
 * The handler ends by SDEI_EVENT_COMPLETE_AND_RESUME: the PE goes on in resume_entry as if the page had faulted, where a kernel
 * may schedule; returning from there is trying again. Nobody is above this guest to page for it, so it plays that part too:
 * RAISE_EVENT is the hypervisor's event, the virtual timer's interrupt its "page ready".
 *
 * Event 1 is KVM's (`"profile": "kvm"`); elsewhere it has to be declared.
 */
#include "common/console.h"
#include "common/interrupts.h"
#include "common/psci.h"
#include "common/sdei.h"
#include "common/timer.h"

#define PAGE_NOT_PRESENT 1u
#define PAGES 3u
#define EVENT 1u
#define PAGE_READY VIRTUAL_TIMER_INTID

/* What hypervisor and guest share. */
static volatile struct {
  uint64_t token;
  uint64_t reason;
} fault;

static volatile uint64_t pages[PAGES];
static uint64_t other_work;

/* Hypervisor: the page `number` is not in memory. It comes in 5 ms. */
static uint64_t raise_page_not_present(uint64_t number)
{
  uint64_t status = 0;

  fault.token = number;
  fault.reason = PAGE_NOT_PRESENT;
  virtual_timer_start(5 * timer_frequency() / 1000);
  SMCCC_HERE(status, RAISE_EVENT, EVENT, 0);
  return status;
}

/* Hypervisor: the page is here. */
static void page_in(uint64_t number)
{
  virtual_timer_stop();
  pages[number] = 100 + number;
}

uint64_t on_event(uint64_t event, void *argument, uint64_t pc, uint64_t pstate)
{
  (void)argument;
  (void)pstate;
  if (fault.reason != PAGE_NOT_PRESENT)
    return 1;
  print("event %lu: page %lu is not present, task waits at %lx\n", event, fault.token, pc);
  return (uint64_t)resume_entry;
}

/* The other task: it has 1000 things to do whenever it may run. */
static void other_task(void)
{
  for (uint32_t thing = 0; thing < 1000; thing++)
    other_work++;
}

/* Here a kernel is free to do anything. The page's task goes on when this returns. */
void on_resume(uint64_t pc, uint64_t pstate)
{
  uint64_t page = fault.token;

  (void)pc;
  (void)pstate;
  fault.reason = 0;
  other_task();
  while (acknowledge_interrupt() != PAGE_READY)
    wait_for_interrupt();
  page_in(page);
  end_interrupt(PAGE_READY);
  print("page %lu is ready, the other task did %lu things\n", page, other_work);
}

/* The task that touches pages. */
__attribute__((noinline)) static uint64_t touch(uint64_t page)
{
  uint64_t status = raise_page_not_present(page);

  print("task: raise -> %ld, page %lu holds %lu\n", status, page, pages[page]);
  return pages[page];
}

int main(void)
{
  uint64_t sum = 0;
  int64_t registered = sdei_event_register(EVENT, sdei_handler_entry, 0);

  if (registered != 0) {
    print("register -> %ld: there is no event %u here; KVM has it (--sdei-profile kvm)\n", registered, EVENT);
    return 1;
  }
  print("enable -> %ld, unmask -> %ld\n", sdei_event_enable(EVENT), sdei_pe_unmask());
  enable_interrupt(PAGE_READY);
  for (uint64_t page = 0; page < PAGES; page++)
    sum += touch(page);
  print("sum %lu, power off\n", sum);
  return 0;
}
