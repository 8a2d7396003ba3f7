/* SMC Calling Convention: calls of the level above. Only X0-X3 may change (SMCCC 1.1). */
#ifndef SMCCC_H
#define SMCCC_H

#include <stdint.h>
#include "client.h"

uint64_t smccc(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);

#define TEXT_OF(word) #word
#define TEXT(word) TEXT_OF(word)

/* The same without leaving the current function: what happens at the call happens right here. `result` is a 64-bit variable. */
#define SMCCC_HERE(result, function, a1, a2)                                                  \
  __asm__ volatile("mov x0, %1\n\tmov x1, %2\n\tmov x2, %3\n\t" TEXT(CONDUIT) " #0\n\tmov %0, x0" \
                   : "+r"(result)                                                             \
                   : "r"((uint64_t)(function)), "r"((uint64_t)(a1)), "r"((uint64_t)(a2))      \
                   : "x0", "x1", "x2", "x3", "memory")

#endif
