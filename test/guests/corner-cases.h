#ifndef CORNER_CASES_H
#define CORNER_CASES_H

/* X19-X30 and SP */
#define JUMP_WORDS 14

#ifndef __ASSEMBLER__
#include <stdint.h>

extern uint64_t landing_place[JUMP_WORDS];

__attribute__((returns_twice)) int setjmp(uint64_t place[JUMP_WORDS]);
_Noreturn void longjmp(uint64_t place[JUMP_WORDS], int value);

/* Jumps to `landing_place`. */
_Noreturn void fall(void);
#endif

#endif
