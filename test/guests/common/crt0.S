/* Start of every guest: stack, .bss, vectors, main, power off. */
#include "client.h"

        .cfi_sections .debug_frame

        .section .text.start, "ax"
        .global _start
        .type   _start, %function
_start:
        .cfi_startproc
        .cfi_undefined x30                      /* nobody called us */
        mrs     x0, CurrentEL
        cmp     x0, #(CLIENT_EL << 2)
        b.ne    wrong_exception_level
        bl      prepare_pe

        ldr     x0, =bss_start
        ldr     x1, =bss_end
0:      cmp     x0, x1
        b.hs    1f
        stp     xzr, xzr, [x0], #16
        b       0b

1:      bl      main
        bl      psci_system_off
        .cfi_endproc
        .size   _start, . - _start

/*
 * Where PSCI CPU_ON starts another PE: x0 holds the context id given to CPU_ON.
 * The weak secondary_main of psci.c is for guests that use one PE only.
 */
        .text
        .global secondary_start
        .type   secondary_start, %function
secondary_start:
        .cfi_startproc
        .cfi_undefined x30
        mov     x19, x0
        bl      prepare_pe
        mov     x0, x19
        bl      secondary_main
        bl      psci_cpu_off
        .cfi_endproc
        .size   secondary_start, . - secondary_start

/* Selects this PE's own stack and the vectors. Clobbers x0 and x1. */
        .type   prepare_pe, %function
prepare_pe:
        .cfi_startproc
        msr     SPSel, #1
        mrs     x0, mpidr_el1
        and     x0, x0, #(MAXIMUM_PES - 1)      /* Aff0 */
        add     x0, x0, #1
        mov     x1, #STACK_BYTES
        mul     x0, x0, x1
        ldr     x1, =stacks
        add     sp, x1, x0
        mov     x29, xzr                        /* the frame records end here */
        ldr     x0, =vectors
        msr     EL(vbar), x0
        isb
        ret
        .cfi_endproc
        .size   prepare_pe, . - prepare_pe

/* Started at another exception level than built for: say so, and switch off by the conduit of the level we are at. */
        .type   wrong_exception_level, %function
wrong_exception_level:
        .cfi_startproc
        .cfi_undefined x30
        ldr     x1, =stacks + STACK_BYTES
        mov     sp, x1
        lsr     x19, x0, #2
        mov     x0, x19
        bl      report_wrong_exception_level
        ldr     w0, =0x84000008                 /* PSCI SYSTEM_OFF */
        cmp     x19, #2
        b.eq    0f
        hvc     #0
        b       1f
0:      smc     #0
1:      wfi
        b       1b
        .cfi_endproc
        .size   wrong_exception_level, . - wrong_exception_level

/*
 * No guest expects an exception, so each vector reports it and switches the machine off.
 * The call frame information says that the caller is at ELR, so that a debugger shows the code that faulted.
 */
        .macro  vector number
        .balign 0x80
        mov     x0, #\number
        b       report
        .endm

        .balign 0x800
        .global vectors
        .type   vectors, %function
vectors:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column DWARF_ELR
        .altmacro
        .set    number, 0
        .rept   16
        vector  %number
        .set    number, number + 1
        .endr
        .noaltmacro
report:
        mrs     x1, EL(esr)
        mrs     x2, EL(elr)
        mrs     x3, EL(far)
        bl      report_exception
        .cfi_endproc
        .size   vectors, . - vectors

        .section .stacks, "aw", %nobits         /* behind bss_end: not zeroed */
        .balign 16
stacks:
        .space  MAXIMUM_PES * STACK_BYTES
