/* SMC Calling Convention: calls of the level above. Only X0-X3 may change (SMCCC 1.1). */
#ifndef SMCCC_H
#define SMCCC_H

#include <stdint.h>
#include "client.h"

uint64_t smccc(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);

#define TEXT_OF(word) #word
#define TEXT(word) TEXT_OF(word)

/* The same without leaving the current function: what happens at the call happens right here. */
#define SMCCC_HERE(function, a1, a2)                                  \
  ({                                                                  \
    const uint64_t function_ = (function), a1_ = (a1), a2_ = (a2);    \
    register uint64_t x0 __asm__("x0") = function_;                   \
    register uint64_t x1 __asm__("x1") = a1_;                         \
    register uint64_t x2 __asm__("x2") = a2_;                         \
    register uint64_t x3 __asm__("x3") = 0;                           \
    __asm__ volatile(TEXT(CONDUIT) " #0"                              \
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)         \
                     :                                                \
                     : "memory");                                     \
    x0;                                                               \
  })

#endif
