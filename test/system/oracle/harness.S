/*
 * Runs one instruction per case on a real machine and prints what it led to.
 * A case: PSTATE, X0, the word, and nine control registers. The word is followed by UDF: if that is what raised the exception (ELR_ELx is
 * the word's address + 4 and the class is "unknown"), the word completed.
 */
        .include "harness.inc"
        .arch   armv8.2-a
        .set    CASE_BYTES, 12 * 8
        .set    UART, 0x09000000

        .text
        .global _start
_start:
        ldr     x0, =stack_top
        mov     sp, x0
        ldr     x20, =cases
        ldr     x21, =cases_end
next_case:
        cmp     x20, x21
        b.hs    power_off
        ldr     x0, =el1_vectors
        msr     vbar_el1, x0
        ldr     x0, =el2_vectors
        msr     vbar_el2, x0
        mov     x0, #1 << 31
        msr     hcr_el2, x0
        isb
        msr     far_el1, xzr
        msr     far_el2, xzr
        msr     esr_el1, xzr
        msr     esr_el2, xzr
        ldr     x0, [x20, #16]
        ldr     x1, =slot
        str     w0, [x1]
        dc      cvau, x1
        dsb     sy
        ic      iallu
        dsb     sy
        isb
        ldr     x0, [x20, #24 + 8]
        msr     sctlr_el1, x0
        ldr     x0, [x20, #24 + 24]
        msr     cpacr_el1, x0
        ldr     x0, [x20, #24 + 40]
        msr     mdcr_el2, x0
        ldr     x0, [x20, #24 + 56]
        msr     cntkctl_el1, x0
        ldr     x0, [x20, #24 + 64]
        msr     vmpidr_el2, x0
        ldr     x0, [x20, #24]
        msr     hcr_el2, x0
        isb
        ldr     x0, [x20, #24 + 16]
        msr     sctlr_el2, x0
        ldr     x0, [x20, #24 + 32]
        msr     cptr_el2, x0
        ldr     x0, [x20, #24 + 48]
        msr     cnthctl_el2, x0
        isb
        ldr     x0, [x20]
        msr     spsr_el2, x0
        ldr     x0, =slot
        msr     elr_el2, x0
        ldr     x0, [x20, #8]
        mov     x25, #0
        eret
slot:   .word   0
        .word   0
        b       .

        vectors el1_vectors, x28
        mov     x29, x0
        mrs     x1, esr_el1
        mrs     x2, elr_el1
        mrs     x3, spsr_el1
        mrs     x4, far_el1
        mov     x5, #1
        mrs     x6, daif
        mrs     x7, S3_0_C4_C2_3                /* PAN */
        mov     x25, #1
        hvc     #0x7001

        vectors el2_vectors, x27
        cbnz    x25, collected
        mov     x28, x27
        mov     x29, x0
        mrs     x1, esr_el2
        mrs     x2, elr_el2
        mrs     x3, spsr_el2
        mrs     x4, far_el2
        mov     x5, #2
        mrs     x6, daif
        mrs     x7, S3_0_C4_C2_3
collected:
        mov     x0, #1 << 31
        msr     hcr_el2, x0
        isb
        ldr     x0, =stack_top
        mov     sp, x0
        ldr     x0, =slot
        sub     x2, x2, x0
        stp     x5, x28, [sp, #-80]!
        stp     x1, x2, [sp, #16]
        stp     x3, x4, [sp, #32]
        stp     x6, x7, [sp, #48]
        str     x29, [sp, #64]
        print_words 9

power_off:
        switch_off

        .ltorg
        .data
        .balign 16
        .space  256
stack_top:
        .balign 8
cases:
        .include "cases.inc"
cases_end:
