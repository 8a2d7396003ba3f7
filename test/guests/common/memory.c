/* The functions that the compiler may call by itself. Byte by byte: with the MMU off every access must be aligned. */
#include <stddef.h>
#include <stdint.h>

void *memset(void *destination, int value, size_t length)
{
  volatile uint8_t *to = destination;

  while (length--)
    *to++ = (uint8_t)value;
  return destination;
}

void *memcpy(void *restrict destination, const void *restrict source, size_t length)
{
  volatile uint8_t *to = destination;
  const uint8_t *from = source;

  while (length--)
    *to++ = *from++;
  return destination;
}
