/* Types in units of their own (-fdebug-types-section) beside split debug information. */
struct inner {
  int count;
  char letters[4];
};
enum colour { RED, GREEN };
struct outer {
  struct inner in;
  union {
    long whole;
    double real;
  } u;
  enum colour colour;
  struct outer *next;
};

struct outer global = {{1, "abc"}, {42}, GREEN, &global};

long work(struct outer *object) { return object->in.count + object->u.whole; }
