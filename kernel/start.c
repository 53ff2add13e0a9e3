/* start.c - what happens once, in order: memory, clock, interrupts, devices, harts; then the event loop.
 *
 * The first hart does it all and never waits for another hart: each of the others enters its event loop when it gets
 * there, and is handed work like any idle hart.
 */
#include "kernel/start.h"

#include "kernel/crash.h"
#include "kernel/dev/dev.h"
#include "kernel/dev/poweroff.h"
#include "kernel/dev/uart.h"
#include "kernel/fs/console.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/procfs.h"
#include "kernel/hart/bootargs.h"
#include "kernel/hart/clock.h"
#include "kernel/hart/csr.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/hart.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/hart/sbi.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/page.h"
#include "kernel/cache/page_cache.h"
#include "kernel/space/space.h"
#include "kernel/operation.h"
#include "kernel/ring/issuer.h"
#include "kernel/ring/timeout.h"
#include "kernel/proc/requests.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/clocks.h"
#include "kernel/sys/sys.h"
#include "kernel/syscall.h"
#include "kernel/task/executor.h"
#include "kernel/trace/trace.h"
#include "kernel/uintr/uintr.h"
#include "lib/fmt.h"

void start_first(u64 hart_id, u64 fdt_phys) __attribute__((noreturn));
void start_other(u64 hart_id) __attribute__((noreturn));
void hart_entry(void);

extern char kernel_start[], kernel_end[];

struct hart harts[MAX_HARTS];
u32 hart_count, hart_absent;

/* A stack grows down into its guard page; the crash stack and the registers of a crash stand above it. */
static struct hart_stack {
	char guard[PAGE_SIZE];
	char stack[HART_STACK_BYTES];
	char crash_stack[PAGE_SIZE - 512];
	char crash[512];
} hart_stacks[MAX_HARTS] __attribute__((aligned(PAGE_SIZE)));

/* The first hart's stack until its own is guarded: the same memory, entered by name from entry.S. */
__asm__(".globl boot_stack_top\n.set boot_stack_top, hart_stacks + 4096 + 16384");
_Static_assert(PAGE_SIZE == 4096 && HART_STACK_BYTES == 16384, "boot_stack_top");

_Static_assert(sizeof(struct hart) == 192 && offsetof(struct hart, id) == 52, "entry.S");

static void hart_prepare(u32 index, u64 id)
{
	harts[index].index = index;
	harts[index].id = id;
	harts[index].stack_top = hart_stacks[index].stack + HART_STACK_BYTES;
	harts[index].crash = hart_stacks[index].crash;
	harts[index].limbo_seen = LIMBO_AWAY; /* until it runs, if it ever does */
	executor_init(index);
}

/* The number of "KEY=64M" or "KEY=2"; as good as no limit when there is none. */
static u64 boot_number(const char *key)
{
	const char *text = bootargs_value(key);
	u64 number = 0;

	for (; text && *text >= '0' && *text <= '9' && number < BIT(30); text++)
		number = number * 10 + (u64)(*text - '0');
	return number ? number : BIT(30);
}

static void memory_start(u64 fdt_phys)
{
	struct fdt_node node = { 0 };
	struct fdt_reg ram, hole = { fdt_phys, fdt_bytes() };
	u64 first, end;

	if (!fdt_next_type(&node, "memory") || !fdt_reg(&node, 0, &ram))
		panic("the device tree shows no memory");
	/* [firmware | kernel image | struct page array | free ... device tree ... free] */
	first = ALIGN_UP(virt_to_phys(kernel_end), PAGE_SIZE);
	page_init(ram.base, ram.bytes, phys_to_virt(first));
	first = ALIGN_UP(first + page_array_bytes(ram.base, ram.bytes), PAGE_SIZE);
	end = ram.base + min(ram.bytes, boot_number("memory") << 20); /* the rest is not given out: for tests */
	hole.bytes += hole.base & (PAGE_SIZE - 1);
	hole.base = ALIGN_DOWN(hole.base, PAGE_SIZE);
	hole.bytes = ALIGN_UP(hole.bytes, PAGE_SIZE);
	if (hole.base >= first && hole.base + hole.bytes <= end) {
		page_release_range(first, hole.base - first);
		first = hole.base + hole.bytes;
	}
	page_release_range(first, end - first);
	kmap_init(ram.base, ram.bytes);
	for (u32 i = 0; i < MAX_HARTS; i++)
		kmap_guard(hart_stacks[i].guard);
}

/* Number the harts of the device tree, the running one first. */
static void harts_find(u64 boot_id)
{
	struct fdt_node cpu = { 0 };
	struct fdt_reg reg;

	hart_count = 1;
	while (fdt_next_type(&cpu, "cpu") && hart_count < MAX_HARTS)
		if (fdt_reg(&cpu, 0, &reg) && reg.base != boot_id)
			hart_prepare(hart_count++, reg.base);
}

/* "harts=N": the others are left alone, as if the firmware had refused to start them. */
static void harts_start(void)
{
	struct sbi_result result;
	u64 wanted = boot_number("harts");

	for (u32 i = 1; i < hart_count; i++) {
		result.error = SBI_FAILED;
		if (i < wanted)
			result = sbi_call(SBI_HSM, 0, harts[i].id, virt_to_phys(hart_entry), 0, 0, 0);
		if (result.error) {
			print("hart %u does not start: SBI error %ld\n", harts[i].id, result.error);
			hart_absent |= 1u << i;
		}
	}
}

static void hart_start(void)
{
	csr_write(scounteren, COUNTERS_ALL); /* user programs may read cycle, time and instret */
	irq_hart_init();
	direct_hart_init();
	clock_hart_init();
	hart()->online = 1;
}

/* For a panic: the chain of the task that this hart runs. */
static void report_task(void)
{
	static char buffer[4096];
	struct fmt_text text = { buffer, sizeof(buffer), 0 };
	struct task *task = hart()->task;

	if (!task) {
		print("in the event loop of hart %u\n", hart()->index);
		return;
	}
	print("hart %u runs task %s:\n", hart()->index, task->name);
	task_print_chain(task, &text);
	for (size_t i = 0; i < min(text.length, text.bytes - 1); i += 256)
		print("%.256s", buffer + i);
}

/* What has no trace points of its own. */
static void traced_doors(bool on)
{
	fast_door_trace(on);
	store_relaxed(&thread_uintr_deliver, on ? uintr_deliver_traced : uintr_deliver);
}

void start_first(u64 hart_id, u64 fdt_phys)
{
	u64 entry_ticks = csr_read(time);

	panic_report = report_task;
	panic_power_off = machine_off;
	hart_prepare(0, hart_id);
	limbo_away(false);
	hart_count = 1;
	if (fdt_init(phys_to_virt(fdt_phys)))
		panic("the device tree at %lx is damaged", fdt_phys);
	task_registry_init();
	memory_start(fdt_phys);
	clock_init();
	proc_boot_entry_ns = clock_from_ticks(entry_ticks);
	harts_find(hart_id);
	irq_init();
	hart_start();
	dev_init();
	print("Chime: %u harts, %lu MiB, %s\n", hart_count, page_total_count() >> 8, irq_chip->name);
	uart_receive = console_receive;
	inode_clock = clock_wall;
	page_reclaim = page_cache_reclaim;
	executor_before_sleep = space_before_sleep;
	requests_init();
	uintr_init();
	thread_syscall = syscall_run;
	thread_call_interrupted = syscall_interrupted;
	thread_call_name = syscall_name;
	operations_check();
	timeouts_init();
	issuers_init();
	trace_switched = traced_doors;
	trace_boot();
	start_system();
	crash_boot();
	harts_start();
	executor_run();
}

void start_other(u64 hart_id)
{
	(void)hart_id;
	kmap_use();
	limbo_away(false);
	hart_start();
	executor_run();
}
