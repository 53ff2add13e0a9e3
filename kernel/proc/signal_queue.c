/* signal_queue.c - sets of pending signals, and what is known of each.
 *
 *     pending.set      { 10, 34 }
 *     pending.entries  [ 34 value 1 ] -> [ 10 from 7 ] -> [ 34 value 2 ]       in the order of arrival
 *
 * A standard signal is pending once: the second one changes nothing. Real-time signals queue up. The set has room for
 * one entry itself. Without memory for a further one a signal is in the set alone, and nothing is known of it but its
 * number; one sent with a value is refused.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/signal_state.h"

static struct slab_cache entry_cache = SLAB_CACHE(entry_cache, "signal", sizeof(struct signal_entry));

void signal_pending_init(struct signal_pending *pending)
{
	pending->set = 0;
	pending->own_used = false;
	list_init(&pending->entries);
}

static inline void entry_add(struct process *process, struct signal_pending *pending, struct signal_entry *entry,
			     const struct signal_info *info)
{
	entry->info = *info;
	list_push_back(&pending->entries, &entry->link);
	process->signals_queued++;
	pending->set |= signal_bit((u32)info->signo);
}

static void entry_free(struct process *process, struct signal_pending *pending, struct signal_entry *entry)
{
	list_remove(&entry->link);
	process->signals_queued--;
	if (likely(entry == &pending->own))
		pending->own_used = false;
	else
		slab_free(&entry_cache, entry);
}

/* RLIMIT_SIGPENDING is for what its sender has queued; all else has the room that there is. */
static u64 room_for(const struct process *process, const struct signal_info *info)
{
	u64 limit = process->limits[RLIMIT_SIGPENDING].current;

	return info->code < 0 || info->signo >= SIGRTMIN ? min(limit, (u64)SIGNAL_QUEUE_MAX) : SIGNAL_QUEUE_MAX;
}

/* NULL: no memory. */
static struct signal_entry *entry_alloc(struct signal_pending *pending)
{
	if (pending->own_used)
		return slab_alloc(&entry_cache);
	pending->own_used = true;
	return &pending->own;
}

/* Others are queued in the process. */
static __attribute__((noinline)) long queue_further(struct process *process, struct signal_pending *pending,
						    const struct signal_info *info)
{
	bool fits = process->signals_queued < room_for(process, info);
	bool must = info->signo >= SIGRTMIN && info->code != SI_USER && info->code != SI_KERNEL;
	struct signal_entry *entry = fits ? entry_alloc(pending) : NULL;

	if (entry)
		entry_add(process, pending, entry, info);
	else if (!must)
		pending->set |= signal_bit((u32)info->signo);
	return entry || !must ? 0 : -EAGAIN;
}

long signal_queue_locked(struct process *process, struct signal_pending *pending, const struct signal_info *info)
{
	u32 signal = (u32)info->signo;

	if (signal < SIGRTMIN && (pending->set & signal_bit(signal)))
		return 0;
	if (unlikely(process->signals_queued))
		return queue_further(process, pending, info);
	pending->own_used = true;
	entry_add(process, pending, &pending->own, info);
	return 0;
}

/* The next entry for SIGNAL behind AT; NULL: none. */
static inline struct signal_entry *entry_after(struct signal_pending *pending, const struct list *at, u32 signal)
{
	struct signal_entry *entry;

	for (at = at->next; at != &pending->entries; at = at->next) {
		entry = list_entry(at, struct signal_entry, link);
		if ((u32)entry->info.signo == signal)
			return entry;
	}
	return NULL;
}

void signal_dequeue_locked(struct process *process, struct signal_pending *pending, u32 signal,
			   struct signal_info *info)
{
	struct signal_entry *entry = entry_after(pending, &pending->entries, signal);
	bool more = signal >= SIGRTMIN && entry && entry_after(pending, &entry->link, signal);

	if (!more)
		pending->set &= ~signal_bit(signal);
	if (unlikely(!entry)) {
		*info = (struct signal_info){ .signo = (s32)signal };
		return;
	}
	*info = entry->info;
	entry_free(process, pending, entry);
}

void signal_forget_locked(struct process *process, struct signal_pending *pending, u64 set)
{
	struct signal_entry *entry, *next;

	if (!(pending->set & set))
		return;
	pending->set &= ~set;
	list_for_each_safe (entry, next, &pending->entries, link)
		if (set & signal_bit((u32)entry->info.signo))
			entry_free(process, pending, entry);
}

void signal_forget_all_locked(struct process *process, u64 set)
{
	struct thread *thread;

	signal_forget_locked(process, &process->pending, set);
	list_for_each (thread, &process->threads, link)
		signal_forget_locked(process, &thread->pending, set);
}
