#include "corner-cases.h"

        .cfi_sections .debug_frame
        .text

        .global setjmp
        .type   setjmp, %function
setjmp:
        .cfi_startproc
        stp     x19, x20, [x0]
        stp     x21, x22, [x0, #16]
        stp     x23, x24, [x0, #32]
        stp     x25, x26, [x0, #48]
        stp     x27, x28, [x0, #64]
        stp     x29, x30, [x0, #80]
        mov     x9, sp
        str     x9, [x0, #96]
        mov     w0, #0
        ret
        .cfi_endproc
        .size   setjmp, . - setjmp

        .global longjmp
        .type   longjmp, %function
longjmp:
        .cfi_startproc
        ldp     x19, x20, [x0]
        ldp     x21, x22, [x0, #16]
        ldp     x23, x24, [x0, #32]
        ldp     x25, x26, [x0, #48]
        ldp     x27, x28, [x0, #64]
        ldp     x29, x30, [x0, #80]
        ldr     x9, [x0, #96]
        mov     sp, x9
        cmp     w1, #0
        csinc   w0, w1, wzr, ne
        ret
        .cfi_endproc
        .size   longjmp, . - longjmp

/* Ends with a call that does not return, right before the function that it calls: what that finds in X30 is its own address. */
        .global fall
        .type   fall, %function
fall:
        .cfi_startproc
        stp     x29, x30, [sp, #-16]!
        .cfi_def_cfa_offset 16
        .cfi_offset x29, -16
        .cfi_offset x30, -8
        mov     x29, sp
        ldr     x0, =landing_place
        bl      leave
        .cfi_endproc
        .size   fall, . - fall

        .type   leave, %function
leave:
        .cfi_startproc
        stp     x29, x30, [sp, #-16]!
        .cfi_def_cfa_offset 16
        .cfi_offset x29, -16
        .cfi_offset x30, -8
        mov     x29, sp
        mov     w1, #1
        bl      longjmp
        .cfi_endproc
        .size   leave, . - leave
