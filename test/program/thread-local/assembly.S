        /* Declared in C, and with one that only the linker knows. */
        .section .tbss, "awT", %nobits
        .balign 4
        .global from_assembly, only_a_symbol
        .type   from_assembly, %tls_object
        .type   only_a_symbol, %tls_object
from_assembly:
        .space  4
        .size   from_assembly, 4
only_a_symbol:
        .space  8
        .size   only_a_symbol, 8

#ifdef EMULATED
        .data
        .balign 8
        .global __emutls_v.from_assembly
__emutls_v.from_assembly:
        .quad   4, 4, 0, zero
zero:   .quad   0
#endif
