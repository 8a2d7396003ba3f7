// Names that stand in namespaces, classes, templates and types of functions; see build.sh.
asm(".global _start\n_start: adr x0, .\n add x0, x0, #0x20000\n and sp, x0, #-16\n bl main\n b .");

extern "C" void touch(const volatile void *object) { asm volatile("" : : "r"(object) : "memory"); }

namespace hw::uart {
enum class Mode : unsigned char { Off, On = 5 };
enum Old { OLD_A = -2, OLD_B = 7 };
struct Regs {
  unsigned data;
  Mode mode;
};
int count = 3;
namespace {
int ticks = 23;
__attribute__((noinline)) int tick(int by) {
  ticks += by;
  touch(&by);
  return ticks;
}
} // namespace

class Port {
public:
  enum State { Idle, Busy = 4 };
  struct Config {
    int baud;
  };
  static int opened;
  static constexpr int most = 8;
  explicit Port(int id) : id(id) { opened++; }
  __attribute__((noinline)) int write(int value) {
    int before = id;
    id += value;
    touch(this);
    return before;
  }
  __attribute__((noinline)) int write(const char *text) const {
    touch(text);
    return id;
  }
  int id;
  State state = Idle;
  Config config{9600};
};
int Port::opened;
} // namespace hw::uart

namespace other {
int count = 99;
struct Regs {
  char bytes[3];
};
__attribute__((noinline)) int write(Regs regs) {
  touch(&regs);
  return regs.bytes[0];
}
} // namespace other

struct Base {
  int shared = 1, below = 2;
};
struct Mixin {
  long mixed = 4;
};
struct Derived : Base, Mixin {
  int shared = 5;
  __attribute__((noinline)) int sum(int extra) {
    int all = shared + below + extra;
    touch(this);
    return all;
  }
};

struct Shape {
  virtual int area(int by) { return by; }
};
struct Named {
  virtual int name(int by) { return by + 1; }
};
struct Square : Shape, Named {
  int name(int by) override {
    touch(this);
    return by * 2;
  }
};
Square square;
Named *named = &square;

struct Root {
  int root = 77;
};
struct Left : virtual Root {
  int left = 5;
};
struct Right : virtual Root {
  int right = 6;
};
struct Diamond : Left, Right {
  __attribute__((noinline)) int all() {
    int sum = root + left + right;
    touch(this);
    return sum;
  }
};

template <typename Item, int N> struct Ring {
  Item items[N];
  __attribute__((noinline)) Item push(Item item) {
    items[0] = item;
    touch(this);
    return item;
  }
};

static inline __attribute__((always_inline)) int inlined(int value) {
  touch(&value);
  return value;
}

hw::uart::Mode mode = hw::uart::Mode::On;
hw::uart::Old old = hw::uart::OLD_A;
int hw::uart::Port::*field = &hw::uart::Port::id;
int (hw::uart::Port::*method)(int) = &hw::uart::Port::write;
Derived derived;
hw::uart::Regs regs;

__attribute__((noinline)) int references(int &one, const int &two, int &&three) {
  int all = one + two + three;
  touch(&all);
  return all;
}

int work() {
  hw::uart::Port port(4);
  Ring<int, 4> ring{};
  Ring<long, 2> wide{};
  struct Local {
    int inside;
  } local{7};
  touch(&local);
  int total = port.write(1) + port.write("text") + hw::uart::tick(2) + other::write({{'a'}});
  total += ring.push(3) + static_cast<int>(wide.push(5)) + derived.sum(2);
  Diamond diamond;
  total += diamond.all();
  int called = named->name(3);
  touch(&called);
  total += references(total, 2, 3) + inlined(1) + inlined(total);
  return total + hw::uart::count + other::count;
}

extern "C" int main() { return work(); }

struct Counted {
  static int made;
  static Counted first;
  int own = 3;
};
int Counted::made = 6;
Counted Counted::first;
struct CountedMore : Counted {
  static const int most = 9;
  static int never;
  int more = 1;
};
CountedMore counted;
