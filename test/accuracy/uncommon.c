/* What C has and few programs use: arrays of variable length, vectors, complex numbers, integers of 128 bits, floating arguments that are gone. */
typedef int lanes __attribute__((vector_size(16)));
typedef unsigned char bytes __attribute__((vector_size(8)));

struct pair {
  long first, second;
};
struct reals {
  double x, y;
};

volatile int sink;

__attribute__((noinline)) static long leaf(long value) {
  sink += (int)value;
  return value * 3 + 1;
}

__attribute__((noinline)) static void use(const volatile void *object) {
  asm volatile("" : : "r"(object) : "memory");
  sink++;
}

__attribute__((noinline)) long variable_length(int count, int rows) {
  int squares[count];
  long table[count][rows];
  struct {
    int key;
    char letter;
  } entries[count];
  char text[count + 1];
  long(*row)[rows] = table;
  for (int index = 0; index < count; index++) {
    squares[index] = index * index;
    entries[index].key = index;
    entries[index].letter = (char)('a' + index);
    text[index] = (char)('A' + index);
    for (int column = 0; column < rows; column++)
      table[index][column] = index * 10 + column;
  }
  text[count] = 0;
  use(squares);
  use(table);
  use(entries);
  use(text);
  use(&row);
  return squares[count - 1] + table[1][1] + (long)sizeof(table);
}

__attribute__((noinline)) int vector_lanes(lanes numbers, bytes small, __int128 wide) {
  lanes doubled = numbers + numbers;
  bytes next = small + 1;
  __int128 negative = -wide;
  use(&doubled);
  use(&next);
  use(&negative);
  return doubled[0] + next[7] + (int)(negative >> 64);
}

__attribute__((noinline)) double complex_numbers(_Complex double number, _Complex float small) {
  _Complex double doubled = number + number;
  _Complex float kept = small;
  use(&doubled);
  use(&kept);
  return __real__ doubled + (double)__imag__ kept;
}

__attribute__((noinline)) double polynomial(double start, float factor, long count) {
  double value = start;
  for (long index = 0; index < count; index++) {
    value = value * (double)factor + (double)index;
    sink += (int)value;
  }
  return value;
}

__attribute__((noinline)) long mixed(struct pair pair, struct reals reals, short narrow, __int128 wide) {
  long sum = pair.first + (long)reals.x + narrow;
  sum += leaf(sum);
  sum += pair.second + (long)reals.y + (long)(wide >> 64);
  return sum;
}

int main(void) {
  asm volatile("msr cpacr_el1, %0\n\tisb" : : "r"(3L << 20) : "memory");
  long total = variable_length(3, 2);
  total += variable_length(5, 4);
  total += vector_lanes((lanes){1, -2, 3, 4}, (bytes){1, 2, 3, 4, 5, 6, 7, 255}, ((__int128)7 << 64) + 3);
  total += (long)complex_numbers(1.0 + 2.0i, 3.0f - 1.0fi);
  total += (long)polynomial(1.25, 0.5f, 3);
  total += mixed((struct pair){total, 7}, (struct reals){1.5, 2.5}, -2, ((__int128)9 << 64) + 3);
  return (int)total;
}
