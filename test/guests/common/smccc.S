/* The conduit: one HVC or SMC, and the registers are those of the procedure call standard. */
#include "client.h"

        .cfi_sections .debug_frame
        .text

/* uint64_t smccc(uint64_t function, uint64_t a1, ... a5): X0 = function identifier, X1-X5 = arguments, X0 = result */
        .global smccc
        .type   smccc, %function
smccc:
        .cfi_startproc
        CONDUIT #0
        ret
        .cfi_endproc
        .size   smccc, . - smccc
