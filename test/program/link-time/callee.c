// What caller.c inlines by link-time optimization. It is called too, through a pointer.
volatile int limit = 7;
int checked(int value) {
  if (value > limit)
    limit = value;
  return limit;
}
int (*volatile hook)(int) = checked;
__attribute__((noinline)) int elsewhere(int value) { return checked(value + 2) + hook(value); }
