/* panic.c - the last words: what happened, where, and what the running task was in the middle of.
 *
 * Runs with whatever is broken: it takes no locks but the console's, allocates nothing, and believes no pointer it
 * has not checked against the kernel's range.
 */
#include "kernel/hart/panic.h"

#include "kernel/hart/context.h"
#include "kernel/hart/print.h"
#include "kernel/hart/symbols.h"
#include "kernel/hart/unwind.h"
#include "lib/fmt.h"
#include "lib/order.h"

enum { PANIC_STATUS = 101, FRAMES_MAX = 32 };

void panic_trap(const struct user_context *at, u64 cause) __attribute__((noreturn));

static void backtrace(struct unwind at)
{
	u64 offset;
	const char *name;

	for (int i = 0; i < FRAMES_MAX; i++) {
		name = symbol_find(at.pc, &offset);
		print("  %016lx %s+%lu\n", at.pc, name, offset);
		if (!unwind_step(&at))
			return;
	}
}

void (*panic_report)(void);
void (*panic_power_off)(u32 status) __attribute__((noreturn));

/* What the running task was doing, and the end. */
static void __attribute__((noreturn)) panic_end(void)
{
	if (panic_report)
		panic_report();
	if (panic_power_off)
		panic_power_off(PANIC_STATUS);
	for (;;)
		cpu_relax();
}

/* The first hart that panics speaks; others stay silent until the machine is off. */
static void panic_begin(void)
{
	static u32 speaking;

	if (atomic_exchange(&speaking, 1))
		for (;;)
			cpu_relax();
}

void panic(const char *format, ...)
{
	struct unwind here = { .ra = (u64)__builtin_return_address(0) };
	char line[256];
	va_list args;

	__asm__ volatile("auipc %0, 0\n\tmv %1, sp" : "=r"(here.pc), "=r"(here.sp));
	panic_begin();
	va_start(args, format);
	fmt_va(line, sizeof(line), format, args);
	va_end(args);
	print("\nPANIC: %s\n", line);
	backtrace(here);
	panic_end();
}

static void print_registers(const struct user_context *at)
{
	static const char names[32][5] = { "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
					   "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
					   "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6" };

	for (int i = 1; i < 32; i++)
		print(" %4.4s %016lx%s", names[i], at->x[i], i % 4 == 3 ? "\n" : "");
	print("\n");
}

void panic_trap(const struct user_context *at, u64 cause)
{
	panic_begin();
	print("\nPANIC: trap in the kernel: scause %lu sepc %016lx stval %016lx sstatus %lx\n", cause, at->pc,
	      at->stval, at->sstatus);
	print_registers(at);
	backtrace((struct unwind){ .pc = at->pc, .sp = at->x[2], .ra = at->x[1] });
	panic_end();
}
