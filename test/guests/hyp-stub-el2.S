/* The part of the hyp-stub guest that runs at EL2. It has no stack there: SP_EL2 was never set. */

        .cfi_sections .debug_frame
        .text

/* What stands at ELR_EL2 called us by HVC: that is where a debugger finds the caller. Registers as for a call. */
        .macro  el2_function name
        .global \name
        .type   \name, %function
\name:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column 33                   /* ELR */
        .endm

        .macro  el2_end name
        .cfi_endproc
        .size   \name, . - \name
        .endm

/* One of the 16 vectors: `target` or, with nothing given, an endless loop. */
        .macro  vector target
        .balign 0x80
        .ifb    \target
        b       .
        .else
        b       \target
        .endif
        .endm

/* Offsets from VBAR_EL2: 0x000 current EL with SP_EL0, 0x200 current EL with SP_EL2, 0x400 lower EL AArch64, 0x600 lower EL AArch32. */
        .balign 0x800
        el2_function own_vectors
        .rept   8
        vector
        .endr
        vector  own_call                        /* 0x400: HVC from EL1 */
        .rept   7
        vector
        .endr
        el2_end own_vectors

/* X0 = 0x1000: X0 := CurrentEL. X0 = HVC_RESET_VECTORS: the stub's vectors come back. Anything else: HVC_STUB_ERR. */
        el2_function own_call
        cmp     x0, #0x1000
        b.ne    0f
        mrs     x0, CurrentEL
        eret
0:      cmp     x0, #2                          /* HVC_RESET_VECTORS */
        b.ne    1f
        ldr     x1, =stub_vectors
        ldr     x1, [x1]
        msr     vbar_el2, x1
        isb
        mov     x0, #0
        eret
1:      ldr     x0, =0x0BADCA11                 /* HVC_STUB_ERR */
        eret
        el2_end own_call

/*
 * Target of HVC_SOFT_RESTART: X0 = address of a struct restart_record, X1 and X2 = values to note in it.
 * A soft restart does not return by itself; but ELR_EL2 and SPSR_EL2 still are those of the HVC, so one ERET does.
 */
        el2_function restart_at_el2
        mrs     x3, CurrentEL
        mrs     x4, vbar_el2
        stp     x1, x2, [x0]
        stp     x3, x4, [x0, #16]
        mov     x0, #0
        eret
        el2_end restart_at_el2

/* From EL2 with VHE (as HVC_FINALISE_EL2 leaves us) back to EL1: the caller goes on there, on the same stack. */
        .global leave_el2
        .type   leave_el2, %function
leave_el2:
        .cfi_startproc
        ldr     x0, =stub_vectors
        ldr     x0, [x0]
        msr     vbar_el2, x0
        mov     x0, sp
        msr     sp_el1, x0
        mov     x0, #0x3C5                      /* EL1h, DAIF = 1111 */
        msr     spsr_el2, x0
        msr     elr_el2, x30
        mov     x0, #1 << 31                    /* HCR_EL2: RW alone, so no E2H and no TGE */
        msr     hcr_el2, x0
        isb
        eret
        .cfi_endproc
        .size   leave_el2, . - leave_el2

        .bss
        .balign 8
        .global stub_vectors
stub_vectors:
        .space  8
