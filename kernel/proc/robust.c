/* robust.c - the walk over the list of a thread that ends.
 *
 *     head  next ----> entry -> entry -> entry -> (address of head)
 *           word_offset            \
 *           pending                 entry + word_offset: the lock's word = owner's tid | WAITERS | OWNER_DIED
 *
 * The list lies in user memory, which other threads change meanwhile and which the program may have written nonsense
 * to: each word is read once, the length is bounded, and the first thing that cannot be read ends the walk.
 */
#include "kernel/proc/robust.h"

#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/thread.h"

enum { ENTRIES_MAX = 2048 };

#define OWNER_WAITERS 0x80000000u
#define OWNER_DIED    0x40000000u
#define OWNER_TID     0x3fffffffu

/* Lowest bit of a pointer to an entry: its lock inherits priority. */
#define ENTRY_PI 1ul

struct robust_word {
	struct co co;
	u64 address;
	bool pending, inherits;
};

/* Mark the word if TID owns it: 1 wake a waiter, 0 nothing to do, -EFAULT not there now. */
static long mark(const struct robust_word *f, struct space *space, u32 tid)
{
	u32 *word = user_word(space, f->address, true), value;

	if (!word)
		return -EFAULT;
	value = load_relaxed(word);
	/* It let go of the lock, and ended before it woke anybody: that is left to us. */
	if (f->pending && !f->inherits && !value)
		return 1;
	do {
		if ((value & OWNER_TID) != tid)
			return 0;
	} while (!atomic_cas(word, &value, (value & OWNER_WAITERS) | OWNER_DIED)); /* the program's own atomics */
	return !f->inherits && (value & OWNER_WAITERS);
}

CO_STEP(robust_word)
{
	CO_FRAME(robust_word);
	struct space *space = user_space_of(co);
	struct futex_word futex = { space, f->address, true };
	struct user_buffer word;
	long err;

	CO_BEGIN;
	while ((err = mark(f, space, thread_of(co)->tid)) == -EFAULT) {
		word = user_buffer(space, f->address, sizeof(u32), true);
		AWAIT(err, user_fault_in(co, &word));
		if (err)
			CO_RETURN(err);
	}
	if (err)
		AWAIT(err, futex_wake(co, &futex, 1, FUTEX_ANY));
	CO_RETURN(err < 0 ? err : 0);
	CO_END;
}

static long robust_word(struct co *caller, u64 address, bool pending, bool inherits)
{
	return address % 4 ? -EINVAL
			   : CO_CALL(robust_word, caller, .address = address, .pending = pending, .inherits = inherits);
}

struct robust_list_end {
	struct co co;
	u64 address; /* of the head */
	struct robust_head head;
	u64 entry, next;
	u32 count;
};

CO_STEP(robust_list_end)
{
	CO_FRAME(robust_list_end);
	struct space *space = user_space_of(co);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, space, &f->head, f->address, sizeof(f->head)));
	f->entry = f->head.next;
	for (; !err && (f->entry & ~ENTRY_PI) != f->address && f->count < ENTRIES_MAX; f->count++) {
		/* before the word is marked: whoever gets the lock then may take the entry out */
		AWAIT(err, user_read(co, space, &f->next, f->entry & ~ENTRY_PI, sizeof(f->next)));
		if (err)
			break;
		if ((f->entry & ~ENTRY_PI) != (f->head.pending & ~ENTRY_PI))
			AWAIT(err, robust_word(co, (f->entry & ~ENTRY_PI) + (u64)f->head.word_offset, false,
					       f->entry & ENTRY_PI));
		f->entry = f->next;
		if (!err && task_should_yield())
			AWAIT(err, task_yield(co));
	}
	if (f->head.pending & ~ENTRY_PI)
		AWAIT(err, robust_word(co, (f->head.pending & ~ENTRY_PI) + (u64)f->head.word_offset, true,
				       f->head.pending & ENTRY_PI));
	(void)err;
	CO_RETURN(0);
	CO_END;
}

long robust_list_end(struct co *caller)
{
	struct thread *thread = thread_of(caller);
	u64 address = thread->robust_list;

	thread->robust_list = 0;
	return likely(!address) ? 0 : CO_CALL(robust_list_end, caller, .address = address);
}
