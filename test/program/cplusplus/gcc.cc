// What gcc describes in another way than clang, or clang 14 not at all; see build.sh.
asm(".global _start\n_start: adr x0, .\n add x0, x0, #0x20000\n and sp, x0, #-16\n bl main\n b .");

#define NOINLINE __attribute__((noinline, noipa))
extern "C" NOINLINE void touch(const volatile void *object) { asm volatile("" : : "r"(object) : "memory"); }

namespace stat {
struct A {
  static int b;
  static const int c = 11;
  inline static int f = 13;
  int own = 1;
  NOINLINE int get(int by) {
    int was = own;
    own += by;
    touch(this);
    return was;
  }
};
int A::b = 10;
struct B : A {
  int more = 2;
};
template <typename T> struct Sum {
  static T total;
  T last;
  NOINLINE T set(T x) {
    last = x;
    total += x;
    touch(this);
    return total;
  }
};
template <typename T> T Sum<T>::total = 7;
template <typename T> inline T pi = T(3.25);
} // namespace stat

namespace outer {
inline namespace v2 {
int version = 42;
struct Tag {
  int q = 9;
};
NOINLINE int inl(int x) {
  touch(&x);
  return x + version;
}
} // namespace v2
namespace old {
int version = 41;
}
} // namespace outer
namespace alias = outer::old;

struct M1 {
  long m1 = 1;
};
struct M2 {
  long m2 = 2;
};
struct MM : M1, M2 {
  int mm = 3;
};
MM both;
stat::B derived;

struct Vec {
  int x, y;
  NOINLINE int plus(int by) {
    touch(this);
    return x + by;
  }
};
Vec vec{5, 6};
int Vec::*toX = &Vec::x, Vec::*toY = &Vec::y, Vec::*toNone = nullptr;
long MM::*toBase = &MM::m2;

template <typename T, int N> struct Box {
  T items[N];
  template <typename U> NOINLINE U conv(U u) {
    U result = u + items[N - 1];
    touch(&result);
    return result;
  }
};

NOINLINE int work() {
  stat::Sum<long> sum;
  Box<short, 3> box{{4, 5, 6}};
  outer::Tag tag;
  touch(&tag);
  return derived.get(5) + sum.set(5) + outer::inl(1) + box.conv(2L) + vec.plus(1) + int(stat::pi<double>);
}

extern "C" __attribute__((used, externally_visible)) int main() { return work(); }
