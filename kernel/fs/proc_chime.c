/* proc_chime.c - the files of /proc that Linux does not have: the start, the slabs, the event loops. */
#include "kernel/fs/proc_system.h"
#include "kernel/fs/procfs.h"
#include "kernel/hart/hart.h"
#include "kernel/mm/slab.h"
#include "kernel/task/executor.h"

enum { MICROSECOND_NS = 1000 };

u64 proc_boot_entry_ns, proc_boot_user_ns, proc_boot_idle_ns;

void proc_boot(struct fmt_text *text)
{
	fmt_add(text, "kernel_entry_ns: %lu\nfirst_user_ns: %lu\nidle_ns: %lu\n", proc_boot_entry_ns, proc_boot_user_ns,
		proc_boot_idle_ns);
}

void proc_slabs(struct fmt_text *text)
{
	fmt_add(text, "%-16s %8s %10s %12s\n", "name", "bytes", "objects", "total");
	for (struct slab_cache *cache = slab_caches(); cache; cache = cache->next)
		fmt_add(text, "%-16s %8u %10lu %12lu\n", cache->name, cache->bytes, slab_live(cache),
			slab_live(cache) * cache->bytes);
}

long proc_executors_write(struct co *caller, const char *text)
{
	(void)caller, (void)text;
	executor_forget_longest();
	return 0;
}

/* Per hart: what its event loop did, and the longest step with its site. */
void proc_executors(struct fmt_text *text)
{
	struct executor_counters c;

	for (u32 i = 0; i < hart_count; i++) {
		executor_counters(i, &c);
		fmt_add(text, "hart %u: steps %lu wakes %lu steals %lu idles %lu interrupts %lu ipis %lu idle_ns %lu\n",
			i, c.steps, c.wakes, c.steals, c.idles, load_relaxed(&harts[i].interrupts),
			load_relaxed(&harts[i].ipis_sent), load_relaxed(&harts[i].idle_ns));
		if (c.longest_type)
			fmt_add(text, "        longest step %lu us: %s %s:%u\n", c.longest_step_ns / MICROSECOND_NS,
				c.longest_type->name, c.longest_type->file, c.longest_line & ~CO_LINE_TORTURE);
	}
}
