/* signal_deliver.c - taking: what a thread does about its pending signals before it goes to user mode.
 *
 *     thread_main: WORK_SIGNAL  ->  signal_deliver  --+--> take: ignored, end, stop, or a handler's frame
 *     system call: -EINTR  ->  signal_interrupted  ---+    until nothing is left that is not blocked
 *                                      |
 *                                      +--> no handler ran: the call again, with the deadline it had
 *
 * A restart after a handler is the program's own: the frame holds the pc of the ecall and the first argument in a0.
 */
#include "kernel/abi/errno.h"
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/proc/group.h"
#include "kernel/proc/signal_state.h"

u32 signal_take_locked(struct thread *thread, u64 set, struct signal_info *info)
{
	struct signal_pending *pending = &thread->pending;
	u32 signal;

	if (!(pending->set & set))
		pending = &thread->process->pending;
	signal = signal_first(pending->set & set);
	if (signal)
		signal_dequeue_locked(thread->process, pending, signal, info);
	return signal;
}

/* --- what to do about one signal --- */

enum taking { TAKE_NOTHING, TAKE_HANDLER, TAKE_STOP, TAKE_AGAIN };

/* What a terminal stops its users with: whose group is orphaned, does not stop, since nobody would let it go on.
 * Whether it is must be known before such a signal is taken, and is found out without the process' lock. */
#define STOPS_OF_TERMINALS (SIGNALS_THAT_STOP & ~(1ul << (SIGSTOP - 1)))
enum stopping { STOPPING_UNKNOWN, STOPPING_YES, STOPPING_NO };

static __attribute__((noinline)) enum taking take_default(struct thread *thread, u32 signal, enum stopping stopping)
{
	struct process *process = thread->process;

	if (process->init || signal_default(signal) == DEFAULT_NOTHING)
		return TAKE_AGAIN;
	if (signal != SIGSTOP && signal_default(signal) == DEFAULT_STOP && stopping == STOPPING_NO)
		return TAKE_AGAIN;
	if (signal_default(signal) == DEFAULT_STOP) {
		signal_stop_locked(thread, signal);
		return TAKE_STOP;
	}
	process_kill_locked(process, SIGNAL_STATUS(signal));
	thread_leave(thread);
	return TAKE_NOTHING;
}

static enum taking take_one(struct thread *thread, struct signal_taken *taken, enum stopping stopping)
{
	u32 signal = signal_take_locked(thread, ~thread->blocked, &taken->info);

	taken->action = signal_action_take_locked(thread->process, signal);
	if (taken->action.handler == SIG_IGN)
		return TAKE_AGAIN;
	return taken->action.handler == SIG_DFL ? take_default(thread, signal, stopping) : TAKE_HANDLER;
}

/* Forget the marks of what was sent, unless something is left to take: true. Senders set them under the same lock. */
static bool settle(struct thread *thread)
{
	if (signal_deliverable_locked(thread))
		return false;
	atomic_and(&thread->work, ~(u32)WORK_SIGNAL);
	task_cancel_clear(&thread->task);
	return true;
}

/* A mask that was for one call goes. */
static void call_mask_end(struct thread *thread)
{
	if (!thread->mask_saved)
		return;
	thread->mask_saved = false;
	signal_mask_set_locked(thread, thread->saved_mask);
}

/* The mask of the handler that TAKEN is for. */
static void handler_mask_begin(struct thread *thread, struct signal_taken *taken)
{
	u64 mask = thread->blocked | taken->action.mask;

	if (!(taken->action.flags & SA_NODEFER))
		mask |= signal_bit((u32)taken->info.signo);
	taken->mask = thread->mask_saved ? thread->saved_mask : thread->blocked;
	thread->mask_saved = false;
	if (mask != thread->blocked)
		signal_mask_set_locked(thread, mask);
}

static __attribute__((noinline)) enum stopping ask_stopping(struct process *process)
{
	bool orphaned;

	spin_unlock(&process->lock);
	orphaned = group_is_orphaned(process);
	spin_lock(&process->lock);
	return orphaned ? STOPPING_NO : STOPPING_YES;
}

static enum taking take(struct thread *thread, struct signal_taken *taken)
{
	struct process *process = thread->process;
	enum stopping stopping = STOPPING_UNKNOWN;
	enum taking what = TAKE_AGAIN;
	u64 set;

	spin_lock(&process->lock);
	while (what == TAKE_AGAIN) {
		if (load_relaxed(&thread->work) & WORK_EXIT)
			what = TAKE_NOTHING;
		else if (process->stopping)
			what = TAKE_STOP;
		else if (likely((set = signal_deliverable_locked(thread)))) {
			if (unlikely(set & STOPS_OF_TERMINALS) && !stopping)
				stopping = ask_stopping(process);
			else
				what = take_one(thread, taken, stopping);
		} else {
			call_mask_end(thread);
			if (settle(thread))
				what = TAKE_NOTHING;
		}
	}
	if (what == TAKE_HANDLER) {
		handler_mask_begin(thread, taken);
		settle(thread);
	}
	spin_unlock(&process->lock);
	return what;
}

/* A handler is about to run: how the interrupted call ends is settled by that. */
static void settle_call(struct thread *thread, const struct signal_action *action)
{
	if (thread->interrupted == INTERRUPTED_RESTARTS && (action->flags & SA_RESTART))
		thread->context.pc -= 4;
	else if (thread->interrupted != INTERRUPTED_NOT)
		thread->context.x[X_A0] = (u64)-EINTR;
	thread->interrupted = INTERRUPTED_NOT;
}

/* No room for the frame of TAKEN. A second SIGSEGV for want of a frame is the end. */
static void no_frame(struct thread *thread, const struct signal_taken *taken, long err)
{
	struct process *process = thread->process;
	u32 signal = (u32)taken->info.signo;

	signal_mask_set(thread, taken->mask);

	if (err == -ENOMEM) {
		thread_give_up(thread, SIGKILL, "no memory for a signal");
		return;
	}
	if (signal == SIGSEGV) {
		spin_lock(&process->lock);
		process->actions[SIGSEGV - 1].handler = SIG_DFL;
		spin_unlock(&process->lock);
	}
	if (signal_fault(thread, SIGSEGV, SI_KERNEL, 0))
		thread_give_up(thread, SIGSEGV, "no stack for a signal");
}

/* --- the way that may wait --- */

struct signal_deliver {
	struct co co;
	struct signal_taken taken;
	enum taking what; /* to begin with */
};

/* A frame for TAKEN, its memory brought in. */
struct frame_enter {
	struct co co;
	const struct signal_taken *taken;
};

CO_STEP(frame_enter)
{
	CO_FRAME(frame_enter);
	struct thread *thread = thread_of(co);
	struct user_buffer missing;
	u64 at;
	long err;

	CO_BEGIN;
	for (;;) {
		at = signal_frame_enter(thread, f->taken);
		if (!at)
			CO_RETURN(0);
		if (at == SIGNAL_NO_STACK)
			CO_RETURN(-EFAULT);
		missing = user_buffer(thread->process->space, at, 1, true);
		AWAIT(err, user_fault_in(co, &missing));
		if (err)
			CO_RETURN(err);
	}
	CO_END;
}

CO_STEP(signal_deliver)
{
	CO_FRAME(signal_deliver);
	struct thread *thread = thread_of(co);
	long err;

	CO_BEGIN;
	while (f->what != TAKE_NOTHING) {
		if (f->what == TAKE_STOP) {
			AWAIT(err, signal_stopped(co, thread));
		} else {
			AWAIT(err, CO_CALL(frame_enter, co, .taken = &f->taken));
			if (err)
				no_frame(thread, &f->taken, err);
		}
		f->what = take(thread, &f->taken);
		if (f->what == TAKE_HANDLER)
			settle_call(thread, &f->taken.action);
	}
	CO_RETURN(0);
	CO_END;
}

static __attribute__((noinline)) long deliver_slowly(struct co *caller, const struct signal_taken *taken,
						     enum taking what)
{
	long err = CO_CALL(signal_deliver, caller, .taken = *taken, .what = what);

	if (err == -ENOMEM)
		thread_give_up(thread_of(caller), SIGKILL, "no memory for a signal");
	return err;
}

long signal_deliver(struct co *caller, struct thread *thread)
{
	struct signal_taken taken;
	enum taking what;

	while (load_relaxed(&thread->work) & WORK_SIGNAL) {
		what = take(thread, &taken);
		if (what == TAKE_NOTHING)
			break;
		if (what == TAKE_HANDLER) {
			settle_call(thread, &taken.action);
			if (!signal_frame_enter(thread, &taken))
				continue;
		}
		return deliver_slowly(caller, &taken, what);
	}
	return 0;
}

/* --- a call that was interrupted --- */

struct signal_interrupted {
	struct co co;
};

CO_STEP(signal_interrupted)
{
	CO_FRAME(signal_interrupted);
	struct thread *thread = thread_of(co);
	enum call_interrupted how;
	long result;

	(void)f;
	CO_BEGIN;
	do {
		thread->restarting = false;
		thread->interrupted = (u8)thread_call_interrupted(thread);
		AWAIT(result, signal_deliver(co, thread));
		how = thread->interrupted;
		thread->interrupted = INTERRUPTED_NOT;
		if (how == INTERRUPTED_NOT || (load_relaxed(&thread->work) & WORK_EXIT))
			CO_RETURN(KEEP_REGISTERS);
		if (how == INTERRUPTED_FAILS || (load_relaxed(&thread->work) & WORK_UINTR))
			CO_RETURN(-EINTR);
		/* On with the call. If what we now forget was about a signal, its WORK_SIGNAL is seen behind it. */
		task_cancel_clear(&thread->task);
		result = -EINTR;
		if (load_acquire(&thread->work) & WORK_SIGNAL)
			continue;
		thread->restarting = true;
		AWAIT(result, thread_syscall(co, thread));
	} while (result == -EINTR);
	thread->restarting = false;
	CO_RETURN(result);
	CO_END;
}

long signal_interrupted(struct co *caller, struct thread *thread)
{
	(void)thread;
	return CO_CALL(signal_interrupted, caller);
}

u64 signal_deadline(struct thread *thread, u64 fresh)
{
	if (!thread->restarting)
		thread->deadline = fresh;
	return thread->deadline;
}
