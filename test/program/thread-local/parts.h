#ifdef __cplusplus
extern "C" {
#endif
int other_work(int by);
int plus_work(int by);
#ifdef __cplusplus
}
#endif

#if THREAD_POINTER_EL == 1
#define SET_THREAD_POINTER(at) __asm__ volatile("msr tpidr_el1, %0" : : "r"(at) : "memory")
#elif THREAD_POINTER_EL == 10
#define SET_THREAD_POINTER(at) __asm__ volatile("msr tpidr_el0, %0\n\tmsr tpidr_el1, %1" : : "r"(at), "r"((at) + 256) : "memory")
#else
#define SET_THREAD_POINTER(at) __asm__ volatile("msr tpidr_el0, %0" : : "r"(at) : "memory")
#endif
