/* signalfd.c - see signalfd.h. Readers wait in a queue of their process, guarded by process->lock like the signals. */
#include "kernel/proc/signalfd.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/signalfd.h"
#include "kernel/mm/slab.h"
#include "kernel/space/user.h"
#include "kernel/proc/signal_state.h"

struct signalfd {
	u64 set; /* atomic */
};

static struct slab_cache signalfd_cache = SLAB_CACHE(signalfd_cache, "signalfd", sizeof(struct signalfd));

struct poll_queue signalfd_pollers = { .lock = SPINLOCK_INIT(RANK_POLL), .nodes = LIST_INIT(signalfd_pollers.nodes) };

static u64 set_of(const struct file *file)
{
	const struct signalfd *s = file->data;

	return load_relaxed(&s->set);
}

void signalfd_wake_locked(struct process *process)
{
	wait_wake_all(&process->signal_readers);
	poll_queue_signal(&signalfd_pollers, POLL_IN);
}

/* --- what is pending for a task --- */

static u64 pending_locked(const struct task *task)
{
	u64 set = task->process->pending.set;

	return task->user ? set | container_of(task, struct thread, task)->pending.set : set;
}

static u32 take_locked(struct task *task, u64 set, struct signal_info *info)
{
	struct process *process = task->process;
	u32 signal;

	if (task->user)
		return signal_take_locked(container_of(task, struct thread, task), set, info);
	signal = signal_first(process->pending.set & set);
	if (signal)
		signal_dequeue_locked(process, &process->pending, signal, info);
	return signal;
}

/* --- the record that a reader gets --- */

/* What Linux calls the layout of a siginfo: which of its fields mean something. */
enum layout { LAYOUT_SENDER, LAYOUT_VALUE, LAYOUT_TIMER, LAYOUT_CHILD, LAYOUT_FAULT, LAYOUT_POLL };

static enum layout layout_of(const struct signal_info *info)
{
	if (info->code == SI_TIMER)
		return LAYOUT_TIMER;
	if (info->code == SI_SIGIO)
		return LAYOUT_POLL;
	if (info->code < SI_USER)
		return LAYOUT_VALUE;
	if (info->code == SI_USER || info->code >= SI_KERNEL)
		return LAYOUT_SENDER;
	if (info->signo == SIGCHLD)
		return LAYOUT_CHILD;
	return info->signo == SIGIO ? LAYOUT_POLL : LAYOUT_FAULT;
}

static struct abi_signalfd_siginfo record_of(const struct signal_info *info)
{
	struct abi_signalfd_siginfo record = { .signo = (u32)info->signo, .error = info->error, .code = info->code };
	enum layout layout = layout_of(info);

	if (layout == LAYOUT_SENDER || layout == LAYOUT_VALUE || layout == LAYOUT_CHILD) {
		record.pid = info->pid;
		record.uid = info->uid;
	}
	if (layout == LAYOUT_VALUE || layout == LAYOUT_TIMER) {
		record.pointer = layout == LAYOUT_TIMER ? info->timer_value : info->value;
		record.number = (s32)record.pointer;
	}
	if (layout == LAYOUT_TIMER) {
		record.timer = (u32)info->timer;
		record.overrun = (u32)info->overrun;
	} else if (layout == LAYOUT_CHILD) {
		record.status = info->status;
		record.user_time = (u64)info->user_time;
		record.system_time = (u64)info->system_time;
	} else if (layout == LAYOUT_FAULT) {
		record.address = info->address;
	} else if (layout == LAYOUT_POLL) {
		record.band = (u32)info->band;
		record.fd = info->fd;
	}
	return record;
}

/* --- reading --- */

struct signalfd_read {
	struct co co;
	struct file *file;
	struct user_buffer *to;
	struct signal_info info; /* taken, and nobody else's any more */
	u32 signal, copied;	 /* bytes of its record that the reader has */
	long done;		 /* bytes of whole records */
};

/* Lock held. Is there something, or no reason to wait for it? */
static bool take(struct signalfd_read *f)
{
	f->signal = take_locked(task_of(&f->co), set_of(f->file), &f->info);
	f->copied = 0;
	return f->signal || f->done || (load_relaxed(&f->file->flags) & O_NONBLOCK);
}

static bool record_copy(struct signalfd_read *f)
{
	struct abi_signalfd_siginfo record = record_of(&f->info);

	f->copied += (u32)user_copy_out(f->to, (u8 *)&record + f->copied, sizeof(record) - f->copied);
	return f->copied == sizeof(record);
}

CO_STEP(signalfd_read)
{
	CO_FRAME(signalfd_read);
	struct process *process = process_of(co);
	long err;

	CO_BEGIN;
	while (f->to->left >= sizeof(struct abi_signalfd_siginfo)) {
		AWAIT_UNTIL(err, &process->lock, &process->signal_readers, take(f));
		spin_unlock(&process->lock);
		if (!err && !f->signal)
			err = -EAGAIN;
		while (!err && !record_copy(f))
			AWAIT(err, user_fault_in(co, f->to));
		if (err)
			CO_RETURN(f->done ? f->done : err);
		f->done += sizeof(struct abi_signalfd_siginfo);
	}
	CO_RETURN(f->done);
	CO_END;
}

static long signalfd_read(struct co *caller, struct file *file, struct user_buffer *to, u64 at)
{
	(void)at;
	if (to->left < sizeof(struct abi_signalfd_siginfo))
		return -EINVAL;
	return CO_CALL(signalfd_read, caller, .file = file, .to = to);
}

static u32 signalfd_poll(struct file *file, struct poll_table *table)
{
	const struct task *task = hart()->task;
	u64 pending;

	poll_table_add(table, &signalfd_pollers);
	spin_lock(&task->process->lock); /* see signalfd_tell_locked */
	pending = pending_locked(task);
	spin_unlock(&task->process->lock);
	return pending & set_of(file) ? POLL_IN : 0;
}

static void signalfd_release(struct file *file)
{
	slab_free(&signalfd_cache, file->data);
}

static const struct file_ops signalfd_ops = {
	.name = "signalfd",
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
};

struct file *signalfd_new(u64 set, u32 flags)
{
	struct signalfd *s = slab_zalloc(&signalfd_cache);
	struct file *file;

	if (!s)
		return NULL;
	s->set = set & ~SIGNALS_UNMASKABLE;
	file = file_alloc(&signalfd_ops, NULL, O_RDWR | (flags & O_NONBLOCK), s);
	if (!file)
		slab_free(&signalfd_cache, s);
	return file;
}

bool signalfd_is(const struct file *file)
{
	return file->ops == &signalfd_ops;
}

void signalfd_set(struct file *file, struct process *caller, u64 set)
{
	struct signalfd *s = file->data;

	store_relaxed(&s->set, set & ~SIGNALS_UNMASKABLE);
	/* the lock: a reader that looked before the store sleeps by now, and is woken */
	spin_lock(&caller->lock);
	signalfd_wake_locked(caller);
	spin_unlock(&caller->lock);
}
