/* Values that wait in the halves of vectors that calls preserve; see build.sh. */
asm(".global _start\n_start: mov x0, #(3 << 20)\n msr cpacr_el1, x0\n isb\n adr x0, .\n add x0, x0, #0x20000\n and sp, x0, #-16\n mov w0, #3\n bl work\n b .");

__attribute__((noinline, noipa)) void touch(void) { asm volatile("" : : : "memory"); }

__attribute__((noinline)) double work(int n) {
  double held = n * 1.5;
  float small = n * 0.25f;
  touch();
  double sum = held + small;
  touch();
  return sum * held;
}
