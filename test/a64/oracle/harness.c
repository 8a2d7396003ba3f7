// Runs recorded executions under qemu-aarch64: each signal ends one execution and starts the next. See record.mjs.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { REGION_BYTES = 0x10000, WORD_OFFSET = 0x8000, MAX_WORDS = 4 };
static uint8_t *const code = (uint8_t *)0x40000000, *const data = (uint8_t *)0x50000000;
static uint8_t pristine_code[REGION_BYTES], pristine_data[REGION_BYTES];

struct input {
  uint32_t words[MAX_WORDS];
  uint64_t x[31], sp;
  uint64_t nzcv;
  __uint128_t v[32];
  uint64_t fpcr, fpsr;
};
struct output {
  uint64_t signal, x[31], sp, pc, pstate;
  __uint128_t v[32];
  uint64_t fpsr, changed_bytes;
};

static struct fpsimd_context *vectors(mcontext_t *context) {
  struct _aarch64_ctx *head = (struct _aarch64_ctx *)context->__reserved;
  while (head->magic != FPSIMD_MAGIC) head = (struct _aarch64_ctx *)((char *)head + head->size);
  return (struct fpsimd_context *)head;
}

static FILE *in, *out;
static int started;

static void record(int signal_number, mcontext_t *context) {
  struct output result = {.signal = signal_number, .sp = context->sp, .pc = context->pc, .pstate = context->pstate};
  memcpy(result.x, context->regs, sizeof result.x);
  memcpy(result.v, vectors(context)->vregs, sizeof result.v);
  result.fpsr = vectors(context)->fpsr;
  static uint32_t changes[REGION_BYTES];
  if (memcmp(data, pristine_data, REGION_BYTES) != 0) {
    for (uint32_t i = 0; i < REGION_BYTES; i++)
      if (data[i] != pristine_data[i]) changes[result.changed_bytes++] = i << 8 | data[i];
    memcpy(data, pristine_data, REGION_BYTES);
  }
  fwrite(&result, sizeof result, 1, out);
  fwrite(changes, sizeof *changes, result.changed_bytes, out);
}

static void handler(int signal_number, siginfo_t *info, void *opaque) {
  (void)info;
  mcontext_t *context = &((ucontext_t *)opaque)->uc_mcontext;
  if (started) record(signal_number, context);
  started = 1;
  struct input next;
  if (fread(&next, sizeof next, 1, in) != 1) {
    fclose(out);
    _Exit(0);
  }
  memcpy(code + WORD_OFFSET, next.words, sizeof next.words);
  __builtin___clear_cache((char *)code + WORD_OFFSET, (char *)code + WORD_OFFSET + sizeof next.words);
  memcpy(context->regs, next.x, sizeof next.x);
  memcpy(vectors(context)->vregs, next.v, sizeof next.v);
  vectors(context)->fpcr = next.fpcr;
  vectors(context)->fpsr = next.fpsr;
  context->sp = next.sp;
  context->pc = (uintptr_t)code + WORD_OFFSET;
  context->pstate = (context->pstate & 0x0fffffff) | next.nzcv << 28;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  in = fopen(argv[1], "rb");
  out = fopen(argv[2], "wb");
  if (!in || !out) return 2;
  if (fread(pristine_code, REGION_BYTES, 1, in) != 1 || fread(pristine_data, REGION_BYTES, 1, in) != 1) return 2;
  mmap(code, REGION_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap(data, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  memcpy(code, pristine_code, REGION_BYTES);
  memcpy(data, pristine_data, REGION_BYTES);
  static uint8_t stack[1 << 16];
  sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  const int signals[] = {SIGTRAP, SIGILL, SIGSEGV, SIGBUS};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  raise(SIGTRAP);
  return 1;
}
