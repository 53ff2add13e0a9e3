/* exec.c - the change-over to a new program: what the old one had goes, and the registers are those of a start. */
#include "kernel/proc/exec.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/path.h"
#include "kernel/hart/csr.h"
#include "kernel/space/space.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/posix_timer.h"
#include "kernel/proc/requests.h"
#include "kernel/proc/robust.h"
#include "kernel/proc/share.h"
#include "kernel/proc/signal_actions.h"
#include "kernel/proc/thread.h"
#include "kernel/proc/vfork.h"

static void program_forget(struct inode **inode, struct inode **place)
{
	if (*inode)
		inode_put(*inode);
	if (*place)
		inode_put(*place);
	*inode = *place = NULL;
}

void exec_program_done(struct exec_program *program)
{
	program_forget(&program->inode, &program->place);
}

/* --- finding a program --- */

struct exec_program_find {
	struct co co;
	struct exec_program *program;
	const char *path;
	struct inode *root, *directory; /* referenced */
	struct path_result found;
};

CO_STEP(exec_program_find)
{
	CO_FRAME(exec_program_find);
	long err;

	CO_BEGIN;
	AWAIT(err, path_walk(co, f->root, f->directory, f->path, PATH_FOLLOW | PATH_PLACE, &f->found));
	inode_put(f->root);
	inode_put(f->directory);
	if (err)
		CO_RETURN(err);
	*f->program = (struct exec_program){ .inode = f->found.inode, .place = f->found.parent, .path = f->path };
	f->found.inode = f->found.parent = NULL; /* the program's now */
	path_done(&f->found);
	CO_RETURN(0);
	CO_END;
}

static void two_put(struct inode *a, struct inode *b)
{
	inode_put(a);
	inode_put(b);
}

long exec_program_find(struct co *caller, struct process *process, const char *path, struct exec_program *program)
{
	struct inode *root, *directory;

	*program = (struct exec_program){ 0 };
	paths_get(process, &root, &directory);
	return CO_CALL_OR(two_put(root, directory), exec_program_find, caller, .program = program, .path = path,
			  .root = root, .directory = directory);
}

/* --- the change-over --- */

static void context_set(struct thread *thread, const struct exec_image *image)
{
	u64 sstatus = thread->context.sstatus & ~SSTATUS_FS;

	__builtin_memset(&thread->context.x, 0, sizeof(thread->context.x));
	thread->context.sstatus = sstatus;
	thread->context.pc = image->entry;
	thread->context.x[X_SP] = image->stack;
	thread->fp = (struct fp){ 0 };
	thread->clear_tid = 0;
	__builtin_memcpy(thread->name, image->name, sizeof(thread->name));
}

static void process_set(struct process *process, const struct exec_image *image)
{
	spin_lock(&process->lock);
	process->has_executed = true;
	store_relaxed(&process->exit_signal, (u32)SIGCHLD);
	exec_rights_apply_locked(process, &image->rights);
	process->space = image->space;
	process->executable = image->inode;
	process->executable_place = image->place;
	process->texts = image->texts;
	__builtin_memcpy(process->name, image->name, sizeof(process->name));
	spin_unlock(&process->lock);
}

void exec_first(struct thread *thread, struct exec_image *image)
{
	process_set(thread->process, image);
	context_set(thread, image);
}

struct exec_replace {
	struct co co;
	const struct exec_program *program;
	struct exec_arguments *arguments;
	struct exec_image image;
	struct space *old;
	struct inode *old_program, *old_place;
	long error;
};

CO_STEP(exec_replace)
{
	CO_FRAME(exec_replace);
	struct thread *thread = thread_of(co);
	struct process *process = thread->process;
	long err;

	CO_BEGIN;
	AWAIT(err, exec_load(co, process, f->program, f->arguments, &f->image));
	arguments_free(f->arguments);
	if (err)
		CO_RETURN(err);
	AWAIT(f->error, threads_end_others(co, thread)); /* -EINTR: we are being killed ourselves */
	/* alone now: whoever has changed them meanwhile is gone */
	if (!f->error && !exec_rights_are_good(process, &f->image.rights))
		f->error = -EAGAIN;
	/* they use our descriptors, too */
	if (!f->error)
		AWAIT(f->error, requests_cancel_all(co, process));
	if (!f->error)
		f->error = process_files_unshare(process);
	if (!f->error)
		f->error = signal_actions_unshare(process);
	if (f->error) {
		program_forget(&f->image.inode, &f->image.place);
		AWAIT(err, space_release(co, f->image.space));
		CO_RETURN(f->error);
	}
	AWAIT(err, files_close_on_exec(co, process->files));
	if (thread->issuer)
		thread_issuer_end(thread, true);
	thread_uintr_end(thread);
	thread_share_end(thread);
	AWAIT(err, robust_list_end(co));
	posix_timers_delete(process, true);
	thread_become_first(thread);
	f->old = process->space;
	f->old_program = process->executable;
	f->old_place = process->executable_place;
	process_set(process, &f->image);
	program_forget(&f->old_program, &f->old_place);
	context_set(thread, &f->image);
	signal_exec(thread);
	space_activate(process->space);
	vfork_finish(thread);
	AWAIT(err, space_release(co, f->old));
	CO_RETURN(KEEP_REGISTERS);
	CO_END;
}

long exec_replace(struct co *caller, const struct exec_program *program, struct exec_arguments *arguments)
{
	return CO_CALL(exec_replace, caller, .program = program, .arguments = arguments);
}
