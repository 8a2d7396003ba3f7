/* uint64_t run_trips(uint64_t trips): goes to EL1, makes that many HVCs there, comes back to EL2. X0 = HVCs answered. */
        .text
        .global run_trips
        .type   run_trips, %function
run_trips:
        stp     x29, x30, [sp, #-32]!
        mrs     x9, vbar_el2
        str     x9, [sp, #16]
        ldr     x9, =trip_vectors
        msr     vbar_el2, x9
        mov     x9, #1 << 31                    /* HCR_EL2.RW */
        msr     hcr_el2, x9
        mov     x9, #0x3C5                      /* EL1h, DAIF = 1111 */
        msr     spsr_el2, x9
        adr     x9, make_trips
        msr     elr_el2, x9
        isb
        mov     x1, x0                          /* how many to make */
        mov     x0, #0                          /* how many were answered */
        eret

finished:
        ldr     x9, [sp, #16]
        msr     vbar_el2, x9
        isb
        ldp     x29, x30, [sp], #32
        ret

make_trips:                                     /* EL1 */
        mov     x2, #1
0:      hvc     #0
        subs    x1, x1, #1
        b.ne    0b
        mov     x2, #0
        hvc     #0

        .balign 0x800
trip_vectors:
        .rept   8
        .balign 0x80
        b       .
        .endr
        .balign 0x80
        cbz     x2, finished                    /* lower EL, AArch64, synchronous */
        add     x0, x0, x2
        eret
        .rept   7
        .balign 0x80
        b       .
        .endr
        .size   run_trips, . - run_trips
