/* EL0 for steps.c: down by ERET, up by SVC. */
#include "common/client.h"

        .cfi_sections .debug_frame

#if CLIENT_EL == 1
        .text
/* uint32_t work_at_el0(uint32_t rounds) */
        .global work_at_el0
        .type   work_at_el0, %function
work_at_el0:
        .cfi_startproc
        stp     x29, x30, [sp, #-32]!
        .cfi_def_cfa_offset 32
        .cfi_offset x29, -32
        .cfi_offset x30, -24
        mov     x29, sp
        mrs     x9, vbar_el1
        str     x9, [sp, #16]
        ldr     x9, =el0_vectors
        msr     vbar_el1, x9
        isb
        ldr     x9, =el0_stack_end
        msr     sp_el0, x9
        ldr     x9, =el0_main
        msr     elr_el1, x9
        msr     spsr_el1, xzr
        eret
/* Here again when work is done: x1 = its result. */
back_at_el1:
        ldr     x9, [sp, #16]
        msr     vbar_el1, x9
        isb
        mov     x0, x1
        ldp     x29, x30, [sp], #32
        .cfi_def_cfa_offset 0
        .cfi_restore x29
        .cfi_restore x30
        ret
        .cfi_endproc
        .size   work_at_el0, . - work_at_el0

        .type   el0_main, %function
el0_main:
        .cfi_startproc
        .cfi_undefined x30
        mov     x29, xzr
        mov     x1, #1
        bl      work
        mov     x1, x0
        mov     x8, #0
        svc     #0
        .cfi_endproc
        .size   el0_main, . - el0_main

/* SVC with x8 = 0 ends EL0; any other x8 comes back plus one. */
        .type   on_svc, %function
on_svc:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column DWARF_ELR
        cbz     x8, back_at_el1
        add     x8, x8, #1
        eret
        .cfi_endproc
        .size   on_svc, . - on_svc

/* Synchronous from EL0 goes to on_svc, everything else is a mistake. */
        .balign 0x800
        .type   el0_vectors, %function
el0_vectors:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column DWARF_ELR
        .rept   8
        b       vectors
        .balign 0x80
        .endr
        b       on_svc
        .balign 0x80
        .rept   7
        b       vectors
        .balign 0x80
        .endr
        .cfi_endproc
        .size   el0_vectors, . - el0_vectors

        .section .stacks, "aw", %nobits
        .balign 16
        .skip   0x2000
el0_stack_end:
#endif
