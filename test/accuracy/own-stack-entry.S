/* The handlers' entry of test/guests/common/handler-entry.S as it is in many programs: with a stack of its own, and no word of it for debuggers. */
#include "client.h"

        .cfi_sections .debug_frame
        .text

        .global sdei_handler_entry
        .type   sdei_handler_entry, %function
sdei_handler_entry:
        ldr     x4, =own_stack_top
        mov     x5, sp
        sub     x6, x4, #2048
        cmp     x5, x6
        b.lo    1f
        cmp     x5, x4
        b.hi    1f
        mov     x4, x6
1:
        mov     sp, x4
        stp     x29, x30, [sp, #-32]!
        str     x5, [sp, #16]
        mov     x29, #0x1234
        bl      on_event
handler_done:                                   /* a label is no function */
        ldr     x5, [sp, #16]
        ldp     x29, x30, [sp], #32
        mov     sp, x5
        mov     x1, x0                          /* status, or where to resume */
        cmp     x1, #1
        b.hi    0f
        ldr     x0, =0xC4000025                 /* SDEI_EVENT_COMPLETE */
        CONDUIT #0
        b       report_completion_refused
0:      ldr     x0, =0xC4000026                 /* SDEI_EVENT_COMPLETE_AND_RESUME */
        CONDUIT #0
        b       report_completion_refused
        .size   sdei_handler_entry, . - sdei_handler_entry
        .bss
        .balign 16
        .skip 4096
own_stack_top:
        .text

/*
 * Where SDEI_EVENT_COMPLETE_AND_RESUME may go on: as if an exception had been taken at the interrupted instruction.
 * ELR and SPSR hold the interrupted PC and PSTATE, X0-X17 the interrupted values, DAIF is 1111.
 * Like any exception handler it may return to the interrupted code by ERET.
 */
        .set    frame_bytes, 176
        .global resume_entry
        .type   resume_entry, %function
resume_entry:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column DWARF_ELR
        stp     x29, x30, [sp, #-frame_bytes]!
        .cfi_def_cfa_offset frame_bytes
        .cfi_offset x29, -frame_bytes
        .cfi_offset x30, -frame_bytes + 8
        mov     x29, sp
        stp     x0, x1, [sp, #16]
        stp     x2, x3, [sp, #32]
        stp     x4, x5, [sp, #48]
        stp     x6, x7, [sp, #64]
        stp     x8, x9, [sp, #80]
        stp     x10, x11, [sp, #96]
        stp     x12, x13, [sp, #112]
        stp     x14, x15, [sp, #128]
        stp     x16, x17, [sp, #144]
        mrs     x0, EL(elr)
        mrs     x1, EL(spsr)
        stp     x0, x1, [sp, #160]
        .cfi_offset DWARF_ELR, -frame_bytes + 160

        bl      on_resume

        ldp     x0, x1, [sp, #160]
        msr     EL(elr), x0
        msr     EL(spsr), x1
        .cfi_restore DWARF_ELR
        ldp     x16, x17, [sp, #144]
        ldp     x14, x15, [sp, #128]
        ldp     x12, x13, [sp, #112]
        ldp     x10, x11, [sp, #96]
        ldp     x8, x9, [sp, #80]
        ldp     x6, x7, [sp, #64]
        ldp     x4, x5, [sp, #48]
        ldp     x2, x3, [sp, #32]
        ldp     x0, x1, [sp, #16]
        ldp     x29, x30, [sp], #frame_bytes
        .cfi_def_cfa_offset 0
        .cfi_restore x29
        .cfi_restore x30
        eret
        .cfi_endproc
        .size   resume_entry, . - resume_entry
