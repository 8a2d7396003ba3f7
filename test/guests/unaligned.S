/* Loads a doubleword from an odd address, with SCTLR_EL1.A set: an alignment fault (ESR 0x96000021). */
        .cfi_sections .debug_frame
        .text
        .global main
        .type   main, %function
main:
        .cfi_startproc
        mrs     x0, sctlr_el1
        orr     x0, x0, #1 << 1                 /* A */
        msr     sctlr_el1, x0
        isb
        ldr     x1, =words + 1
        ldr     x0, [x1]
        ret
        .cfi_endproc
        .size   main, . - main

        .data
        .balign 8
words:  .quad   1, 2
