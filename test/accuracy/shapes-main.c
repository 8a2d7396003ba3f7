/* The program of test/program/fixtures, as what crt0.S calls. */
#define _start main
#include "../program/fixtures/shapes.c"
