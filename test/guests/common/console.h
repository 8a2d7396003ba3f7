/* Text through the PL011 of the `virt` board. */
#ifndef CONSOLE_H
#define CONSOLE_H

/* Knows %d %u %x %ld %lu %lx %c %s and %%; hexadecimal numbers get their 0x. */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

#endif
