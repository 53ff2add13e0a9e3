/* doorbell.c - guest interrupt files that the kernel keeps: a store of a program wakes a task of the kernel.
 *
 *     program, any hart                 the file's hart
 *       sw identity, window   ---->       pending & enabled -> SGEI -> event loop: claim, disable it, bell->rings()
 *       again, and again      ---->       pending, not enabled: nothing happens
 *                                         the woken task, before it sleeps: forget what is pending, enable
 *
 * A file is kept for one process, whose doorbells are its identities; so whoever stores wakes its own tasks alone, each
 * at most once for each time that it goes to sleep: a storm of stores costs the one who stores.
 * The last file of a hart is for doorbells; if it is the only one it is a thread's or kept, not both.
 * Invariant: while a file is kept no thread has it. What is enabled in it, and h->bells, are the hart's own.
 */
#include "kernel/uintr/doorbell.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/panic.h"
#include "kernel/irq/irq.h"
#include "kernel/uintr/direct.h"

u64 doorbell_address(const struct doorbell *bell)
{
	return UINTR_WINDOWS + (u64)bell->at->bell_window * UINTR_WINDOW_BYTES;
}

u32 doorbell_identity(const struct doorbell *bell)
{
	return UINTR_IDENTITY + bell->slot;
}

u32 doorbell_hart(const struct doorbell *bell)
{
	return direct_hart_index(bell->at);
}

/* --- keeping a file --- */

static u32 bell_file(const struct direct_hart *h)
{
	return h->files;
}

/* direct_lock held: the last file of H is, or will be, kept for SPACE: 0. */
static long keep_locked(struct direct_hart *h, struct space *space)
{
	long window;

	if (h->bell_space)
		return 0;
	h->bell_port.file_phys = guest_file_address(direct_hart_index(h), bell_file(h));
	window = window_add_locked(space, &h->bell_port);
	if (window < 0)
		return window;
	h->bell_space = space;
	h->bell_window = (u32)window;
	return 0;
}

/* Free, and not the only file of threads. */
static bool may_keep(const struct direct_hart *h)
{
	return !h->bell_space && (h->thread_files < h->files || !h->threads);
}

/* direct_lock held: one that is kept for SPACE already, else a free one: of a hart where no thread takes interrupts
 * itself, and another than ours, if there is one: a store shall not interrupt the thread that makes it. NULL: none. */
static struct direct_hart *file_locked(struct space *space, u32 hart_index)
{
	struct direct_hart *h, *found = NULL;

	for (u32 i = 1; i <= hart_count; i++) {
		h = direct_hart((hart()->index + i) % hart_count);
		if (!load_acquire(&h->usable) ||
		    (hart_index != DOORBELL_ANY_HART && direct_hart_index(h) != hart_index))
			continue;
		if (h->bell_space == space && ~h->bells_used)
			return h;
		if (may_keep(h) && (!found || (found->threads && !h->threads)))
			found = h;
	}
	return found;
}

long doorbell_open(struct doorbell *bell, struct space *space, u32 hart_index)
{
	struct direct_hart *h;
	long err = -EBUSY;

	if (!load_acquire(&direct_hart(hart()->index)->usable))
		return -EOPNOTSUPP;
	spin_lock(&direct_lock);
	h = file_locked(space, hart_index);
	if (h)
		err = keep_locked(h, space);
	if (!err) {
		bell->slot = (u32)__builtin_ctzl(~h->bells_used);
		h->bells_used |= BIT(bell->slot);
		bell->begun = false;
		bell->at = h;
	}
	spin_unlock(&direct_lock);
	return err;
}

void doorbell_close(struct doorbell *bell, struct space *space)
{
	struct direct_hart *h = bell->at;

	if (bell->begun) {
		ASSERT(doorbell_hart(bell) == hart()->index);
		doorbell_disarm(bell);
		h->bells[bell->slot] = NULL;
		/* The file is out of use, and the event loop looks at it no more; what is stored there from now on,
		 * by this process alone still, is not enabled. */
		if (!--h->bells_begun)
			guest_file_clear(bell_file(h));
	}
	spin_lock(&direct_lock);
	h->bells_used &= ~BIT(bell->slot);
	if (!h->bells_used) {
		/* first nobody can store any more; whoever gets the file next empties it once more */
		port_close(&h->bell_port, space);
		h->bell_space = NULL;
	}
	spin_unlock(&direct_lock);
	bell->at = NULL;
}

/* --- on its hart --- */

void doorbell_begin(struct doorbell *bell)
{
	struct direct_hart *h = bell->at;

	ASSERT(doorbell_hart(bell) == hart()->index);
	h->bells[bell->slot] = bell;
	bell->begun = true;
	if (h->bells_begun++)
		return;
	guest_file_load(bell_file(h), &(struct guest_file_state){ .delivery = 1 });
	guest_file_watch(bell_file(h), true);
}

void doorbell_arm(struct doorbell *bell)
{
	guest_file_enable(bell_file(bell->at), doorbell_identity(bell), true);
}

void doorbell_disarm(struct doorbell *bell)
{
	guest_file_enable(bell_file(bell->at), doorbell_identity(bell), false);
}

bool doorbell_is_pending(void)
{
	return guest_file_pending(bell_file(direct_hart(hart()->index)));
}

void doorbell_look(void)
{
	struct direct_hart *h = direct_hart(hart()->index);
	struct doorbell *bell;
	u32 identity;

	/* Until there is nothing: QEMU 7.2 may lower the line of a message that comes during a claim. Each is disabled,
	 * so this ends however fast a program stores. */
	while ((identity = guest_file_claim(bell_file(h)))) {
		guest_file_enable(bell_file(h), identity, false);
		bell = h->bells[(identity - UINTR_IDENTITY) % UINTR_VECTORS];
		if (bell)
			bell->rings(bell);
	}
	guest_file_watch(bell_file(h), true);
}
