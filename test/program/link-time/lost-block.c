// A static variable of a block that optimization has lost has the name of one around it; see build.sh.
asm(".global _start\n_start: adr x0, .\n add x0, x0, #0x20000\n and sp, x0, #-16\n bl main\n b .");

__attribute__((noinline, noipa)) void touch(const volatile void *object) { asm volatile("" : : "r"(object) : "memory"); }

static inline int inlined(int by) {
  static int n = 200;
  touch(&n);
  {
    static int n = 33, only = 5;
    if (by > 3) touch(&n), touch(&only);
  }
  return n;
}

__attribute__((noinline)) int called(int by) {
  static int m = 100;
  touch(&m);
  if (by < 0) {
    static int m = 7;
    touch(&m);
  }
  return m;
}

__attribute__((used, externally_visible)) int main(void) { return inlined(3) + inlined(5) + called(4); }
