/* signal.c - sending: is it wanted, where is it kept, and who takes it.
 *
 *     ignored?  --> nothing
 *     fatal?    --> the process ends at once (a process that is stopped: SIGKILL alone)
 *     else      --> into the pending set of the process or of one thread; a thread that does not block it is told
 */
#include "kernel/proc/signal.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/signal_state.h"
#include "kernel/proc/signalfd.h"

enum signal_default signal_default(u32 signal)
{
	static const u8 table[SIGNAL_MAX + 1] = {
		[SIGCHLD] = DEFAULT_NOTHING,  [SIGCONT] = DEFAULT_NOTHING, [SIGURG] = DEFAULT_NOTHING,
		[SIGWINCH] = DEFAULT_NOTHING, [SIGSTOP] = DEFAULT_STOP,	   [SIGTSTP] = DEFAULT_STOP,
		[SIGTTIN] = DEFAULT_STOP,     [SIGTTOU] = DEFAULT_STOP,
	};

	return table[signal];
}

/* The calling task as a thread of PROCESS, NULL if it is none. */
static struct thread *self_of(const struct process *process)
{
	struct task *task = hart()->task;

	return task && task->user && task->process == process ? container_of(task, struct thread, task) : NULL;
}

/* Blocked, and not what sigtimedwait waits for. */
static bool is_blocked(const struct thread *thread, u32 signal)
{
	return thread->blocked & ~thread->awaited & signal_bit(signal);
}

/* Does somebody keep it for later or wait for it? Then it is pending even if it is ignored. */
static bool is_kept(struct process *process, struct thread *thread, u32 signal)
{
	struct thread *other;

	if (thread)
		return (thread->blocked | thread->awaited) & signal_bit(signal);
	list_for_each (other, &process->threads, link)
		if ((other->blocked | other->awaited) & signal_bit(signal))
			return true;
	return false;
}

static bool is_ignored(const struct process *process, u32 signal)
{
	u64 handler = process->actions[signal - 1].handler;

	if (handler != SIG_DFL)
		return handler == SIG_IGN;
	return process->init || signal_default(signal) == DEFAULT_NOTHING;
}

/* A thread that would take SIGNAL: the caller's own if possible. */
static struct thread *choose(struct process *process, u32 signal)
{
	struct thread *thread = self_of(process);

	if (thread && !is_blocked(thread, signal))
		return thread;
	list_for_each (thread, &process->threads, link)
		if (!is_blocked(thread, signal) && !(load_relaxed(&thread->work) & WORK_EXIT))
			return thread;
	return NULL;
}

static void end_locked(struct process *process, u32 signal)
{
	struct thread *self = self_of(process);

	process_kill_locked(process, SIGNAL_STATUS(signal));
	if (self)
		thread_leave(self);
}

/* Does it end the process, now that THREAD could take it? */
static bool is_fatal(const struct process *process, const struct thread *thread, u32 signal)
{
	if (signal == SIGKILL)
		return true;
	return !process->stopping && process->actions[signal - 1].handler == SIG_DFL &&
	       signal_default(signal) == DEFAULT_END && !(thread->awaited & signal_bit(signal));
}

/* What happens at the sending already, whoever blocks or ignores the signal. */
static void send_effects(struct process *process, u32 signal)
{
	if (signal == SIGCONT)
		signal_continue_locked(process);
	else if (signal_bit(signal) & SIGNALS_THAT_STOP)
		signal_forget_all_locked(process, signal_bit(SIGCONT));
}

long signal_send_locked(struct process *process, struct thread *thread, const struct signal_info *info)
{
	u32 signal = (u32)info->signo;
	struct thread *taker = thread;
	long err;

	if (list_is_empty(&process->threads) || process->exiting)
		return 0;
	if (process->init && (signal_bit(signal) & SIGNALS_UNMASKABLE))
		return 0;
	send_effects(process, signal);
	if (is_ignored(process, signal) && !is_kept(process, thread, signal))
		return 0;
	if (!taker)
		taker = choose(process, signal);
	else if (is_blocked(taker, signal))
		taker = NULL;
	if (taker && is_fatal(process, taker, signal)) {
		end_locked(process, signal);
		return 0;
	}
	err = signal_queue_locked(process, thread ? &thread->pending : &process->pending, info);
	if (!err && taker)
		thread_poke(taker, WORK_SIGNAL, CANCEL_INTERRUPT);
	if (!err)
		signalfd_tell_locked(process);
	return err;
}

long signal_send_info(struct process *process, const struct signal_info *info)
{
	long err;

	spin_lock(&process->lock);
	err = signal_send_locked(process, NULL, info);
	spin_unlock(&process->lock);
	return err;
}

long signal_send_tid(struct process *process, u32 tid, const struct signal_info *info)
{
	struct thread *thread;
	long err = -ESRCH;

	spin_lock(&process->lock);
	thread = tid ? thread_in(process, tid) : NULL;
	if (thread)
		err = info->signo ? signal_send_locked(process, thread, info) : 0;
	spin_unlock(&process->lock);
	return err;
}

long signal_send(struct process *process, u32 signal)
{
	struct signal_info info = { .signo = (s32)signal, .code = SI_KERNEL };

	return signal_send_info(process, &info);
}

long signal_send_thread(struct thread *thread, u32 signal)
{
	struct signal_info info = { .signo = (s32)signal, .code = SI_KERNEL };
	long err;

	spin_lock(&thread->process->lock);
	err = signal_send_locked(thread->process, thread, &info);
	spin_unlock(&thread->process->lock);
	return err;
}

bool signal_fault(struct thread *thread, u32 signal, s32 code, u64 address)
{
	struct process *process = thread->process;
	struct signal_action *action = &process->actions[signal - 1];
	struct signal_info info = { .signo = (s32)signal, .code = code, .address = address };
	bool fatal;

	spin_lock(&process->lock);
	if (action->handler == SIG_IGN || (thread->blocked & signal_bit(signal)))
		action->handler = SIG_DFL;
	thread->blocked &= ~signal_bit(signal);
	fatal = action->handler == SIG_DFL;
	if (fatal)
		end_locked(process, signal); /* init, too: it cannot go on */
	else if (!signal_queue_locked(process, &thread->pending, &info))
		thread_poke(thread, WORK_SIGNAL, CANCEL_NONE);
	spin_unlock(&process->lock);
	return fatal;
}
