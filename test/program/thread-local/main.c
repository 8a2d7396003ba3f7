/* Thread-local variables of every kind, on two PEs, each of which is a thread. Built by build.sh. */
#include "../../guests/common/psci.h"
#include "parts.h"

struct pair {
  int a;
  long b;
};

__thread int counter = 7;
__thread long aligned[4] __attribute__((aligned(64))) = { 1, 2, 3, 4 };
__thread struct pair pair = { 3, 4 };
static __thread int own = 11;
extern __thread unsigned from_assembly;
__thread volatile char zeroed[8];

extern char tdata_start[], tdata_end[], tls_end[];
static char blocks[2][512] __attribute__((aligned(64)));
static volatile int is_done;

/* What a loader would do (AAELF64, "Thread Local Storage"): a block for the thread behind the TCB of 16 bytes, both aligned as PT_TLS is. */
__attribute__((noinline)) static void begin_thread(int pe)
{
  char *const block = blocks[pe] + 64;
  for (long at = 0; at < tls_end - tdata_start; at++)
    block[at] = at < tdata_end - tdata_start ? tdata_start[at] : 0;
  SET_THREAD_POINTER(blocks[pe]);
}

__attribute__((noinline)) int work(int by)
{
  static __thread int calls = 100;
  int local = by * 2;

  calls++;
  own += by;
  counter += by;
  pair.b += by;
  aligned[1] = by;
  from_assembly += by;
  zeroed[0] = 'a' + by;
  return counter + calls + local + other_work(by) + plus_work(by);
}

__attribute__((noinline)) int again(int by)
{
  static __thread int calls = 200;

  calls += by;
  own -= by;
  return calls + own;
}

void secondary_main(uint64_t context)
{
  begin_thread(1);
  work((int)context);
  again(2);
  is_done = 1;
}

#ifdef EMULATED
/* Of one thread, whose variables are where their templates are. */
void *__emutls_get_address(void **control)
{
  return control[3];
}
#endif

int main(void)
{
  begin_thread(0);
  work(1);
  again(1);
  psci_cpu_on(1, 50);
  while (!is_done)
    ;
  again(3);
  return 0;
}
