/*
 * The EL2 vectors of a machine whose client was booted at EL2 and now runs at EL1.
 *
 * `hvc #0` with a small number in X0 is a call of the stub. Numbers and effects are those that Linux uses between its kernel and
 * its own EL2 code (documented there as the "hyp-abi"). They differ from kernel to kernel: hyp_stub_calls says what each number does.
 * Every call acts on the calling PE alone, answers in X0 with 0 or HVC_STUB_ERR, and may change X0-X18. The stub has no stack and
 * no data: it lives in ROM, at the start of flash bank 1.
 */

        .set    HVC_STUB_ERR, 0x0BADCA11
        .set    LOWEST_FUNCTION, 0xFFF          /* before Linux 4.12, from here on X0 is the address of a function */

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

        cmp     x0, #0
        b.eq    hyp_stub_calls
        cmp     x0, #1
        b.eq    hyp_stub_calls + 4
        cmp     x0, #2
        b.eq    hyp_stub_calls + 8
        cmp     x0, #3
        b.eq    hyp_stub_calls + 12
        cmp     x0, #4
        b.eq    hyp_stub_calls + 16
        b       hyp_stub_calls + 20

/*
 * What X0 = 0 to 4 and any other X0 do, of the kernels since about 6.0. For other kernels the machine writes other branches here
 * ("hypStub" in launch.json).
 */
hyp_stub_calls:
        b       set_vectors
        b       soft_restart
        b       reset_vectors
        b       finalise_el2
        b       refuse
        b       refuse

refuse:
        movz    x0, #HVC_STUB_ERR & 0xFFFF
        movk    x0, #HVC_STUB_ERR >> 16, lsl #16
        eret

/* HVC_SET_VECTORS: X1 = physical address, 2 KiB aligned. The address is taken as it is given; VBAR_EL2 ignores bits 10:0. */
set_vectors:
        msr     vbar_el2, x1
        mov     x0, #0
        eret

/*
 * HVC_SOFT_RESTART: X1 = where to go on at EL2, X2-X4 = its X0-X2; does not return.
 * The state stays that of the exception: EL2h, DAIF = 1111, MMU as it was. X4 carries the target.
 */
soft_restart:
        mov     x0, x2
        mov     x2, x4
        mov     x4, x1
        mov     x1, x3
        br      x4

/* HVC_RESET_VECTORS: these already are the stub's vectors. */
reset_vectors:
        mov     x0, #0
        eret

/* HVC_GET_ICH_VTR_EL2: X1 = what the virtual CPU interface has. */
get_ich_vtr_el2:
        mrs     x1, S3_4_C12_C11_1              /* ICH_VTR_EL2 */
        mov     x0, #0
        eret

/* HVC_GET_VECTORS before Linux 4.12: X0 = VBAR_EL2. */
get_vectors:
        mrs     x0, vbar_el2
        eret

/* HVC_SET_VECTORS before Linux 4.12: there was no result yet. */
set_vectors_only:
        msr     vbar_el2, x1
        eret

/* Before Linux 4.12: a function to call at EL2 with X1-X3 as its X0-X2, or nothing that is known, which changes nothing. */
call_function:
        cmp     x0, #LOWEST_FUNCTION
        b.lo    ignore
        mov     x18, x30
        mov     x17, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        blr     x17
        mov     x30, x18
ignore:
        eret

/*
 * HVC_FINALISE_EL2, HVC_VHE_RESTART in Linux 5.12 to 5.19.
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
