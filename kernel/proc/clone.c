/* clone.c - a new thread in this process, or a new process that shares what the flags say.
 *
 *     CLONE_THREAD          a thread of the same process
 *     CLONE_VM, no THREAD   a process in the same space (vfork)
 *     neither               a process with a copy of the space, copied page by page at the first write
 */
#include "kernel/proc/clone.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/map/map.h"
#include "kernel/space/user.h"
#include "kernel/proc/affinity.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/pidfd.h"
#include "kernel/proc/signal_actions.h"
#include "kernel/proc/thread.h"
#include "kernel/proc/vfork.h"

enum {
	CLONE_OLD = CLONE_SIGNAL | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | CLONE_THREAD |
		    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED |
		    CLONE_CHILD_SETTID,
	THREAD_NEEDS = CLONE_VM | CLONE_SIGHAND,
};
#define CLONE_KNOWN (CLONE_OLD | CLONE_PIDFD | CLONE_CLEAR_SIGHAND)

static long check(u64 flags)
{
	if ((flags & ~(u64)CLONE_KNOWN) || (flags & CLONE_SIGNAL) > SIGNAL_MAX)
		return -EINVAL;
	if ((flags & CLONE_THREAD) && (flags & THREAD_NEEDS) != THREAD_NEEDS)
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & (CLONE_THREAD | CLONE_DETACHED)))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && (!(flags & CLONE_VM) || (flags & CLONE_CLEAR_SIGHAND)))
		return -EINVAL;
	return 0;
}

struct clone_call {
	struct co co;
	struct clone_arguments a;
	struct process *child; /* a new process, until it is entered; NULL for a thread */
	struct thread *thread; /* the new one, until it is started */
	struct vfork *vfork;
	u32 tid;
	s32 pidfd;	   /* of the parent's, */
	struct file *file; /* and what it is, referenced; NULL: there is none */
	long error;
};

/* A child process that has what the parent's has, but for its space. */
static long process_copy(struct clone_call *f, struct process *parent)
{
	struct process *child = process_new(parent);

	if (!child)
		return -EAGAIN;
	f->child = child;
	if (f->a.flags & CLONE_FILES) {
		files_use(parent->files);
		child->files = parent->files;
	} else {
		child->files = files_copy(parent->files);
		if (!child->files)
			return -ENOMEM;
	}
	if (!paths_inherit(child, parent, f->a.flags & CLONE_FS) ||
	    !signal_actions_inherit(child, parent, f->a.flags & CLONE_SIGHAND))
		return -ENOMEM;
	if (f->a.flags & CLONE_CLEAR_SIGHAND)
		signal_actions_reset(child);
	spin_lock(&parent->lock);
	credentials_inherit(child, parent);
	limits_inherit(child, parent);
	child->oom_adjust = parent->oom_adjust;
	child->oom_adjust_least = parent->oom_adjust_least;
	spin_unlock(&parent->lock);
	child->exit_signal = f->a.flags & CLONE_SIGNAL;
	child->executable = parent->executable;
	child->executable_place = parent->executable_place;
	if (child->executable)
		inode_get(child->executable);
	if (child->executable_place)
		inode_get(child->executable_place);
	child->undumpable = load_relaxed(&parent->undumpable);
	child->no_new_privs = load_relaxed(&parent->no_new_privs);
	child->texts = parent->texts;
	__builtin_memcpy(child->name, parent->name, sizeof(child->name));
	return 0;
}

static void registers_copy(struct thread *to, struct thread *from, const struct clone_arguments *a)
{
	to->context = from->context;
	fp_clone(to, from);
	to->context.x[X_A0] = 0;
	if (a->stack)
		to->context.x[X_SP] = a->stack;
	if (a->flags & CLONE_SETTLS)
		to->context.x[X_TP] = a->tls;
	if (a->flags & CLONE_CHILD_CLEARTID)
		to->clear_tid = a->child_tid;
	affinity_inherit(to, from);
	policy_inherit(to, from);
	__builtin_memcpy(to->name, from->name, sizeof(to->name));
	signal_clone(to, from, a->flags);
}

/* The new thread, not started. */
static long thread_make(struct clone_call *f, struct thread *self)
{
	f->thread = thread_new(f->child ? f->child : self->process, f->child);
	if (!f->thread)
		return -EAGAIN;
	f->tid = f->thread->tid;
	registers_copy(f->thread, self, &f->a);
	return f->a.flags & CLONE_VFORK ? vfork_prepare(f->thread, &f->vfork) : 0;
}

/* The parent's descriptor for the child. */
static long pidfd_make(struct clone_call *f, struct process *parent)
{
	struct file *file = pidfd_new(f->child, 0);
	long fd;

	if (!file)
		return -ENOMEM;
	file_get(file);
	fd = files_add(parent->files, file, true, 0);
	if (fd < 0) {
		file_put(file);
		file_put(file);
		return fd;
	}
	f->file = file;
	f->pidfd = (s32)fd;
	return 0;
}

/* Drop the reference on it; UNDO: and close it, unless another thread has done so. */
static void pidfd_done(struct clone_call *f, struct process *parent, bool undo)
{
	if (!f->file)
		return;
	if (undo && files_remove_file(parent->files, f->pidfd, f->file))
		file_put(f->file);
	file_put(f->file);
}

/* Undo a child process that was never entered. */
struct child_discard {
	struct co co;
	struct process *child;
};

CO_STEP(child_discard)
{
	CO_FRAME(child_discard);
	struct process *child = f->child;
	long err;

	CO_BEGIN;
	if (child->files)
		AWAIT(err, files_release(co, child->files));
	if (child->space)
		AWAIT(err, space_release(co, child->space));
	(void)err;
	paths_leave(child);
	spin_lock(&process_table_lock);
	child->state = PROCESS_GONE; /* another thread may have copied its pidfd */
	spin_unlock(&process_table_lock);
	if (child->executable)
		inode_put(child->executable);
	if (child->executable_place)
		inode_put(child->executable_place);
	process_put(child);
	CO_RETURN(0);
	CO_END;
}

/* All that can fail: the child process, if it is to be one, its thread, and telling the caller of them. */
struct clone_build {
	struct co co;
	struct clone_call *clone;
	long error;
};

CO_STEP(clone_build)
{
	CO_FRAME(clone_build);
	struct clone_call *c = f->clone;
	struct thread *self = thread_of(co);
	struct process *process = self->process;

	CO_BEGIN;
	if (!(c->a.flags & CLONE_THREAD))
		f->error = process_copy(c, process);
	if (!f->error && c->child && (c->a.flags & CLONE_VM)) {
		space_use(process->space);
		c->child->space = process->space;
	} else if (!f->error && c->child) {
		AWAIT(f->error, space_copy(co, process->space, &c->child->space));
	}
	if (!f->error)
		f->error = thread_make(c, self);
	if (!f->error && (c->a.flags & CLONE_PARENT_SETTID))
		AWAIT(f->error, user_write(co, process->space, c->a.parent_tid, &c->tid, sizeof(c->tid)));
	/* into the child's memory, which is the parent's only with CLONE_VM */
	if (!f->error && (c->a.flags & CLONE_CHILD_SETTID))
		AWAIT(f->error, user_write(co, c->thread->process->space, c->a.child_tid, &c->tid, sizeof(c->tid)));
	if (!f->error && (c->a.flags & CLONE_PIDFD))
		f->error = pidfd_make(c, process);
	if (!f->error && (c->a.flags & CLONE_PIDFD))
		AWAIT(f->error, user_write(co, process->space, c->a.pidfd, &c->pidfd, sizeof(c->pidfd)));
	CO_RETURN(f->error);
	CO_END;
}

CO_STEP(clone_call)
{
	CO_FRAME(clone_call);
	struct process *process = thread_of(co)->process;
	long err;

	CO_BEGIN;
	f->error = limit_new_task(process);
	if (!f->error)
		AWAIT(f->error, CO_CALL(clone_build, co, .clone = f));
	if (!f->error && f->child)
		process_enter(f->child);
	if (!f->error)
		f->error = thread_start(f->thread); /* only a thread can fail here: its process is exiting */
	pidfd_done(f, process, f->error);
	if (f->error && f->thread) {
		vfork_finish(f->thread); /* nobody waits yet: only gives it back */
		thread_discard(f->thread);
	}
	if (f->vfork)
		AWAIT(err, vfork_wait(co, f->vfork));
	if (f->error && f->child)
		AWAIT(err, CO_CALL(child_discard, co, .child = f->child));
	(void)err;
	CO_RETURN(f->error ? f->error : f->tid);
	CO_END;
}

long clone_call(struct co *caller, const struct clone_arguments *arguments)
{
	long err = check(arguments->flags);

	return err ? err : CO_CALL(clone_call, caller, .a = *arguments);
}
