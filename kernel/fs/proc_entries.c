/* proc_entries.c - the files directly below /proc.
 *
 * Each function writes the whole text. Counters are read without locks while they change: every number is true of its
 * own moment.
 */
#include "kernel/dev/block.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/proc_memory.h"
#include "kernel/fs/procfs.h"
#include "kernel/hart/bootargs.h"
#include "kernel/hart/hart.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/page_cache.h"
#include "kernel/mm/slab.h"
#include "kernel/task/executor.h"

#define CHIME_VERSION "0.1"

enum { TICK_NS = 10000000, SECOND_NS = 1000000000, MICROSECOND_NS = 1000 };

static void row_kb(struct fmt_text *text, const char *name, u64 bytes)
{
	fmt_add(text, "%-15s %8lu kB\n", name, bytes / 1024);
}

static void meminfo(struct fmt_text *text)
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

static u64 idle_total(void)
{
	u64 total = 0;

	for (u32 i = 0; i < hart_count; i++)
		total += load_relaxed(&harts[i].idle_ns);
	return total;
}

static void uptime(struct fmt_text *text)
{
	u64 up = clock_now() / TICK_NS, idle = idle_total() / TICK_NS;

	fmt_add(text, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
}

/* One line of /proc/stat: busy time counts as the user's, since a hart does not tell the two apart. */
static void cpu_line(struct fmt_text *text, const char *name, u64 total_ns, u64 idle_ns)
{
	u64 busy = total_ns > idle_ns ? total_ns - idle_ns : 0;

	fmt_add(text, "%s %lu 0 0 %lu 0 0 0 0 0 0\n", name, busy / TICK_NS, idle_ns / TICK_NS);
}

static void stat(struct fmt_text *text)
{
	struct executor_counters counters;
	u64 now = clock_now(), interrupts = 0, steps = 0;
	char name[8];

	cpu_line(text, "cpu ", now * hart_count, idle_total());
	for (u32 i = 0; i < hart_count; i++) {
		fmt(name, sizeof(name), "cpu%u", i);
		cpu_line(text, name, now, load_relaxed(&harts[i].idle_ns));
		interrupts += load_relaxed(&harts[i].interrupts);
		executor_counters(i, &counters);
		steps += counters.steps;
	}
	fmt_add(text, "intr %lu\nctxt %lu\nbtime %lu\n", interrupts, steps, (inode_clock() - clock_now()) / SECOND_NS);
}

static void cpuinfo(struct fmt_text *text)
{
	for (u32 i = 0; i < hart_count; i++)
		fmt_add(text, "processor\t: %u\nhart\t\t: %u\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\n\n", i, harts[i].id);
}

static void loadavg(struct fmt_text *text)
{
	fmt_add(text, "0.00 0.00 0.00 1/1 1\n");
}

static void cmdline(struct fmt_text *text)
{
	fmt_add(text, "%s\n", bootargs_text());
}

u64 proc_boot_entry_ns, proc_boot_user_ns, proc_boot_idle_ns;

static void boot(struct fmt_text *text)
{
	fmt_add(text, "kernel_entry_ns: %lu\nfirst_user_ns: %lu\nidle_ns: %lu\n", proc_boot_entry_ns,
		proc_boot_user_ns, proc_boot_idle_ns);
}

static void version(struct fmt_text *text)
{
	fmt_add(text, "Chime version " CHIME_VERSION " (" __VERSION__ ")\n");
}

static void slabs(struct fmt_text *text)
{
	fmt_add(text, "%-16s %8s %10s %12s\n", "name", "bytes", "objects", "total");
	for (struct slab_cache *cache = slab_caches(); cache; cache = cache->next)
		fmt_add(text, "%-16s %8u %10lu %12lu\n", cache->name, cache->bytes, slab_live(cache),
			slab_live(cache) * cache->bytes);
}

static void mounts(struct fmt_text *text)
{
	struct file_system *fs;
	const char *path;

	for (u32 i = 0; (fs = mount_get(i, &path)); i++)
		fmt_add(text, "%s %s %s %s 0 0\n", i ? fs->name : "/dev/root", path, fs->name,
			fs->read_only ? "ro" : "rw");
}

static void filesystems(struct fmt_text *text)
{
	fmt_add(text, "\text2\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevfs\n");
}

/* Per hart: what its event loop did, and the longest step with its site. */
static void executors(struct fmt_text *text)
{
	struct executor_counters c;

	for (u32 i = 0; i < hart_count; i++) {
		executor_counters(i, &c);
		fmt_add(text, "hart %u: steps %lu wakes %lu steals %lu idles %lu interrupts %lu ipis %lu\n", i, c.steps,
			c.wakes, c.steals, c.idles, load_relaxed(&harts[i].interrupts),
			load_relaxed(&harts[i].ipis_sent));
		if (c.longest_type)
			fmt_add(text, "        longest step %lu us: %s %s:%u\n", c.longest_step_ns / MICROSECOND_NS,
				c.longest_type->name, c.longest_type->file, c.longest_line & ~CO_LINE_TORTURE);
	}
}

#define ROW(NAME, TEXT) { .name = NAME, .text = TEXT }

const struct proc_entry proc_entries[] = {
	ROW("tasks", task_report),
	ROW("interrupts", irq_report),
	ROW("executors", executors),
	ROW("block", block_report),
	ROW("meminfo", meminfo),
	ROW("slabs", slabs),
	ROW("uptime", uptime),
	ROW("loadavg", loadavg),
	ROW("stat", stat),
	ROW("cpuinfo", cpuinfo),
	ROW("cmdline", cmdline),
	ROW("version", version),
	ROW("boot", boot),
	ROW("mounts", mounts),
	ROW("filesystems", filesystems),
	{ "chime-alloc-fail", proc_alloc_fail, proc_alloc_fail_write },
	{ "chime-drop-caches", proc_drop_caches, proc_drop_caches_write },
	{ 0 },
};
