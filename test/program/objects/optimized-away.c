/* What optimization does away with and debug information still tells: pointers to what has no address, arguments that are not passed. */
struct box {
  long first, second;
  int letters[2];
};
volatile long sink;

static inline __attribute__((always_inline)) long sum(const struct box *box, const long *one) {
  sink = 1;
  sink += box->first;
  return box->first + box->second * *one;
}

__attribute__((noinline)) long work(long x) {
  struct box local = {x, 7, {3, 4}};
  long one = x + 5;
  return sum(&local, &one) + local.letters[1];
}

static __attribute__((noinline)) long scale(long value, long flavour) {
  sink = value;
  sink += 2;
  return value * 3;
}

__attribute__((noinline)) long call(long x) {
  long result = scale(x + 1, x + 9);
  sink = x;
  return result;
}

void begin(void) {
  sink = work(sink + 41);
  sink = call(100);
  for (;;)
    ;
}
asm(".globl _start\n_start:\n\tmov x0, #0x40100000\n\tmov sp, x0\n\tb begin");
