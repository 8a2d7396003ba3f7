// Two units that have different things under the same names; see build.sh.
asm(".global _start\n_start: adr x0, .\n add x0, x0, #0x20000\n and sp, x0, #-16\n bl main\n b .");

__attribute__((noinline, noipa)) void touch(const volatile void *object) { asm volatile("" : : "r"(object) : "memory"); }

struct shared {
  int first;
};
static int only = 1, lost = 10;
struct shared one = {5};

int second(int by);
__attribute__((noinline)) int first(int by) {
  touch(&only);
  touch(&one);
  return by + only + lost + one.first;
}

__attribute__((used, externally_visible)) int main(void) { return first(1) + second(2); }
