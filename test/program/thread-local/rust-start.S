        .global start
start:
        adrp    x0, thread
        add     x0, x0, :lo12:thread
        msr     tpidr_el0, x0
        ldr     x1, =0x40110000
        mov     sp, x1
        mov     w0, #5
        bl      work
        mov     w0, #6
        bl      work
        b       .

        .data
        .balign 16
thread:
        .quad   0, 0
        .quad   7, 31, 41, 0
