/* From the dispatcher into C, and back. */
#include "client.h"

        .cfi_sections .debug_frame
        .text

/*
 * Entry point of every event handler.
 *
 *   X0 = event, X1 = argument of SDEI_EVENT_REGISTER, X2 = interrupted PC, X3 = interrupted PSTATE,
 *   which are the four parameters of a C function as they stand.
 *   X4-X17 are free: the dispatcher restores X0-X17 when the event ends. X18-X30 and SP are for us to preserve;
 *   the compiler does so for all but X29 and X30 (X18 is never used: -ffixed-x18).
 *
 * The handler stays on the interrupted stack. That is sound here, as all code of these guests keeps SP valid
 * and nothing lives below it; a kernel that can be interrupted anywhere switches to a stack of its own.
 *
 * Nobody called this function: X30 belongs to the interrupted code. So the call frame information declares ELR as the
 * column of the return address and says that it is not there: a debugger must ask the dispatcher where to go on.
 */
        .global sdei_handler_entry
        .type   sdei_handler_entry, %function
sdei_handler_entry:
        .cfi_startproc
        .cfi_return_column DWARF_ELR
        .cfi_undefined DWARF_ELR
        stp     x29, x30, [sp, #-16]!
        .cfi_def_cfa_offset 16
        .cfi_offset x29, -16
        .cfi_offset x30, -8
        mov     x29, sp

        bl      on_event

        ldp     x29, x30, [sp], #16
        .cfi_def_cfa_offset 0
        .cfi_restore x29
        .cfi_restore x30
        mov     x1, x0                          /* status, or where to resume */
        cmp     x1, #1
        b.hi    0f
        ldr     x0, =0xC4000025                 /* SDEI_EVENT_COMPLETE */
        CONDUIT #0
        b       report_completion_refused
0:      ldr     x0, =0xC4000026                 /* SDEI_EVENT_COMPLETE_AND_RESUME */
        CONDUIT #0
        b       report_completion_refused
        .cfi_endproc
        .size   sdei_handler_entry, . - sdei_handler_entry

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
