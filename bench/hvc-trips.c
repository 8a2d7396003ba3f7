/* Trips from EL1 to EL2 and back by HVC. Starts at EL2 (`--client EL2`; QEMU: virtualization=on). */
#include "bench.h"

#define TRIPS 1000000ul

uint64_t run_trips(uint64_t trips);

int main(void)
{
  uint64_t sum;

  BENCH_START();
  sum = run_trips(TRIPS);
  BENCH_END(sum);
  return sum != TRIPS;
}
