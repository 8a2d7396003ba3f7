/* Never ends by itself: for pause and budgets. */
        .cfi_sections .debug_frame
        .section .text.start, "ax"
        .global _start
        .type   _start, %function
_start:
        .cfi_startproc
        .cfi_undefined x30
        mov     x0, #0
spin:   add     x0, x0, #1
        b       spin
        .cfi_endproc
        .size   _start, . - _start
