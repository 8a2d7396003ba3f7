/* Private interrupts of PE 0 through the GICv3 of the `virt` board. PSTATE.I may stay set: a pending interrupt ends WFI and can be acknowledged. */
#ifndef INTERRUPTS_H
#define INTERRUPTS_H

#include <stdint.h>

#define NO_INTERRUPT 1023u

/* Switches on the interrupt controller for this PE, and one private interrupt. */
static inline void enable_interrupt(uint32_t intid)
{
  volatile uint32_t *distributor = (volatile uint32_t *)0x08000000;
  volatile uint32_t *redistributor = (volatile uint32_t *)0x080A0000;
  volatile uint32_t *private_interrupts = (volatile uint32_t *)0x080B0000;

  distributor[0] = 0x12;               /* GICD_CTLR: ARE_NS, EnableGrp1NS */
  redistributor[0x14 / 4] = 0;         /* GICR_WAKER: awake */
  private_interrupts[0x80 / 4] |= 1u << intid;  /* GICR_IGROUPR0: group 1 */
  private_interrupts[0x100 / 4] = 1u << intid;  /* GICR_ISENABLER0 */
  __asm__ volatile("msr S3_0_C4_C6_0, %0\n\tmsr S3_0_C12_C12_7, %1\n\tisb" : : "r"(0xfful), "r"(1ul) : "memory"); /* ICC_PMR, ICC_IGRPEN1 */
}

static inline uint32_t acknowledge_interrupt(void)
{
  uint64_t intid;

  __asm__ volatile("mrs %0, S3_0_C12_C12_0\n\tdsb sy" : "=r"(intid) : : "memory"); /* ICC_IAR1_EL1 */
  return (uint32_t)intid;
}

/* To be called when the device no longer asks. */
static inline void end_interrupt(uint32_t intid)
{
  __asm__ volatile("msr S3_0_C12_C12_1, %0\n\tisb" : : "r"((uint64_t)intid) : "memory"); /* ICC_EOIR1_EL1 */
}

#endif
