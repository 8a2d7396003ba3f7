// A client of Linux' SDEI driver: event 0 gets a handler, and the PE signals it to itself.
#include <linux/arm-smccc.h>
#include <linux/arm_sdei.h>
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/cputype.h>

#define EVENT 0
// Linux has no name for the call (DEN0054, SDEI_EVENT_SIGNAL).
#define SDEI_EVENT_SIGNAL 0xc400002f

static int signals = 10000;
module_param(signals, int, 0444);
MODULE_PARM_DESC(signals, "how often the loading PE signals event 0 to itself");

static atomic_t handled = ATOMIC_INIT(0);

// The driver's functions are not exported; a kprobe finds any function by its name.
static int (*event_register)(u32 event, sdei_event_callback *handler, void *argument);
static int (*event_unregister)(u32 event);
static int (*event_enable)(u32 event);

static const struct {
	const char *name;
	void **address;
} driver_functions[] = {
	{ "sdei_event_register", (void **)&event_register },
	{ "sdei_event_unregister", (void **)&event_unregister },
	{ "sdei_event_enable", (void **)&event_enable },
};

static int __init find_driver(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(driver_functions); i++) {
		struct kprobe probe = { .symbol_name = driver_functions[i].name };
		int error = register_kprobe(&probe);

		if (error) {
			pr_err("sdei-client: no %s: %d\n", driver_functions[i].name, error);
			return error;
		}
		*driver_functions[i].address = probe.addr;
		unregister_kprobe(&probe);
	}
	return 0;
}

static int count(u32 event, struct pt_regs *regs, void *argument)
{
	atomic_inc(argument);
	return 0;
}

struct burst {
	int signals;
	int refused;
};

static void signal_this_pe(void *argument)
{
	struct burst *burst = argument;
	struct arm_smccc_res result;
	int i;

	for (i = 0; i < burst->signals; i++) {
		arm_smccc_1_1_invoke(SDEI_EVENT_SIGNAL, EVENT,
				     read_cpuid_mpidr() & MPIDR_HWID_BITMASK, &result);
		if (result.a0)
			burst->refused++;
	}
}

static int signal_on(int cpu, int signals)
{
	struct burst burst = { .signals = signals };
	int before = atomic_read(&handled);
	int error = smp_call_function_single(cpu, signal_this_pe, &burst, 1);

	if (error)
		return error;
	pr_info("sdei-client: CPU%d: %d signals, %d refused, %d handler runs\n", cpu,
		signals, burst.refused, atomic_read(&handled) - before);
	return 0;
}

// echo CPU > /sys/module/sdei_client/parameters/signal: one signal on that PE
static int set_signal(const char *text, const struct kernel_param *parameter)
{
	int cpu;
	int error = kstrtoint(text, 0, &cpu);

	return error ? error : signal_on(cpu, 1);
}

static const struct kernel_param_ops signal_operations = { .set = set_signal };
module_param_cb(signal, &signal_operations, NULL, 0200);
MODULE_PARM_DESC(signal, "signals event 0 once, on the CPU written here");

static int __init sdei_client_init(void)
{
	int error = find_driver();

	if (!error)
		error = event_register(EVENT, count, &handled);
	if (error) {
		pr_err("sdei-client: event %d is not registered: %d\n", EVENT, error);
		return error;
	}
	error = event_enable(EVENT);
	if (!error)
		error = signal_on(raw_smp_processor_id(), signals);
	if (error)
		event_unregister(EVENT);
	return error;
}

static void __exit sdei_client_exit(void)
{
	while (event_unregister(EVENT) == -EINPROGRESS)
		msleep(1);
	pr_info("sdei-client: event %d is unregistered after %d handler runs\n", EVENT, atomic_read(&handled));
}

module_init(sdei_client_init);
module_exit(sdei_client_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Counts runs of the handler of SDEI event 0");
