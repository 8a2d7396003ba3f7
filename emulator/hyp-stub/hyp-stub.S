/*
 * The EL2 vectors of a machine whose client was booted at EL2 and now runs at EL1.
 *
 * `hvc #0` with X0 below HVC_STUB_HCALL_NR is a call of the stub. Numbers and effects are those that Linux uses between its
 * kernel and its own EL2 code since about 6.0 (documented there as the "hyp-abi"). Every call acts on the calling PE alone, answers in X0
 * with 0 or HVC_STUB_ERR, and may change X0-X18. The stub has no stack and no data: it lives in ROM, at the start of flash bank 1.
 */

        .set    HVC_SET_VECTORS, 0              /* X1 = physical address, 2 KiB aligned: VBAR_EL2 */
        .set    HVC_SOFT_RESTART, 1             /* X1 = where to go on at EL2, X2-X4 = its X0-X2; does not return */
        .set    HVC_RESET_VECTORS, 2            /* back to these vectors */
        .set    HVC_FINALISE_EL2, 3             /* with VHE: the caller goes on at EL2 */
        .set    HVC_STUB_HCALL_NR, 4
        .set    HVC_STUB_ERR, 0x0BADCA11

        .set    HCR_EL2_RW, 1 << 31             /* EL1 is AArch64 */
        .set    HCR_EL2_TGE, 1 << 27            /* EL0 belongs to EL2 */
        .set    HCR_EL2_E2H, 1 << 34            /* EL2 hosts an operating system */
        .set    SCTLR_M_BIT, 0
        .set    ID_AA64MMFR1_EL1_VH_SHIFT, 8
        .set    PSTATE_EL2H, 0b1001

        .arch   armv8.1-a
        .cfi_sections .debug_frame
        .text

/* What a vector does that nobody is expected to reach: stay, so that a debugger finds the PE there. */
        .macro  vector_loop
        .balign 0x80
        b       .
        .endm

        .macro  vector_call
        .balign 0x80
        b       hyp_stub_call
        .endm

/*
 * Call frame information: the caller stands at ELR_EL2 (column 33), and all its registers are still in place.
 */
        .balign 0x800
        .global hyp_stub_vectors
        .type   hyp_stub_vectors, %function
hyp_stub_vectors:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column 33

        vector_loop                             /* 0x000 current EL with SP_EL0: synchronous */
        vector_loop                             /* 0x080 IRQ */
        vector_loop                             /* 0x100 FIQ */
        vector_loop                             /* 0x180 SError */

        vector_call                             /* 0x200 current EL with SP_EL2: synchronous, a call by HVC from EL2 */
        vector_loop                             /* 0x280 IRQ */
        vector_loop                             /* 0x300 FIQ */
        vector_loop                             /* 0x380 SError */

        vector_call                             /* 0x400 lower EL in AArch64: synchronous, a call by HVC from EL1 */
        vector_loop                             /* 0x480 IRQ */
        vector_loop                             /* 0x500 FIQ */
        vector_loop                             /* 0x580 SError */

        vector_loop                             /* 0x600 lower EL in AArch32: synchronous */
        vector_loop                             /* 0x680 IRQ */
        vector_loop                             /* 0x700 FIQ */
        vector_loop                             /* 0x780 SError */

        .cfi_endproc
        .balign 0x80
        .size   hyp_stub_vectors, . - hyp_stub_vectors

/* X0 is compared as 64 bits. HCR_EL2 traps nothing while the stub is in place, so only HVC leads here. */
        .type   hyp_stub_call, %function
hyp_stub_call:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column 33

        cmp     x0, #HVC_SET_VECTORS
        b.eq    set_vectors
        cmp     x0, #HVC_SOFT_RESTART
        b.eq    soft_restart
        cmp     x0, #HVC_RESET_VECTORS
        b.eq    reset_vectors
        cmp     x0, #HVC_FINALISE_EL2
        b.eq    finalise_el2

refuse:
        movz    x0, #HVC_STUB_ERR & 0xFFFF
        movk    x0, #HVC_STUB_ERR >> 16, lsl #16
        eret

/* The address is taken as it is given; VBAR_EL2 ignores bits 10:0. */
set_vectors:
        msr     vbar_el2, x1
        mov     x0, #0
        eret

/* The state stays that of the exception: EL2h, DAIF = 1111, MMU as it was. X4 carries the target. */
soft_restart:
        mov     x0, x2
        mov     x2, x4
        mov     x4, x1
        mov     x1, x3
        br      x4

/* These already are the stub's vectors. */
reset_vectors:
        mov     x0, #0
        eret

/*
 * The caller, at EL1, becomes an EL2 host: what it has set up in EL1's registers moves into EL2's, and the exception returns to EL2.
 * Refused while EL2's own MMU is on, and without VHE.
 */
finalise_el2:
        mrs     x1, sctlr_el2
        tbnz    x1, #SCTLR_M_BIT, refuse
        mrs     x1, id_aa64mmfr1_el1
        ubfx    x1, x1, #ID_AA64MMFR1_EL1_VH_SHIFT, #4
        cbz     x1, refuse

        ldr     x1, =HCR_EL2_RW | HCR_EL2_TGE | HCR_EL2_E2H
        msr     hcr_el2, x1
        isb

        mrs     x1, sp_el1                      /* the caller's stack */
        mov     sp, x1
        mrs     x1, tpidr_el1
        msr     tpidr_el2, x1
        mrs     x1, cpacr_el12                  /* with E2H, CPTR_EL2 has the layout of CPACR_EL1 */
        msr     cptr_el2, x1
        mrs     x1, vbar_el12
        msr     vbar_el2, x1

        mrs     x1, tcr_el12                    /* translation */
        msr     tcr_el2, x1
        mrs     x1, ttbr0_el12
        msr     ttbr0_el2, x1
        mrs     x1, ttbr1_el12
        msr     ttbr1_el2, x1
        mrs     x1, mair_el12
        msr     mair_el2, x1

        mrs     x1, spsr_el2                    /* same PSTATE, but EL2h */
        mov     x2, #PSTATE_EL2H
        bfi     x1, x2, #0, #4
        msr     spsr_el2, x1

        isb
        tlbi    vmalle1
        dsb     nsh
        isb
        mrs     x1, sctlr_el12                  /* the MMU goes on at EL2 if it was on at EL1, */
        msr     sctlr_el2, x1
        isb
        bic     x1, x1, #1 << SCTLR_M_BIT       /* and off at EL1 */
        msr     sctlr_el12, x1

        mov     x0, #0
        eret

        .ltorg
        .cfi_endproc
        .size   hyp_stub_call, . - hyp_stub_call
