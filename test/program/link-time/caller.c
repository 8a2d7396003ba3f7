// Inlines `checked`, which another unit defines and does not only inline itself; see build.sh.
int checked(int value);
static int start(int value) { return checked(value) * 3; }

int elsewhere(int value);
int both(int value) { return elsewhere(value) + start(value + 1); }
