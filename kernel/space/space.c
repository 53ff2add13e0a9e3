/* space.c - making and ending address spaces.
 *
 *     users > 0   threads run in it, operations copy to it
 *     users == 0  areas and pages are gone; a hart may still have the empty table loaded
 *     refs == 0   nobody has: the root table goes, too
 */
#include "kernel/space/space.h"

#include "kernel/abi/errno.h"
#include "kernel/space/pagetable.h"
#include "kernel/space/share_page.h"
#include "kernel/mm/slab.h"
#include "kernel/task/executor.h"
#include "kernel/task/task.h"

static struct slab_cache space_cache = SLAB_CACHE(space_cache, "space", sizeof(struct space));

#define STACK_LIMIT (8ul << 20)

void (*space_windows_end)(struct space *space);
long (*space_windows_copy)(struct space *from, struct space *to);

struct space *space_new(void)
{
	struct space *space = slab_zalloc(&space_cache);
	u64 *root = pt_root_new();

	if (!space || !root)
		goto fail;
	space->root = root;
	space->satp = SATP_SV39 | virt_to_phys(root) >> PAGE_SHIFT;
	space->refs = space->users = 1;
	spin_init(&space->lock, RANK_SPACE);
	mutex_init(&space->moving);
	space->map_hint = MAP_TOP;
	space->stack_limit = STACK_LIMIT;
	return space;
fail:
	if (space)
		slab_free(&space_cache, space);
	if (root)
		pt_free_root(root);
	return NULL;
}

void space_use(struct space *space)
{
	atomic_add_relaxed(&space->users, 1u);
}

void space_put_ref(struct space *space)
{
	if (atomic_sub(&space->refs, 1u) != 1)
		return;
	pt_free_root(space->root);
	pt_guest_free(space);
	slab_free(&space_cache, space);
}

/* Areas and pages are gone. */
static void space_end(struct space *space)
{
	if (unlikely(space->windows))
		space_windows_end(space);
	if (unlikely(space->share_page))
		share_page_end(space);
	spin_lock(&space->lock);
	pt_free_tables(space);
	spin_unlock(&space->lock);
	tlb_flush(space, 0, USER_END - PAGE_SIZE);
	executor_kick(load_relaxed(&space->active) & ~(1u << hart()->index));
	space_put_ref(space);
}

struct space_release {
	struct co co;
	struct space *space;
	u64 at;
};

CO_STEP(space_release)
{
	CO_FRAME(space_release);
	long err;

	CO_BEGIN;
	while (space_clear(f->space, &f->at))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	(void)err;
	space_end(f->space);
	CO_RETURN(0);
	CO_END;
}

long space_release(struct co *caller, struct space *space)
{
	u64 at = 0;
	long err;

	/* acquire/release: the last user sees what all the others did */
	if (atomic_sub(&space->users, 1u) != 1)
		return 0;
	err = CO_CALL(space_release, caller, .space = space);
	if (likely(err != -ENOMEM))
		return err;
	/* No memory for the frame, and this is what gives some back: all of it in one step. */
	while (space_clear(space, &at))
		;
	space_end(space);
	return 0;
}
