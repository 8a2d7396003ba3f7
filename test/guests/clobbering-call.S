/* A call of the guest's own EL2 code that returns with X19 changed, which is the caller's. */
#include "common/client.h"

        .cfi_sections .debug_frame
        .text
        .global main
        .type   main, %function
main:
        .cfi_startproc
        mov     x20, x30
        .cfi_register x30, x20
        ldr     x1, =el2_vectors
        mov     x0, #0                          /* HVC_SET_VECTORS */
        hvc     #0
        mov     x19, #0x19
        mov     x0, #0x1000
        hvc     #0
        mov     x0, #0
        ret     x20
        .cfi_endproc
        .size   main, . - main

        .balign 0x800
        .global el2_vectors
        .type   el2_vectors, %function
el2_vectors:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column 33
        .rept   8
        .balign 0x80
        b       .
        .endr
        .balign 0x80
        mov     x19, #0xbad
        eret
        .cfi_endproc
        .balign 0x80
        .size   el2_vectors, . - el2_vectors
