/* doorbell.c - guest interrupt files that the kernel keeps: a store of a program wakes a task of the kernel.
 *
 *     program, any hart                 the file's hart
 *       sw identity, window   ---->       pending & enabled -> SGEI -> event loop: claim, disable it, bell->rings()
 *       again, and again      ---->       pending, not enabled: nothing happens
 *                                         the woken task, before it sleeps: forget what is pending, enable
 *
 * A file is kept for one process, whose doorbells are its identities; so whoever stores wakes its own tasks alone, each
 * at most once for each time that it goes to sleep: a storm of stores costs the one who stores.
 * Invariant: while a file is kept no thread has it. What is enabled in it, and d->bells, are the hart's own.
 */
#include "kernel/uintr/doorbell.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/panic.h"
#include "kernel/irq/irq.h"
#include "kernel/uintr/direct.h"

u64 doorbell_address(const struct doorbell *bell)
{
	return UINTR_WINDOWS + (u64)bell->direct->bell_window * UINTR_WINDOW_BYTES;
}

u32 doorbell_identity(const struct doorbell *bell)
{
	return UINTR_IDENTITY + bell->slot;
}

u32 doorbell_hart(const struct doorbell *bell)
{
	return direct_hart(bell->direct);
}

/* --- keeping a file --- */

/* direct_lock held: D is, or will be, kept for SPACE: 0. */
static long keep_locked(struct direct *d, struct space *space)
{
	long window;

	if (d->bell_space)
		return 0;
	window = window_add_locked(space, d);
	if (window < 0)
		return window;
	d->taken = true;
	d->bell_space = space;
	d->bell_window = (u32)window;
	return 0;
}

/* direct_lock held: one that is kept for SPACE already, else a free one, another hart's than ours if there is one: a
 * store shall not interrupt the thread that makes it. NULL: none. */
static struct direct *file_locked(struct space *space, u32 hart_index)
{
	struct direct *d, *found = NULL;

	for (u32 i = 1; i <= hart_count; i++) {
		d = direct_of((hart()->index + i) % hart_count);
		if (!load_acquire(&d->usable) || (hart_index != DOORBELL_ANY_HART && direct_hart(d) != hart_index))
			continue;
		if (d->bell_space == space && ~d->bells_used)
			return d;
		if (!d->taken && !found)
			found = d;
	}
	return found;
}

long doorbell_open(struct doorbell *bell, struct space *space, u32 hart_index)
{
	struct direct *d;
	long err = -EBUSY;

	if (!load_acquire(&direct_of(hart()->index)->usable))
		return -EOPNOTSUPP;
	spin_lock(&direct_lock);
	d = file_locked(space, hart_index);
	if (d)
		err = keep_locked(d, space);
	if (!err) {
		bell->slot = (u32)__builtin_ctzl(~d->bells_used);
		d->bells_used |= BIT(bell->slot);
		bell->begun = false;
		bell->direct = d;
	}
	spin_unlock(&direct_lock);
	return err;
}

void doorbell_close(struct doorbell *bell, struct space *space)
{
	struct direct *d = bell->direct;

	if (bell->begun) {
		ASSERT(doorbell_hart(bell) == hart()->index);
		doorbell_disarm(bell);
		d->bells[bell->slot] = NULL;
	}
	spin_lock(&direct_lock);
	d->bells_used &= ~BIT(bell->slot);
	if (!d->bells_used) {
		/* first nobody can store any more; whoever gets the file next clears it */
		windows_remove(space, d);
		d->bell_space = NULL;
		d->taken = false;
	}
	bell->direct = NULL;
	spin_unlock(&direct_lock);
}

/* --- on its hart --- */

void doorbell_begin(struct doorbell *bell)
{
	struct direct *d = bell->direct;
	bool first = true;

	ASSERT(doorbell_hart(bell) == hart()->index);
	for (u32 i = 0; i < UINTR_VECTORS; i++)
		first = first && !d->bells[i];
	d->bells[bell->slot] = bell;
	bell->begun = true;
	if (!first)
		return;
	guest_file_clear();
	guest_file_deliver();
	store_relaxed(&guest_file_rings, direct_file_rings);
	guest_file_watch(true);
}

void doorbell_arm(struct doorbell *bell)
{
	guest_file_enable(doorbell_identity(bell), true);
}

void doorbell_disarm(struct doorbell *bell)
{
	guest_file_enable(doorbell_identity(bell), false);
}

bool doorbell_is_pending(void)
{
	return guest_file_pending();
}

void doorbell_look(void)
{
	struct direct *d = direct_of(hart()->index);
	struct doorbell *bell;
	u32 identity;

	/* Until there is nothing: QEMU 7.2 may lower the line of a message that comes during a claim. Each is disabled,
	 * so this ends however fast a program stores. */
	while ((identity = guest_file_claim())) {
		guest_file_enable(identity, false);
		bell = d->bells[(identity - UINTR_IDENTITY) % UINTR_VECTORS];
		if (bell)
			bell->rings(bell);
	}
	guest_file_watch(true);
}
