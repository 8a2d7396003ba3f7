/* The EL2 part of the hypervisor in small. */

        .set    HVC_SOFT_RESTART, 1
        .set    HVC_RESET_VECTORS, 2
        .set    HVC_STUB_HCALL_NR, 4
        .set    HVC_STUB_ERR, 0x0BADCA11
        .set    SMCCC_NOT_SUPPORTED, -1

        .set    SCTLR_EL2_MMU_OFF, 0x30C50830   /* its RES1 bits */
        .set    SCTLR_M, 1
        .set    TCR_EL2_VALUE, (1 << 31) | (1 << 23) | (2 << 16) | (3 << 12) | (1 << 10) | (1 << 8) | 25
        .set    MAIR_EL2_VALUE, 0xFF00          /* 0: device, 1: normal memory */
        .set    HCR_RW, 1 << 31
        .set    HCR_TSC, 1 << 19                /* SMC traps */
        .set    HCR_TWI, 1 << 13                /* WFI traps */
        .set    PSTATE_EL2H, 0x3C9
        .set    PSTATE_EL1H, 0x3C5

        /* struct vcpu */
        .set    VCPU_PC, 31 * 8
        .set    VCPU_PSTATE, 32 * 8
        .set    VCPU_SP, 33 * 8
        .set    VCPU_ESR, 34 * 8

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

        .macro  function name
        .global \name
        .type   \name, %function
\name:
        .cfi_startproc
        .endm

        .macro  end name
        .cfi_endproc
        .size   \name, . - \name
        .endm

        .macro  vectors name, target
        .balign 0x800
        el2_function \name
        .set    number, 0
        .rept   16
        .balign 0x80
        .if     number == 8                     /* lower EL AArch64, synchronous: HVC, SMC or WFI of EL1 */
        b       \target
        .else
        b       .
        .endif
        .set    number, number + 1
        .endr
        .balign 0x80
        end     \name
        .endm

        vectors kvm_init_vectors, init_call
        vectors kvm_vectors, lower_el_exception

/* Nothing is set up yet, and there is no stack. X0: a call of the stub, or anything else to set EL2 up. */
        el2_function init_call
        cmp     x0, #HVC_STUB_HCALL_NR
        b.lo    stub_call
        ldr     x1, =el2_translation_table
        msr     ttbr0_el2, x1
        ldr     x1, =TCR_EL2_VALUE
        msr     tcr_el2, x1
        mov     x1, #MAIR_EL2_VALUE
        msr     mair_el2, x1
        msr     tpidr_el2, xzr                  /* the host runs */
        ldr     x1, =el2_stack_end
        mov     sp, x1
        ldr     x1, =kvm_vectors
        msr     vbar_el2, x1
        tlbi    alle2
        dsb     nsh
        isb
        ldr     x1, =SCTLR_EL2_MMU_OFF | SCTLR_M
        msr     sctlr_el2, x1
        isb
        mov     x0, #0
        eret
        end     init_call

/* The calls of the stub while a hypervisor is there. Acts as hyp-stub calls do: X0-X18 are free. */
        el2_function stub_call
        cmp     x0, #HVC_SOFT_RESTART
        b.eq    0f
        cmp     x0, #HVC_RESET_VECTORS
        b.eq    1f
        ldr     x0, =HVC_STUB_ERR
        eret
0:      msr     elr_el2, x1                     /* "returns" to the target, at EL2 */
        mov     x5, #PSTATE_EL2H
        msr     spsr_el2, x5
        mov     x0, x2
        mov     x1, x3
        mov     x2, x4
        b       2f
1:      mov     x0, #0
2:      ldr     x5, =SCTLR_EL2_MMU_OFF
        msr     sctlr_el2, x5
        isb
        ldr     x5, =stub_vectors
        ldr     x5, [x5]
        msr     vbar_el2, x5
        isb
        eret
        end     stub_call

/* From the host: a call of the stub, or of a function at EL2. From the virtual CPU: it stops. TPIDR_EL2 tells who ran. */
        el2_function lower_el_exception
        stp     x0, x1, [sp, #-16]!
        mrs     x0, tpidr_el2
        cbnz    x0, vcpu_stopped
        ldp     x0, x1, [sp], #16
        cmp     x0, #HVC_STUB_HCALL_NR
        b.lo    stub_call
        ldr     x9, =el2_functions
        cmp     x0, x9
        b.lo    0f
        ldr     x9, =el2_functions_end
        cmp     x0, x9
        b.hs    0f
        str     x30, [sp, #-16]!
        mov     x9, x0
        mov     x0, x1
        mov     x1, x2
        mov     x2, x3
        blr     x9
        ldr     x30, [sp], #16
        eret
0:      mov     x0, #SMCCC_NOT_SUPPORTED
        eret
        end     lower_el_exception

el2_functions:
/* uint64_t read_el2_state(struct restart_record *) */
        function read_el2_state
        mrs     x1, sctlr_el2
        mrs     x2, vbar_el2
        stp     x1, x2, [x0, #16]
        mov     x0, #0
        ret
        end     read_el2_state

/* uint64_t run_vcpu(struct vcpu *): runs it until it traps. Result: ESR_EL2. */
        function run_vcpu
        stp     x29, x30, [sp, #-16]!
        stp     x27, x28, [sp, #-16]!
        stp     x25, x26, [sp, #-16]!
        stp     x23, x24, [sp, #-16]!
        stp     x21, x22, [sp, #-16]!
        stp     x19, x20, [sp, #-16]!
        mrs     x1, elr_el2
        mrs     x2, spsr_el2
        stp     x1, x2, [sp, #-16]!
        mrs     x1, sp_el1
        mrs     x2, hcr_el2
        stp     x1, x2, [sp, #-16]!

        msr     tpidr_el2, x0
        ldr     x1, =HCR_RW | HCR_TSC | HCR_TWI
        msr     hcr_el2, x1
        ldp     x1, x2, [x0, #VCPU_PC]
        msr     elr_el2, x1
        msr     spsr_el2, x2
        ldr     x1, [x0, #VCPU_SP]
        msr     sp_el1, x1
        ldp     x2, x3, [x0, #16]
        ldp     x4, x5, [x0, #32]
        ldp     x6, x7, [x0, #48]
        ldp     x8, x9, [x0, #64]
        ldp     x10, x11, [x0, #80]
        ldp     x12, x13, [x0, #96]
        ldp     x14, x15, [x0, #112]
        ldp     x16, x17, [x0, #128]
        ldp     x18, x19, [x0, #144]
        ldp     x20, x21, [x0, #160]
        ldp     x22, x23, [x0, #176]
        ldp     x24, x25, [x0, #192]
        ldp     x26, x27, [x0, #208]
        ldp     x28, x29, [x0, #224]
        ldr     x30, [x0, #240]
        ldp     x0, x1, [x0]
        eret
        end     run_vcpu

/* X0 = the virtual CPU, whose X0 and X1 are on the stack. Goes on where run_vcpu was called. */
        function vcpu_stopped
        stp     x2, x3, [x0, #16]
        stp     x4, x5, [x0, #32]
        stp     x6, x7, [x0, #48]
        stp     x8, x9, [x0, #64]
        stp     x10, x11, [x0, #80]
        stp     x12, x13, [x0, #96]
        stp     x14, x15, [x0, #112]
        stp     x16, x17, [x0, #128]
        stp     x18, x19, [x0, #144]
        stp     x20, x21, [x0, #160]
        stp     x22, x23, [x0, #176]
        stp     x24, x25, [x0, #192]
        stp     x26, x27, [x0, #208]
        stp     x28, x29, [x0, #224]
        str     x30, [x0, #240]
        ldp     x1, x2, [sp], #16
        stp     x1, x2, [x0]
        mrs     x1, elr_el2
        mrs     x2, spsr_el2
        stp     x1, x2, [x0, #VCPU_PC]
        mrs     x1, sp_el1
        mrs     x2, esr_el2
        stp     x1, x2, [x0, #VCPU_SP]
        msr     tpidr_el2, xzr
        mov     x0, x2

        ldp     x1, x2, [sp], #16
        msr     sp_el1, x1
        msr     hcr_el2, x2
        ldp     x1, x2, [sp], #16
        msr     elr_el2, x1
        msr     spsr_el2, x2
        ldp     x19, x20, [sp], #16
        ldp     x21, x22, [sp], #16
        ldp     x23, x24, [sp], #16
        ldp     x25, x26, [sp], #16
        ldp     x27, x28, [sp], #16
        ldp     x29, x30, [sp], #16
        ret
        end     vcpu_stopped
el2_functions_end:

/*
 * Target of HVC_SOFT_RESTART: X0 = address of a struct restart_record, X1 and X2 = values to note in it.
 * A soft restart does not return. This target goes to EL1 all the same, to the caller of smccc(), which X30 still names.
 */
        el2_function restart_at_el2
        mrs     x3, sctlr_el2
        mrs     x4, vbar_el2
        stp     x1, x2, [x0]
        stp     x3, x4, [x0, #16]
        msr     elr_el2, x30
        mov     x3, #PSTATE_EL1H
        msr     spsr_el2, x3
        mov     x0, #0
        eret
        end     restart_at_el2

/* The guest's guest, at EL1 as its hypervisor's kernel is. */
        function vcpu_main
        .cfi_undefined x30
        mov     x19, #0x19
        ldr     w0, =0x84000000                 /* PSCI_VERSION */
        smc     #0
        wfi
        hvc     #1                              /* the end; X0 is PSCI's answer still */
        end     vcpu_main

        .bss
        .balign 4096
        .global el2_translation_table
el2_translation_table:
        .space  4096
        .space  1024
el2_stack_end:
        .global stub_vectors
stub_vectors:
        .space  8
        .balign 16
