#include "console.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define UART0 0x09000000ul
#define UARTDR (*(volatile uint32_t *)(UART0 + 0x000))
#define UARTFR (*(volatile uint32_t *)(UART0 + 0x018))
#define UARTFR_TXFF (1u << 5)

static void put_character(char character)
{
  while (UARTFR & UARTFR_TXFF)
    ;
  UARTDR = (uint8_t)character;
}

static void put_text(const char *text)
{
  while (*text)
    put_character(*text++);
}

static void put_number(uint64_t value, uint64_t base)
{
  char digits[20];
  int count = 0;

  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (count)
    put_character(digits[--count]);
}

static void put_signed(int64_t value)
{
  if (value < 0)
    put_character('-');
  put_number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

void print(const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  for (; *format; format++) {
    if (*format != '%') {
      put_character(*format);
      continue;
    }
    bool is_long = *++format == 'l';
    if (is_long)
      format++;
    switch (*format) {
    case 'd':
      put_signed(is_long ? va_arg(arguments, int64_t) : va_arg(arguments, int32_t));
      break;
    case 'u':
      put_number(is_long ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t), 10);
      break;
    case 'x':
      put_text("0x");
      put_number(is_long ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t), 16);
      break;
    case 'c':
      put_character((char)va_arg(arguments, int));
      break;
    case 's':
      put_text(va_arg(arguments, const char *));
      break;
    default:
      put_character(*format);
    }
  }
  va_end(arguments);
}
