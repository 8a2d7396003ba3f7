/* Runs into a data word, with no vectors set: VBAR is what reset leaves, so the exception cannot be handled either. */
        .cfi_sections .debug_frame
        .section .text.start, "ax"
        .global _start
        .type   _start, %function
_start:
        .cfi_startproc
        .cfi_undefined x30
        ldr     x0, =data_word
        br      x0
        .cfi_endproc
        .size   _start, . - _start

        .data
        .balign 8
data_word:
        .quad   0
