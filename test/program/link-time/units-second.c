void touch(const volatile void *object);

struct shared {
  long pad, last;
};
static int only = 2, lost = 20;
struct shared two = {0, 6};

static inline int twice(int by) {
  touch(&two);
  return by * 2;
}
__attribute__((noinline)) int second(int by) {
  touch(&only);
  touch(&lost);
  return by + only + lost + (int)two.last + twice(by);
}
