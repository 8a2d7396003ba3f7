/* Thread-local variables of C++: in a namespace, in a class, in a function, of one file. */
#include "parts.h"

namespace hw {
thread_local int in_namespace = 21;

struct Port {
  static thread_local long shared;
  int number;
  int use(int by);
};

thread_local long Port::shared = 31;

__attribute__((noinline)) int Port::use(int by)
{
  static thread_local int uses = 41;
  uses += by;
  shared += by;
  return uses + number + static_cast<int>(shared);
}
}

namespace {
thread_local unsigned hidden = 51;
}

extern "C" __attribute__((noinline)) int plus_work(int by)
{
  hw::Port port{by};
  hw::in_namespace += by;
  hidden += static_cast<unsigned>(by);
  return port.use(by) + hw::in_namespace + static_cast<int>(hidden);
}
