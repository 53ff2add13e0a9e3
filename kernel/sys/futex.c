/* futex.c - the futex call: which kind, and until when; and where a thread's robust list is. */
#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/space/user.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/robust.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"
#include "kernel/task/timespec.h"

/* A wait with a time limit. */
struct futex_timed {
	struct co co;
	struct futex_word word;
	u64 timeout;
	u32 command, value, bits;
	struct abi_timespec time;
	bool realtime;
};

CO_STEP(futex_timed)
{
	CO_FRAME(futex_timed);
	u64 deadline, ns;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, f->word.space, &f->time, f->timeout, sizeof(f->time)));
	if (err)
		CO_RETURN(err);
	if (!timespec_to_ns(&f->time, &ns) || !f->bits || f->word.address % 4)
		CO_RETURN(-EINVAL);
	/* FUTEX_WAIT counts from now; the others name a time on their clock */
	deadline = f->command == FUTEX_WAIT ? deadline_after(ns) : f->realtime ? realtime_deadline(ns) : ns;
	deadline = signal_deadline(thread_of(co), deadline);
	AWAIT(err, futex_wait(co, &f->word, f->value, deadline, f->bits));
	CO_RETURN(err);
	CO_END;
}

/* Not inlined: the calls without a limit shall not pay for its room. */
static __attribute__((noinline)) long timed_call(struct co *caller, const struct futex_word *word, u32 command,
						 u32 bits, const u64 *args)
{
	return CO_CALL(futex_timed, caller, .word = *word, .timeout = args[3], .command = command,
		       .value = (u32)args[2], .bits = bits, .realtime = args[1] & FUTEX_CLOCK_REALTIME);
}

static inline long wait_call(struct co *caller, const struct futex_word *word, u32 command, u32 bits, const u64 *args)
{
	if (args[3])
		return timed_call(caller, word, command, bits, args);
	if (!bits || word->address % 4)
		return -EINVAL;
	return futex_wait(caller, word, (u32)args[2], TIME_NEVER, bits);
}

static long wake_call(struct co *caller, const struct futex_word *word, u32 bits, const u64 *args)
{
	if (!bits || word->address % 4)
		return -EINVAL;
	/* a count of nothing wakes one, as in Linux */
	return futex_wake(caller, word, (u32)max((s32)args[2], 1), bits);
}

static __attribute__((noinline)) long pair_call(struct co *caller, const struct futex_word *word, u32 command,
						const u64 *args)
{
	struct futex_pair pair = { .word = *word,
				   .second = args[4],
				   .wake = (u32)args[2],
				   .move = (u32)args[3],
				   .value = (u32)args[5],
				   .check = command == FUTEX_CMP_REQUEUE };

	if (word->address % 4 || pair.second % 4)
		return -EINVAL;
	if (command == FUTEX_WAKE_OP) {
		pair.wake = (u32)max((s32)pair.wake, 1);
		pair.move = (u32)max((s32)pair.move, 1);
		return futex_wake_op(caller, &pair);
	}
	return (s32)pair.wake < 0 || (s32)pair.move < 0 ? -EINVAL : futex_requeue(caller, &pair);
}

long sys_futex(struct co *caller, const u64 *args)
{
	u32 command = (u32)args[1] & FUTEX_COMMAND;
	struct futex_word word = { process_of(caller)->space, args[0], !(args[1] & FUTEX_PRIVATE) };

	if (((u32)args[1] & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		return wait_call(caller, &word, command, FUTEX_ANY, args);
	case FUTEX_WAIT_BITSET:
		return wait_call(caller, &word, command, (u32)args[5], args);
	case FUTEX_WAKE:
		return wake_call(caller, &word, FUTEX_ANY, args);
	case FUTEX_WAKE_BITSET:
		return wake_call(caller, &word, (u32)args[5], args);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_WAKE_OP:
		return pair_call(caller, &word, command, args);
	default:
		return -ENOSYS; /* nothing inherits priorities here */
	}
}

/* --- robust lists --- */

long sys_set_robust_list(struct co *caller, const u64 *args)
{
	if (args[1] != sizeof(struct robust_head))
		return -EINVAL;
	thread_of(caller)->robust_list = args[0];
	return 0;
}

struct get_robust_list_call {
	struct co co;
	u64 head, length_to;
	u64 length;
};

CO_STEP(get_robust_list_call)
{
	CO_FRAME(get_robust_list_call);
	u64 to = thread_of(co)->context.x[X_A1];
	long err;

	CO_BEGIN;
	AWAIT(err, user_write(co, user_space_of(co), f->length_to, &f->length, sizeof(f->length)));
	if (!err)
		AWAIT(err, user_write(co, user_space_of(co), to, &f->head, sizeof(f->head)));
	CO_RETURN(err);
	CO_END;
}

/* The list of thread TID of the caller's process; 0: the caller. False: there is no such thread. */
static bool robust_list_of(struct thread *caller, u32 tid, u64 *head)
{
	struct thread *thread;

	*head = caller->robust_list;
	if (!tid || tid == caller->tid)
		return true;
	spin_lock(&caller->process->lock);
	thread = thread_in(caller->process, tid);
	if (thread)
		*head = load_relaxed(&thread->robust_list);
	spin_unlock(&caller->process->lock);
	return thread;
}

long sys_get_robust_list(struct co *caller, const u64 *args)
{
	u64 head;

	if (!robust_list_of(thread_of(caller), (u32)args[0], &head))
		return -ESRCH;
	return CO_CALL(get_robust_list_call, caller, .head = head, .length_to = args[2],
		       .length = sizeof(struct robust_head));
}
