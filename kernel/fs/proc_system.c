/* proc_system.c - the files of /proc that describe the machine as a whole.
 *
 * Each function writes the whole text. Counters are read without locks while they change: every number is true of its
 * own moment.
 */
#include "kernel/fs/proc_system.h"

#include "kernel/fs/procfs.h"
#include "kernel/hart/hart.h"
#include "kernel/mm/limbo.h"
#include "kernel/cache/page_cache.h"
#include "kernel/mm/slab.h"
#include "kernel/task/executor.h"

enum { TICK_NS = 10000000, SECOND_NS = 1000000000 };

static void row_kb(struct fmt_text *text, const char *name, u64 bytes)
{
	fmt_add(text, "%-15s %8lu kB\n", name, bytes / 1024);
}

void proc_meminfo(struct fmt_text *text)
{
	u64 unused = page_free_count() + limbo_count(), cached = page_cache_pages();

	row_kb(text, "MemTotal:", page_total_count() * PAGE_SIZE);
	row_kb(text, "MemFree:", unused * PAGE_SIZE);
	row_kb(text, "MemAvailable:", (unused + cached) * PAGE_SIZE);
	row_kb(text, "Buffers:", 0);
	row_kb(text, "Cached:", cached * PAGE_SIZE);
	row_kb(text, "SwapCached:", 0);
	row_kb(text, "AnonPages:", 0);
	row_kb(text, "Slab:", slab_live_bytes());
	row_kb(text, "KernelStack:", (u64)hart_count * HART_STACK_BYTES);
	row_kb(text, "PageTables:", 0);
	row_kb(text, "SwapTotal:", 0);
	row_kb(text, "SwapFree:", 0);
	fmt_add(text, "PagesFree: %lu\n", unused);
	fmt_add(text, "PagesCached: %lu\n", cached);
	fmt_add(text, "PagesSlab: %lu\n", load_relaxed(&slab_page_count));
	fmt_add(text, "SlabBytes: %lu\n", slab_live_bytes());
}

/* A text about threads, after they have been counted. */
struct counted_text {
	struct co co;
	struct fmt_text *text;
	void (*write)(struct fmt_text *text, const struct proc_counts *counts);
	struct proc_counts counts;
};

CO_STEP(counted_text)
{
	CO_FRAME(counted_text);
	long err = 0;

	CO_BEGIN;
	if (procfs_processes())
		AWAIT(err, procfs_processes()->count(co, &f->counts));
	if (!err)
		f->write(f->text, &f->counts);
	CO_RETURN(err);
	CO_END;
}

static u64 idle_total(void)
{
	u64 total = 0;

	for (u32 i = 0; i < hart_count; i++)
		total += load_relaxed(&harts[i].idle_ns);
	return total;
}

void proc_uptime(struct fmt_text *text)
{
	u64 up = clock_now() / TICK_NS, idle = idle_total() / TICK_NS;

	fmt_add(text, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
}

/* One line of /proc/stat: what is neither the user's nor idle is the kernel's. */
static void cpu_line(struct fmt_text *text, const char *name, u64 total_ns, u64 idle_ns, u64 user_ns)
{
	u64 busy = total_ns > idle_ns ? total_ns - idle_ns : 0;

	user_ns = min(user_ns, busy);
	fmt_add(text, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, user_ns / TICK_NS, (busy - user_ns) / TICK_NS,
		idle_ns / TICK_NS);
}

static void stat_write(struct fmt_text *text, const struct proc_counts *counts)
{
	struct executor_counters counters;
	u64 now = clock_now(), interrupts = 0, steps = 0, user = 0, own;
	char name[8];

	for (u32 i = 0; i < hart_count; i++)
		user += load_relaxed(&harts[i].user_ticks) * clock_tick_ns;
	cpu_line(text, "cpu ", now * hart_count, idle_total(), user);
	for (u32 i = 0; i < hart_count; i++) {
		fmt(name, sizeof(name), "cpu%u", i);
		own = load_relaxed(&harts[i].user_ticks) * clock_tick_ns;
		cpu_line(text, name, now, load_relaxed(&harts[i].idle_ns), own);
		interrupts += load_relaxed(&harts[i].interrupts);
		executor_counters(i, &counters);
		steps += counters.steps;
	}
	fmt_add(text, "intr %lu\nctxt %lu\nbtime %lu\n", interrupts, steps, (inode_clock() - clock_now()) / SECOND_NS);
	fmt_add(text, "processes %u\nprocs_running %u\nprocs_blocked %u\n", counts->newest, counts->now.running,
		counts->now.blocked);
}

long proc_stat(struct co *caller, struct fmt_text *text)
{
	return CO_CALL(counted_text, caller, .text = text, .write = stat_write);
}

void proc_cpuinfo(struct fmt_text *text)
{
	for (u32 i = 0; i < hart_count; i++)
		fmt_add(text, "processor\t: %u\nhart\t\t: %u\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\n\n", i, harts[i].id);
}

static void loadavg_write(struct fmt_text *text, const struct proc_counts *counts)
{
	u64 load;

	for (u32 i = 0; i < 3; i++) {
		load = counts->loads[i] * 100 + 1024; /* hundredths, rounded */
		fmt_add(text, "%lu.%02lu ", load / 204800, load / 2048 % 100);
	}
	fmt_add(text, "%u/%u %u\n", counts->now.running, counts->now.threads, counts->newest);
}

long proc_loadavg(struct co *caller, struct fmt_text *text)
{
	return CO_CALL(counted_text, caller, .text = text, .write = loadavg_write);
}
