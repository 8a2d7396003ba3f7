/* The timers of EL1, and waiting. */
#ifndef TIMER_H
#define TIMER_H

#include <stdint.h>

/* The EL1 physical timer's interrupt, a PPI, on the `virt` board. */
#define TIMER_INTID 30u

static inline uint64_t timer_frequency(void)
{
  uint64_t value;

  __asm__("mrs %0, cntfrq_el0" : "=r"(value));
  return value;
}

static inline uint64_t timer_count(void)
{
  uint64_t value;

  __asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(value));
  return value;
}

/* The interrupt line rises when the count has reached `count`. */
static inline void timer_start(uint64_t count)
{
  __asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb" : : "r"(count), "r"(1ul) : "memory");
}

static inline void timer_stop(void)
{
  __asm__ volatile("msr cntp_ctl_el0, xzr\n\tisb" : : : "memory");
}

/* The EL1 virtual timer. */
#define VIRTUAL_TIMER_INTID 27u

/* Its interrupt line rises after `counts`. */
static inline void virtual_timer_start(uint64_t counts)
{
  __asm__ volatile("msr cntv_tval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\tisb" : : "r"(counts), "r"(1ul) : "memory");
}

static inline void virtual_timer_stop(void)
{
  __asm__ volatile("msr cntv_ctl_el0, xzr\n\tisb" : : : "memory");
}

/* Until an interrupt or an event has come, masked or not. */
static inline void wait_for_interrupt(void)
{
  __asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

#endif
