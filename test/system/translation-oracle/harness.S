/*
 * Runs one instruction per case under given translation tables and prints what it led to.
 * The program itself runs at EL2 with translation off. A case: PSTATE, X0, X1, the word, and twelve registers. The word is followed by UDF:
 * if that is what raised the exception, the word completed.
 */
        .include "harness.inc"
        .arch   armv8.2-a
        .set    CASE_BYTES, 16 * 8
        .set    UART, 0x09000000
        .set    MAIR, 0x00000000004404ff

        .text
        .global _start
_start:
        ldr     x0, =tables
        ldr     x1, =tables_end
0:      cmp     x0, x1
        b.hs    1f
        ldp     x2, x3, [x0], #16
        str     x3, [x2]
        b       0b
1:      ldr     x20, =cases
next_case:
        ldr     x21, =cases_end
        cmp     x20, x21
        b.hs    power_off
        ldr     x0, =stack_top
        mov     sp, x0
        ldr     x0, =el1_vectors
        msr     vbar_el1, x0
        ldr     x0, =el2_vectors
        msr     vbar_el2, x0
        ldr     x0, =MAIR
        msr     mair_el1, x0
        msr     mair_el2, x0
        msr     far_el1, xzr
        msr     far_el2, xzr
        msr     esr_el1, xzr
        msr     esr_el2, xzr
        msr     hpfar_el2, xzr
        msr     par_el1, xzr
        ldr     x0, [x20, #24]
        ldr     x1, =slot
        str     w0, [x1]
        dc      cvau, x1
        dsb     sy
        ic      iallu
        ldr     x0, [x20, #40]
        msr     sctlr_el1, x0
        ldr     x0, [x20, #48]
        msr     tcr_el1, x0
        ldr     x0, [x20, #56]
        msr     ttbr0_el1, x0
        ldr     x0, [x20, #64]
        msr     ttbr1_el1, x0
        ldr     x0, [x20, #72]
        msr     vtcr_el2, x0
        ldr     x0, [x20, #80]
        msr     vttbr_el2, x0
        ldr     x0, [x20, #96]
        msr     tcr_el2, x0
        ldr     x0, [x20, #104]
        msr     ttbr0_el2, x0
        ldr     x0, [x20, #112]
        msr     ttbr1_el2, x0
        tlbi    alle1
        tlbi    alle2
        dsb     sy
        isb
        ldr     x0, [x20]
        msr     spsr_el2, x0
        ldr     x0, =slot
        msr     elr_el2, x0
        mov     x25, #0
        ldr     x3, [x20, #32]
        ldr     x2, [x20, #88]
        ldp     x0, x1, [x20, #8]
        msr     hcr_el2, x3
        isb
        msr     sctlr_el2, x2
        isb
        eret

        .balign 64
slot:   .word   0
        .word   0
        b       .

        vectors el1_vectors, x28
        mov     x9, x1
        mrs     x1, esr_el1
        mrs     x2, elr_el1
        mrs     x4, far_el1
        mov     x5, #1
        mov     x25, #1
        hvc     #0x7001

        vectors el2_vectors, x27
        cbnz    x25, collected
        mov     x28, x27
        mov     x9, x1
        mrs     x1, esr_el2
        mrs     x2, elr_el2
        mrs     x4, far_el2
        mov     x5, #2
collected:
        mrs     x6, hpfar_el2
        mrs     x7, par_el1
        mov     w0, #0x0830
        movk    w0, #0x30c5, lsl #16
        msr     sctlr_el2, x0
        isb
        mov     x0, #1 << 31
        msr     hcr_el2, x0
        isb
        tlbi    alle2
        dsb     sy
        isb
        ldr     x0, =stack_top
        mov     sp, x0
        ldr     x0, =slot
        sub     x2, x2, x0
        stp     x5, x28, [sp, #-64]!
        stp     x1, x2, [sp, #16]
        stp     x4, x6, [sp, #32]
        stp     x7, x9, [sp, #48]
        print_words 8

power_off:
        switch_off

        .ltorg
        .balign 0x1000
        .data
        .balign 0x1000
        .space  256
stack_top:
        .balign 8
cases:
        .include "cases.inc"
cases_end:
        .balign 16
tables:
        .include "tables.inc"
tables_end:
