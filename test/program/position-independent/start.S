/* A payload that runs wherever it is loaded: it relocates itself, as U-Boot and BL31 of Trusted Firmware-A do. */
        .section .text.start, "ax"
        .global _start
        .type   _start, %function
_start:
        adrp    x19, image_start                /* linked at 0: where it is */
        add     x19, x19, :lo12:image_start
        adrp    x0, rela_start
        add     x0, x0, :lo12:rela_start
        adrp    x1, rela_end
        add     x1, x1, :lo12:rela_end
0:      cmp     x0, x1
        b.hs    1f
        ldp     x2, x3, [x0], #16               /* r_offset, r_info */
        ldr     x4, [x0], #8                    /* r_addend */
        cmp     x3, #1027                       /* R_AARCH64_RELATIVE */
        b.ne    0b
        add     x4, x4, x19
        str     x4, [x19, x2]
        b       0b
1:      adrp    x0, stack_end
        add     x0, x0, :lo12:stack_end
        mov     sp, x0
        adrp    x0, thread
        add     x0, x0, :lo12:thread
        msr     tpidr_el0, x0
        mov     x29, xzr
        mov     x30, xzr
        bl      main
        ldr     w0, =0x84000008                 /* PSCI SYSTEM_OFF */
        hvc     #0
        b       .
        .size   _start, . - _start

        .data
        .balign 16
thread: .quad   0, 0
        .quad   7                               /* what main.c has as the first thread-local variable */

        .bss
        .balign 16
        .space  4096
stack_end:
