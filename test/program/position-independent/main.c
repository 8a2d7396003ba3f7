/* Pointers that the program relocates before it is here, and one function that is called by one of them. */
struct step {
  const char *name;
  int (*run)(int);
};

#ifndef WITHOUT_THREADS
__thread int counter = 7;
#else
int counter = 7;
#endif
int total = 5;
int *const where = &total;

static int twice(int by)
{
  total += 2 * by;
  counter++;
  return total;
}

static int thrice(int by)
{
  total += 3 * by;
  return total;
}

const struct step steps[] = { { "twice", twice }, { "thrice", thrice } };

int main(void)
{
  int sum = 0;
  for (int i = 0; i < 2; i++)
    sum += steps[i].run(i + 1);
  return sum + *where;
}
