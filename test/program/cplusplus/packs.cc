/* Parameter packs, nullptr_t, static variables in blocks of what is inlined, and a block without code. */
typedef decltype(nullptr) nothing;

struct Node {
  int value;
  nothing next;
};

Node node{3, nullptr};

template <typename... Args> __attribute__((noinline)) int sum(int first, Args... args)
{
  int total = first;
  ((total += static_cast<int>(args)), ...);
  asm volatile("" : : : "memory");
  return total;
}

static inline __attribute__((always_inline)) int inner(int x)
{
  static int calls = 1;
  int result = x;
  if (x > 2) {
    static int large = 5;
    large += x;
    result += large;
    asm volatile("" : "+r"(result) : : "memory");
  } else {
    static int small = 9;
    small++;
    result += small;
  }
  calls++;
  return result + calls;
}

extern "C" __attribute__((noinline)) int call(int x)
{
  int got = inner(x);
  asm volatile("" : : : "memory");
  return got;
}

extern "C" __attribute__((noinline)) int unnamed(int, int second)
{
  nothing none;
  asm volatile("" : : "r"(&none) : "memory");
  return second;
}

extern "C" __attribute__((noinline)) int choose(int c, long more)
{
  int result;
  switch (c) {
  case 0:
    result = 1;
    break;
  case 5: {
    int folded = 2;
    result = folded * 2;
    break;
  }
  default:
    result = -1;
  }
  if (more == 0x123456789abc)
    result *= 10;
  return result;
}

asm(".global start\n"
    "start: ldr x0, =0x40200000\n"
    "mov sp, x0\n"
    "mov x29, xzr\n"
    "bl begin\n");

extern "C" [[noreturn]] void begin()
{
  volatile int total = sum(1, 2, 3l, static_cast<short>(4));
  total = total + call(1) + call(5) + unnamed(1, 2) + choose(total, 1) + choose(5, 0x123456789abc);
  for (;;)
    ;
}
