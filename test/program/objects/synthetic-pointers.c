/* Pointers that have no value, to objects in registers and constants (DW_OP_implicit_pointer). */
struct box { long first, second; int letters[2]; };
volatile long sink;
static inline __attribute__((always_inline)) long sum(const struct box *box, const long *one) {
  sink = 1;
  sink += box->first;
  return box->first + box->second * *one;
}
__attribute__((noinline)) long work(long x) {
  struct box local = { x, 7, { 3, 4 } };
  long one = x + 5;
  return sum(&local, &one) + local.letters[1];
}
void begin(void) {
  sink = work(sink + 41);
  for (;;)
    ;
}
asm(".globl _start\n_start:\n\tmov x0, #0x40100000\n\tmov sp, x0\n\tb begin");
