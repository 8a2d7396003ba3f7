/* Floating point: double fused multiply-add, division and square root; NEON on floats (fmla, fcmgt) and on bytes (uabd, uadalp). */
#include <stddef.h>
#include <arm_neon.h>
#include "bench.h"

#define ROUNDS 60
#define BODIES 24
#define STEPS 200
#define FLOATS 4096
#define IMAGE_BYTES 65536
#define PASSES 64

struct body {
  double x, y, z, vx, vy, vz, mass;
};

static struct body bodies[BODIES];
static float32x4_t xs[FLOATS / 4], ys[FLOATS / 4];
static uint8_t first[IMAGE_BYTES], second[IMAGE_BYTES];

static double random_double(uint64_t *random)
{
  return (double)(next_random(random) >> 11) * 0x1p-53;
}

static inline double square_root(double value)
{
  double root;

  __asm__("fsqrt %d0, %d1" : "=w"(root) : "w"(value));
  return root;
}

/* Bodies that attract each other: multiply-add, division, square root. */
static double move_bodies(double step)
{
  double energy = 0;

  for (int i = 0; i < BODIES; i++) {
    struct body *a = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      struct body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double squared = dx * dx + dy * dy + dz * dz + 0.01;
      double pull = step / (squared * square_root(squared));

      a->vx -= dx * b->mass * pull;
      a->vy -= dy * b->mass * pull;
      a->vz -= dz * b->mass * pull;
      b->vx += dx * a->mass * pull;
      b->vy += dy * a->mass * pull;
      b->vz += dz * a->mass * pull;
    }
  }
  for (int i = 0; i < BODIES; i++) {
    struct body *a = &bodies[i];
    a->x += step * a->vx;
    a->y += step * a->vy;
    a->z += step * a->vz;
    energy += a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
  }
  return energy;
}

/* A polynomial by Horner's rule and a division, point by point. */
static double series(double from, double step, int points)
{
  double sum = 0;

  for (int i = 0; i < points; i++) {
    double x = from + step * i;
    double top = 1 + x * (0.5 + x * (0.25 + x * (0.125 + x * 0.0625)));
    sum += top / (1 + x * x);
  }
  return sum;
}

/* y := y + k·x where y is below a limit, else y / 2; and the sum. */
static float blend(float k, float limit)
{
  float32x4_t sum = vdupq_n_f32(0), factor = vdupq_n_f32(k), bound = vdupq_n_f32(limit), half = vdupq_n_f32(0.5f);

  for (size_t i = 0; i < FLOATS / 4; i++) {
    float32x4_t y = ys[i];
    float32x4_t next = vbslq_f32(vcgtq_f32(bound, y), vfmaq_f32(y, xs[i], factor), vmulq_f32(y, half));
    ys[i] = next;
    sum = vaddq_f32(sum, next);
  }
  return vaddvq_f32(sum);
}

/* LD1 of bytes may be unaligned although the MMU is off; GCC would take them one by one. */
static inline uint8x16_t load_bytes(const uint8_t *from)
{
  uint8x16_t bytes;

  __asm__("ld1 {%0.16b}, [%1]" : "=w"(bytes) : "r"(from), "m"(*(const uint8_t(*)[16])from));
  return bytes;
}

/* Sum of absolute differences, as video encoders make it. */
static uint64_t difference(size_t shift)
{
  uint32x4_t total = vdupq_n_u32(0);

  for (size_t i = 0; i + 128 + shift <= IMAGE_BYTES; i += 128) {
    uint16x8_t sums = vdupq_n_u16(0);
    for (size_t j = i; j < i + 128; j += 16)
      sums = vpadalq_u8(sums, vabdq_u8(load_bytes(&first[j]), load_bytes(&second[j + shift])));
    total = vpadalq_u16(total, sums);
  }
  return vaddlvq_u32(total);
}

__attribute__((noinline)) static uint64_t run(void)
{
  uint64_t random = 0x5DE1, checksum = 0;

  for (int i = 0; i < BODIES; i++)
    bodies[i] = (struct body){random_double(&random) * 10, random_double(&random) * 10, random_double(&random) * 10, 0, 0, 0,
                              random_double(&random) + 0.5};
  for (size_t i = 0; i < FLOATS; i++) {
    xs[i / 4][i % 4] = (float)random_double(&random);
    ys[i / 4][i % 4] = (float)random_double(&random);
  }
  for (size_t i = 0; i < IMAGE_BYTES; i++) {
    first[i] = (uint8_t)(next_random(&random) >> 20);
    second[i] = (uint8_t)(next_random(&random) >> 20);
  }

  BENCH_START();
  for (int round = 0; round < ROUNDS; round++) {
    double energy = 0;
    float sum = 0;

    for (int i = 0; i < STEPS; i++)
      energy += move_bodies(0.001);
    energy += series(-1, 1e-5, 200000);
    for (int i = 0; i < PASSES; i++) {
      sum += blend(0.25f, 100.0f);
      checksum += difference((size_t)i);
    }
    checksum = checksum * 33 + (uint64_t)(int64_t)(energy * 1e6) + (uint64_t)(int64_t)sum;
  }
  return checksum;
}

int main(void)
{
  __asm__ volatile("msr cpacr_el1, %0\n\tisb" : : "r"(3ul << 20) : "memory");
  uint64_t checksum = run();
  BENCH_END(checksum);
  return 0;
}
