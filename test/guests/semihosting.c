/*
 * Calls of Arm semihosting: its features, the console as three files, errors, command line, heap, time, input, exit.
 * Says everything by semihosting, so it needs --semihosting here and -semihosting in QEMU.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITEC = 0x03,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_ISERROR = 0x08,
  SYS_ISTTY = 0x09,
  SYS_SEEK = 0x0a,
  SYS_FLEN = 0x0c,
  SYS_CLOCK = 0x10,
  SYS_TIME = 0x11,
  SYS_ERRNO = 0x13,
  SYS_GET_CMDLINE = 0x15,
  SYS_HEAPINFO = 0x16,
  SYS_EXIT = 0x18,
  SYS_EXIT_EXTENDED = 0x20,
  SYS_ELAPSED = 0x30,
  SYS_TICKFREQ = 0x31,
};
enum { MODE_R = 0, MODE_W = 4, MODE_A = 8 };
enum { EBADF = 9 };
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

static long call(unsigned operation, const void *parameter)
{
  register uint64_t x0 __asm__("x0") = operation;
  register const void *x1 __asm__("x1") = parameter;

  __asm__ volatile("hlt #0xf000" : "+r"(x0), "+r"(x1) : : "memory");
  return (long)x0;
}
#define CALL(operation, ...) call(operation, (uint64_t[]){ __VA_ARGS__ })

static void print(const char *text)
{
  call(SYS_WRITE0, text);
}
static void print_number(long value)
{
  char digits[24];
  char *at = digits + sizeof digits - 1;
  unsigned long left = value < 0 ? -(unsigned long)value : (unsigned long)value;

  *at = 0;
  do
    *--at = (char)('0' + left % 10);
  while ((left /= 10) != 0);
  if (value < 0)
    *--at = '-';
  print(at);
}
static void say(const char *what, long value)
{
  print(what);
  print(" ");
  print_number(value);
  call(SYS_WRITEC, "\n");
}
static size_t length_of(const char *text)
{
  size_t length = 0;

  while (text[length] != 0)
    length++;
  return length;
}
static long open(const char *name, int mode)
{
  return CALL(SYS_OPEN, (uint64_t)name, (uint64_t)mode, length_of(name));
}
static long write_text(long handle, const char *text)
{
  return CALL(SYS_WRITE, (uint64_t)handle, (uint64_t)text, length_of(text));
}

static void features(void)
{
  unsigned char bytes[8] = { 0 };
  long handle = open(":semihosting-features", MODE_R);

  say("features: open", handle > 0);
  say("  length", CALL(SYS_FLEN, (uint64_t)handle));
  say("  terminal", CALL(SYS_ISTTY, (uint64_t)handle));
  say("  missing of 8", CALL(SYS_READ, (uint64_t)handle, (uint64_t)bytes, 8));
  say("  magic", bytes[0] == 'S' && bytes[1] == 'H' && bytes[2] == 'F' && bytes[3] == 'B');
  say("  bits", bytes[4]);
  say("  seek", CALL(SYS_SEEK, (uint64_t)handle, 4));
  say("  missing of 1", CALL(SYS_READ, (uint64_t)handle, (uint64_t)bytes, 1));
  say("  bits again", bytes[0]);
  say("  close", CALL(SYS_CLOSE, (uint64_t)handle));
  say("  close again", CALL(SYS_CLOSE, (uint64_t)handle));
  say("  errno is EBADF", call(SYS_ERRNO, NULL) == EBADF);
}

static void environment(void)
{
  char line[64];
  uint64_t command[2] = { (uint64_t)line, sizeof line };
  uint64_t memory[4];
  uint64_t first;
  uint64_t second;

  say("command line", call(SYS_GET_CMDLINE, command));
  print("  ");
  print(line);
  say("\n  length", (long)command[1]);
  say("heap", CALL(SYS_HEAPINFO, (uint64_t)memory));
  say("  base below limit", memory[0] < memory[1]);
  say("  stack base is the limit", memory[2] == memory[1]);
  say("ticks in a second", call(SYS_TICKFREQ, NULL));
  call(SYS_ELAPSED, &first);
  call(SYS_ELAPSED, &second);
  say("  time goes on", second > first);
  say("clock is small", (unsigned long)call(SYS_CLOCK, NULL) < 6000);
  say("time is after 2025", call(SYS_TIME, NULL) > 1735689600);
  say("-5 is an error", CALL(SYS_ISERROR, (uint64_t)-5));
  say("5 is an error", CALL(SYS_ISERROR, 5));
  say("no such file", open("/no/such/folder/file", MODE_R));
}

/* @returns how many characters came */
static long input(void)
{
  char line[64];
  long keyboard = open(":tt", MODE_R);
  long room = sizeof line - 1;
  long count;

  print("type: ");
  count = room - CALL(SYS_READ, (uint64_t)keyboard, (uint64_t)line, (uint64_t)room);
  line[count] = 0;
  print("got: ");
  print(line);
  return count;
}

int main(void)
{
  long out = open(":tt", MODE_W);
  long error = open(":tt", MODE_A);
  uint64_t end[2] = { ADP_STOPPED_APPLICATION_EXIT, 0 };

  say("standard output", write_text(out, "to standard output\n"));
  say("standard error", write_text(error, "to standard error\n"));
  say("terminal", CALL(SYS_ISTTY, (uint64_t)out));
  features();
  environment();
  end[1] = (uint64_t)input();
  call(SYS_EXIT_EXTENDED, end);
  print("still here\n");
  return 0;
}
