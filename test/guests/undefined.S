/* Executes UDF: the vectors of crt0.S report an exception with EC 0. */
        .cfi_sections .debug_frame
        .text
        .global main
        .type   main, %function
main:
        .cfi_startproc
        mov     x0, #1
        udf     #0x5de1
        ret
        .cfi_endproc
        .size   main, . - main
