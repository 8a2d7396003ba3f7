/*
 * Handlers of events that do what they should not: one changes X19, one takes an exception, one moves SP_EL0. And events that wait: for the
 * PE to be unmasked, for a handler of the same priority, for a critical one. Then EL0 and back.
 */
#include "common/client.h"

#define SDEI_EVENT_REGISTER 0xC4000021
#define SDEI_EVENT_ENABLE 0xC4000022
#define SDEI_EVENT_COMPLETE 0xC4000025
#define SDEI_EVENT_COMPLETE_AND_RESUME 0xC4000026
#define SDEI_PE_UNMASK 0xC400002C
#define SDEI_EVENT_SIGNAL 0xC400002F
#define RAISE_EVENT 0xC2000001

        .cfi_sections .debug_frame

        .macro  call function, first=0, second=0, third=0, fourth=0, fifth=0
        ldr     w0, =\function
        mov     x1, \first
        mov     x2, \second
        mov     x3, \third
        mov     x4, \fourth
        mov     x5, \fifth
        hvc     #0
        .endm

        .macro  prepare event, handler
        ldr     x9, =\handler
        call    SDEI_EVENT_REGISTER, \event, x9
        call    SDEI_EVENT_ENABLE, \event
        .endm

        .text
        .global main
        .type   main, %function
main:
        .cfi_startproc
        mov     x20, x30
        .cfi_register x30, x20
        ldr     x9, =own_vectors
        msr     vbar_el1, x9
        isb
        prepare #0, handler_of_0
        prepare #804, handler_of_804
        prepare #806, handler_of_806
        mov     x19, #0x19
        mrs     x10, mpidr_el1
        and     x10, x10, #0xff
        call    SDEI_EVENT_SIGNAL, #0, x10      /* waits: the PE is masked */
        .global unmask
unmask:
        call    SDEI_PE_UNMASK
        ldr     x9, =at_el0
        msr     elr_el1, x9
        msr     spsr_el1, xzr
        .global down
down:   eret
        .cfi_endproc
        .size   main, . - main

/* From EL0 for good. */
        .global back
        .type   back, %function
back:
        .cfi_startproc
        .cfi_register x30, x20
        mov     x0, #0
        ret     x20
        .cfi_endproc
        .size   back, . - back

        .global at_el0
        .type   at_el0, %function
at_el0:
        .cfi_startproc
        .cfi_undefined x30
        mov     x8, #1
        svc     #3
        mov     x8, #0
        svc     #4
        .cfi_endproc
        .size   at_el0, . - at_el0

/* The first time it raises event 806, which waits for its end; each time it leaves X19 changed. */
        .global handler_of_0
        .type   handler_of_0, %function
handler_of_0:
        .cfi_startproc
        .cfi_undefined x30
        ldr     x9, =times
        ldr     w10, [x9]
        add     w11, w10, #1
        str     w11, [x9]
        cbnz    w10, 0f
        call    RAISE_EVENT, #806
0:      mov     x19, #0xbad
        call    SDEI_EVENT_COMPLETE
        .cfi_endproc
        .size   handler_of_0, . - handler_of_0

/* Reads where there is nothing, which costs ELR_EL1 and SPSR_EL1; then event 804 comes on top. */
        .global handler_of_806
        .type   handler_of_806, %function
handler_of_806:
        .cfi_startproc
        .cfi_undefined x30
        mov     x9, #0x10
        .global bad_read
bad_read:
        ldr     x9, [x9]
        call    RAISE_EVENT, #804
        call    SDEI_EVENT_COMPLETE
        .cfi_endproc
        .size   handler_of_806, . - handler_of_806

/* Signals event 0, which waits for it, and goes on elsewhere with another SP_EL0. */
        .global handler_of_804
        .type   handler_of_804, %function
handler_of_804:
        .cfi_startproc
        .cfi_undefined x30
        mrs     x10, mpidr_el1
        and     x10, x10, #0xff
        call    SDEI_EVENT_SIGNAL, #0, x10
        mrs     x9, sp_el0
        add     x9, x9, #16
        msr     sp_el0, x9
        ldr     x9, =resume
        call    SDEI_EVENT_COMPLETE_AND_RESUME, x9
        .cfi_endproc
        .size   handler_of_804, . - handler_of_804

        .type   resume, %function
resume:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column DWARF_ELR
        eret
        .cfi_endproc
        .size   resume, . - resume

/* At EL1: go on behind the instruction. From EL0: SVC with X8 = 0 ends it. */
        .balign 0x800
        .global own_vectors
        .type   own_vectors, %function
own_vectors:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_return_column DWARF_ELR
        .rept   4
        b       vectors
        .balign 0x80
        .endr
        mrs     x10, elr_el1
        add     x10, x10, #4
        msr     elr_el1, x10
        eret
        .balign 0x80
        .rept   3
        b       vectors
        .balign 0x80
        .endr
        cbz     x8, back
        eret
        .balign 0x80
        .rept   7
        b       vectors
        .balign 0x80
        .endr
        .cfi_endproc
        .size   own_vectors, . - own_vectors

        .bss
        .balign 8
times:  .space  8
