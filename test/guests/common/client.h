/*
 * What depends on the exception level of the client, for C and assembly.
 * CLIENT_EL is 1 (a hypervisor answers, by HVC) or 2 (firmware answers, by SMC).
 */
#ifndef CLIENT_H
#define CLIENT_H

#if CLIENT_EL == 1
#define CONDUIT hvc
#define EL(name) name##_el1
#elif CLIENT_EL == 2
#define CONDUIT smc
#define EL(name) name##_el2
#else
#error "define CLIENT_EL as 1 or 2"
#endif

#define MAXIMUM_PES 8
#define STACK_BYTES 0x4000

/* DWARF's number for ELR_ELx ("DWARF for the Arm 64-bit Architecture"). */
#define DWARF_ELR 33

#endif
