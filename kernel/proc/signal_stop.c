/* signal_stop.c - a process that is stopped, and what parents are told.
 *
 *     SIGSTOP taken by a thread --> process->stopping; the others are told to come in --> each waits in signal_stopped
 *     the last one in --> SIGCHLD (CLD_STOPPED), news for wait4
 *     SIGCONT sent --> stopping ends, all wake; the first one out --> SIGCHLD (CLD_CONTINUED), news for wait4
 *
 * Locks: process->lock guards stopping, stopped and the two marks for the parent; process_table_lock the news.
 */
#include "kernel/abi/errno.h"
#include "kernel/proc/signal_state.h"

enum { TICK_NS = 10000000 }; /* of the times in SIGCHLD */

void signal_stop_locked(struct thread *thread, u32 signal)
{
	struct process *process = thread->process;
	struct thread *other;

	if (process->exiting || process->stopping)
		return;
	process->stopping = (u8)signal;
	process->stop_told = false;
	list_for_each (other, &process->threads, link)
		if (other != thread)
			thread_poke(other, WORK_SIGNAL, CANCEL_INTERRUPT);
}

void signal_continue_locked(struct process *process)
{
	signal_forget_all_locked(process, SIGNALS_THAT_STOP);
	if (!process->stopping)
		return;
	process->continued = process->stop_told;
	process->stopping = 0;
	wait_wake_all(&process->resumed);
}

bool signal_stop_is_new_locked(struct process *process)
{
	if (!process->stopping || process->stop_told || process->stopped < process->thread_count)
		return false;
	process->stop_told = true;
	return true;
}

/* --- parents --- */

/* SIGCHLD, or what the child was made with, to the parent. process_table_lock is held. */
static void tell_parent(struct process *child, u32 signal, s32 code, s32 status)
{
	struct process *parent = child->parent;
	struct signal_info info = {
		.signo = (s32)signal, .code = code, .pid = child->pid, .uid = child->uid, .status = status
	};
	struct usage usage;

	if (!parent || !signal)
		return;
	usage = process_usage(child);
	info.user_time = (s64)(usage_user_ns(&usage) / TICK_NS);
	info.system_time = (s64)(usage.system_ns / TICK_NS);
	spin_lock(&parent->lock);
	signal_send_locked(parent, NULL, &info);
	spin_unlock(&parent->lock);
}

/* What the parent wants to know of its children. */
static u64 parent_flags(const struct process *child, u64 *handler)
{
	struct signal_action action;

	spin_lock(&child->parent->lock);
	action = signal_action_swap_locked(child->parent, SIGCHLD, NULL);
	spin_unlock(&child->parent->lock);
	*handler = action.handler;
	return action.flags;
}

/* The stop signal of PROCESS, 0: it is not stopped. process_table_lock is held: a thread that goes on tells so after
 * us. */
static u32 stop_signal(struct process *process)
{
	u32 signal;

	spin_lock(&process->lock);
	signal = process->stopping;
	spin_unlock(&process->lock);
	return signal;
}

static void tell_news(struct process *process, u32 news, s32 code, s32 status)
{
	u64 handler;

	process->news = news;
	if (!process->parent)
		return;
	wait_wake_all(&process->parent->child_changed);
	if (!(parent_flags(process, &handler) & SA_NOCLDSTOP))
		tell_parent(process, SIGCHLD, code, status);
}

void signal_tell_stopped(struct process *process)
{
	u32 signal;

	spin_lock(&process_table_lock);
	signal = stop_signal(process);
	if (signal)
		tell_news(process, STOPPED_STATUS(signal), CLD_STOPPED, (s32)signal);
	spin_unlock(&process_table_lock);
}

static void tell_continued(struct process *process)
{
	spin_lock(&process_table_lock);
	tell_news(process, CONTINUED_STATUS, CLD_CONTINUED, SIGCONT);
	spin_unlock(&process_table_lock);
}

bool signal_child_ended(struct process *child)
{
	u32 status = child->exit_status, killer = status & 127;
	u64 handler, flags = parent_flags(child, &handler);

	child->news = 0;
	if (child->exit_signal == SIGCHLD && handler == SIG_IGN)
		return true;
	tell_parent(child, child->exit_signal, killer ? CLD_KILLED : CLD_EXITED, (s32)(killer ? killer : status >> 8));
	return child->exit_signal == SIGCHLD && (flags & SA_NOCLDWAIT);
}
/* --- the stopped thread --- */

struct signal_stopped {
	struct co co;
	struct process *process;
	bool tell;
};

CO_STEP(signal_stopped)
{
	CO_FRAME(signal_stopped);
	struct process *process = f->process;
	long err;

	CO_BEGIN;
	spin_lock(&process->lock);
	process->stopped++;
	f->tell = signal_stop_is_new_locked(process);
	spin_unlock(&process->lock);
	if (f->tell)
		signal_tell_stopped(process);
	AWAIT_UNTIL_FULL(err, &process->lock, &process->resumed, WAIT_KILLABLE, TIME_NEVER, !process->stopping);
	process->stopped--;
	f->tell = !err && process->continued;
	process->continued &= !f->tell;
	spin_unlock(&process->lock);
	if (f->tell)
		tell_continued(process);
	CO_RETURN(0);
	CO_END;
}

long signal_stopped(struct co *caller, struct thread *thread)
{
	return CO_CALL(signal_stopped, caller, .process = thread->process);
}
