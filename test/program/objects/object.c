// A relocatable object with sections here and there, as a kernel module has them.
struct place {
  int row;
  int column;
};
static volatile struct place start = {3, 4};
int visited;
const char *const names[] = {"here", "there"};

static int squared(int value) {
  int result = value * value;
  return result;
}

__attribute__((noinline)) int distance(const struct place *from) {
  int rows = from->row - start.row;
  int columns = from->column - start.column;
  visited++;
  return squared(rows) + squared(columns);
}

__attribute__((section(".init.text"), noinline)) int begin(int row) {
  struct place place = {row, row + 1};
  return distance(&place) + names[0][0];
}
