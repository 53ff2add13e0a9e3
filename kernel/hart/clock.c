/* clock.c - the hart's time counter and comparator, as nanoseconds.
 *
 * The comparator is the hart's own stimecmp register where the Sstc extension is, else the firmware's timer call.
 */
#include "kernel/hart/clock.h"

#include "kernel/hart/csr.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/sbi.h"

void (*clock_program)(u64 deadline);

u64 clock_tick_ns;

u64 clock_from_ticks(u64 ticks)
{
	return ticks * clock_tick_ns;
}

/* Rounded up, so that an interrupt never comes before its deadline. */
static u64 deadline_ticks(u64 deadline)
{
	return deadline == TIME_NEVER ? UINT64_MAX : (deadline + clock_tick_ns - 1) / clock_tick_ns;
}

static void program_sstc(u64 deadline)
{
	csr_write(CSR_STIMECMP, deadline_ticks(deadline));
}

static void program_sbi(u64 deadline)
{
	sbi_call(SBI_TIME, 0, deadline_ticks(deadline), 0, 0, 0, 0);
}

/* Is NAME one of the underscore-separated extensions of ISA ("rv64imafdc_zicsr_sstc")? */
static bool isa_has(const char *isa, const char *name)
{
	size_t length = __builtin_strlen(name);

	for (; isa && *isa; isa++)
		if (*isa == '_' && !__builtin_strncmp(isa + 1, name, length) &&
		    (!isa[1 + length] || isa[1 + length] == '_'))
			return true;
	return false;
}

void clock_init(void)
{
	struct fdt_node cpu = { 0 }, cpus = { 0 };
	u64 frequency = 0;

	if (fdt_next_type(&cpu, "cpu") && fdt_find(&cpus, "cpus"))
		frequency = fdt_u64(&cpus, "timebase-frequency", 0);
	if (!frequency || 1000000000 % frequency)
		panic("the device tree's timebase-frequency %lu is not a divisor of 1 GHz", frequency);
	clock_tick_ns = 1000000000 / frequency;
	clock_program = isa_has(fdt_text(&cpu, "riscv,isa"), "sstc") ? program_sstc : program_sbi;
}

void clock_hart_init(void)
{
	clock_program(0);
	csr_set(sie, SIE_STIE);
}
