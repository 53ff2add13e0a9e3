/* proc_memory.c - see proc_memory.h. */
#include "kernel/fs/proc_memory.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/inode.h"
#include "kernel/task/task.h"

void proc_alloc_fail(struct fmt_text *text)
{
	fmt_add(text, "left: %lu\nfailed: %lu\n", alloc_fail_remaining(), alloc_fail_failures());
}

long proc_alloc_fail_write(struct co *caller, const char *text)
{
	struct alloc_fail_plan plan = { .of = task_of(caller)->process };

	if (!alloc_fail_parse(text, &plan))
		return -EINVAL;
	alloc_fail_start(&plan);
	return 0;
}

/* Pages that were used lately are spared the first time reclaim looks at them. */
enum { ROUNDS = 3, BATCH = 256, LOOKS_AT_ONCE = 2048 };

void proc_drop_caches(struct fmt_text *text)
{
	fmt_add(text, "%lu\n", page_cache_pages());
}

struct drop_caches {
	struct co co;
	u64 tries;
};

CO_STEP(drop_caches)
{
	CO_FRAME(drop_caches);
	long err;

	CO_BEGIN;
	while (inode_shrink(BATCH))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	for (f->tries = ROUNDS * (page_cache_pages() / LOOKS_AT_ONCE + 1); f->tries; f->tries--) {
		while (page_cache_reclaim(BATCH))
			if (task_should_yield())
				AWAIT(err, task_yield(co));
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	(void)err;
	CO_RETURN(0);
	CO_END;
}

long proc_drop_caches_write(struct co *caller, const char *text)
{
	(void)text;
	return CO_CALL(drop_caches, caller, .tries = 0);
}
