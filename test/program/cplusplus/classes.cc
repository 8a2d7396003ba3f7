// Functions, templates and objects as C++ names and makes them; see build.sh.
asm(".global _start\n_start: adr x0, .\n add x0, x0, #0x20000\n and sp, x0, #-16\n bl main\n b .");
// Of the C++ library, whose virtual tables every type_info begins with.
asm(".data\n.balign 8\n.global _ZTVN10__cxxabiv117__class_type_infoE, _ZTVN10__cxxabiv120__si_class_type_infoE, _ZTVN10__cxxabiv121__vmi_class_type_infoE\n"
    "_ZTVN10__cxxabiv117__class_type_infoE: .space 64\n_ZTVN10__cxxabiv120__si_class_type_infoE: .space 64\n"
    "_ZTVN10__cxxabiv121__vmi_class_type_infoE: .space 64\n.text");

#define NOINLINE __attribute__((noinline))
extern "C" NOINLINE void touch(const volatile void *object) { asm volatile("" : : "r"(object) : "memory"); }

struct Vec {
  int x, y;
  NOINLINE Vec operator+(const Vec &other) const { return {x + other.x, y + other.y}; }
  NOINLINE int operator[](int at) const { return at ? y : x; }
  NOINLINE int operator()(int by) const { return by + y; }
  NOINLINE operator int() const { return x; }
  NOINLINE static int make(int from) { return from; }
  NOINLINE int over(int) { return 1; }
  NOINLINE int over(long) { return 2; }
};
Vec vec{5, 6};

// Names that something at file scope has too.
struct Same {
  static inline int vec = 99, Base = 98;
  static inline char Other = 97;
};
namespace one {
int twin = 1;
}
namespace two {
int twin = 2, single = 3;
}

namespace ns {
struct Shape {
  static constexpr int corners = 4;
  int own = 1;
  virtual int side() const { return own; }
};
struct Plain {
  static constexpr long most = 7;
  int own = 1;
};
using Other = Plain;
} // namespace ns
struct Named : ns::Other {
  int n = 2;
} named;

template <typename T> T pi = T(3.25);
template <typename T, int N> T row[N] = {T(1), T(2)};
namespace ns {
template <typename T> T q = T(9);
template <bool B, typename T> int odd = 4;
NOINLINE int f(int a) { return a + 7; }
} // namespace ns
NOINLINE int f(int a) { return a; }
NOINLINE int f(long a) { return int(a) + 1; }
NOINLINE int f(const char *p, int b) { return *p + b; }
template <typename T> NOINLINE T same(T a) { return a; }

struct Base {
  int b = 1;
  virtual int vf() { return 1; }
  virtual int vg() { return 2; }
};
struct Other {
  int o = 5;
  virtual int vh() { return 3; }
};
struct Derived : Base, Other {
  int d = 2;
  int vf() override { return 4; }
};
struct More : Derived {
  int m = 3;
};
struct Root {
  int r = 77;
  virtual int vr() { return r; }
};
struct Left : virtual Root {
  int l = 5;
};
struct Right : virtual Root {
  int rr = 6;
};
struct Diamond : Left, Right {
  int dd = 8;
};
struct Twice1 : Other {};
struct Twice2 : Other {};
struct Twice : Twice1, Twice2 {};
template <typename T> struct Holder : Base {
  T held = 4;
};
namespace {
struct Hidden : Base {
  int h = 11;
};
} // namespace
int (Base::*toF)() = &Base::vf, (Base::*toG)() = &Base::vg, (Vec::*toNone)(long) = nullptr, (Vec::*toOver)(long) = &Vec::over;
int (More::*toH)() = &Other::vh;
struct Methods {
  int (Base::*virtualOne)();
  int (Vec::*plain)(int) const;
} methods{&Base::vg, &Vec::operator()};
int (*chosen)(long) = f;
namespace ns {
__attribute__((always_inline)) inline int always(int a) {
  touch(&a);
  return a + 1;
}
} // namespace ns
int (*toAlways)(int) = ns::always;

wchar_t wide[] = L"wide";
char16_t utf16[] = u"h\u00e9";
const char32_t *utf32 = U"\U0001f600!";
char8_t utf8[] = u8"h\u00e9";

NOINLINE int work(Base *base, Other *other, Root *root, Left *left, Base *plain, Other *twice, Base *held, Base *hidden, Base *none) {
  touch(&base);
  return base->vf() + other->vh() + root->vr() + left->l + plain->vf() + twice->vh() + held->vf() + hidden->vf() + (none != nullptr);
}

int sum() {
  More more;
  Diamond diamond;
  Base base;
  Twice twice;
  Holder<long> holder;
  Hidden hidden;
  ns::Shape shape;
  Base &reference = more;
  touch(&reference);
  return ns::always(3) + shape.side() + named.n + int(ns::Plain::most) + ns::Shape::corners + work(&more, &more, &diamond, &diamond, &base, static_cast<Twice2 *>(&twice), &holder, &hidden, nullptr) + (vec + vec).x + vec[1] + vec(2) +
         int(vec) + Vec::make(3) + vec.over(1) + vec.over(2L) + int(pi<double>) + pi<int> + row<int, 2>[0] + row<char, 3>[1] + f(1) + f(2L) + f("a", 1) +
         ns::f(1) + one::twin + two::twin + two::single + Same::vec + Same::Base + Same::Other + ns::q<int> + ns::odd<true, Vec *> + same(1) + same('a') + (vec.*toOver)(1) + (vec.*methods.plain)(1);
}

extern "C" __attribute__((used)) int main() { return sum(); }
