/* exec.c - execve and execveat.
 *
 * What is no program for exec may be a script: then once more, for its reader, with the arguments that that needs.
 *
 *     execveat(fd, "")        runs the descriptor's file; whoever needs a name for it is told /dev/fd/<fd>
 *     execveat(fd, "x")       a path below a directory: /dev/fd/<fd>/x
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file.h"
#include "kernel/fs/files.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/space/user.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/process.h"
#include "kernel/proc/script.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/path_arg.h"
#include "kernel/sys/sys.h"
#include "lib/fmt.h"
#include "lib/string.h"

struct exec_call {
	struct co co;
	s32 fd;
	u64 address, arguments, environment;
	u32 flags; /* of path_arg_find */
	struct path_arg path;
	struct exec_program program;
	struct exec_arguments *collected;
	struct script script;
	u64 first; /* the caller's argument 0, which a script's texts replace */
};

/* --- arguments --- */

/* Before the caller's own arguments: the path for AT_EXECFN, and what a script's reader is given. */
static long collect_first(struct exec_call *f)
{
	const char *text = f->script.page ? (const char *)page_to_virt(f->script.page) + f->script.at : "";
	long err = arguments_add(f->collected, f->path.text);

	for (u32 i = 0; i < f->script.count && !err; i++, text += strlen(text) + 1)
		err = arguments_add(f->collected, text);
	return err;
}

struct collect {
	struct co co;
	struct exec_call *call;
};

/* All of them, and the environment. */
CO_STEP(collect)
{
	CO_FRAME(collect);
	struct exec_call *call = f->call;
	struct exec_arguments *collected = call->collected;
	struct space *space = user_space_of(co);
	long err;

	CO_BEGIN;
	err = collect_first(call);
	if (!err && call->script.count && call->arguments) {
		AWAIT(err, user_read(co, space, &call->first, call->arguments, sizeof(call->first)));
		call->arguments += call->first ? sizeof(u64) : 0;
	}
	if (!err)
		AWAIT(err, arguments_read(co, collected, space, call->arguments, &collected->argument_count));
	collected->argument_count += call->script.count;
	/* as Linux does: programs that take argv[0] for granted would go on into the environment */
	if (!err && !collected->argument_count) {
		err = arguments_add(collected, "");
		collected->argument_count = 1;
	}
	if (!err)
		AWAIT(err, arguments_read(co, collected, space, call->environment, &collected->environment_count));
	CO_RETURN(err);
	CO_END;
}

/* --- the program --- */

/* Its name, if it was found by a descriptor: in front of the path, which stays behind it. */
static long name_by_descriptor(struct exec_call *f)
{
	char *text = f->path.text, prefix[24];
	u32 length = (u32)strlen(text), more;

	if (f->fd == AT_FDCWD || text[0] == '/')
		return 0;
	more = (u32)fmt(prefix, sizeof(prefix), length ? "/dev/fd/%d/" : "/dev/fd/%d", f->fd);
	if (more + length >= PAGE_SIZE)
		return -ENAMETOOLONG;
	memmove(text + more, text, length + 1);
	memcpy(text, prefix, more);
	return 0;
}

/* The walk has ended: what is found is to be run. */
static long take_program(struct exec_call *f, struct process *process)
{
	struct path_result *at = &f->path.at;
	bool by_descriptor = f->fd != AT_FDCWD && f->path.text[0] != '/';
	struct inode *place = at->parent;

	if (at->inode && inode_is(at->inode, MODE_LINK))
		return -ELOOP;
	if (!place && f->path.file && !f->path.text[0])
		place = f->path.file->place;
	f->program = (struct exec_program){ .inode = at->inode, .place = place, .path = f->path.text };
	f->program.hidden = by_descriptor && files_get_flag(process->files, f->fd) == 1;
	if (at->inode)
		inode_get(at->inode);
	if (place)
		inode_get(place);
	return exec_may_run(&f->co, at->inode);
}

static void exec_call_end(struct exec_call *f)
{
	exec_program_done(&f->program);
	path_arg_done(&f->path);
	script_done(&f->script);
	arguments_free(f->collected);
	kfree(f->collected, sizeof(*f->collected));
}

CO_STEP(exec_call)
{
	CO_FRAME(exec_call);
	long err;

	CO_BEGIN;
	AWAIT(err, path_arg_find(co, &f->path, f->fd, f->address, f->flags));
	if (!err)
		err = take_program(f, process_of(co));
	if (!err)
		err = name_by_descriptor(f);
	if (!err)
		AWAIT(err, CO_CALL(collect, co, .call = f));
	if (!err)
		AWAIT(err, exec_replace(co, &f->program, f->collected));
	if (err == -ENOEXEC) {
		AWAIT(err, script_resolve(co, &f->program, &f->script));
		arguments_free(f->collected);
		if (!err)
			AWAIT(err, CO_CALL(collect, co, .call = f));
		if (!err)
			AWAIT(err, exec_replace(co, &f->program, f->collected));
	}
	exec_call_end(f);
	CO_RETURN(err);
	CO_END;
}

static long exec_begin(struct co *caller, s32 fd, u32 flags, const u64 *args)
{
	struct exec_arguments *collected = kzalloc(sizeof(*collected));

	if (!collected)
		return -ENOMEM;
	return CO_CALL_OR(kfree(collected, sizeof(*collected)), exec_call, caller, .fd = fd, .address = args[0],
			  .arguments = args[1], .environment = args[2], .flags = flags | PATH_PLACE,
			  .collected = collected);
}

long sys_execve(struct co *caller, const u64 *args)
{
	return exec_begin(caller, AT_FDCWD, PATH_FOLLOW, args);
}

long sys_execveat(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[4];

	if (flags & ~(u32)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return exec_begin(caller, (s32)args[0],
			  (flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW) | (flags & AT_EMPTY_PATH ? PATH_EMPTY_OK : 0),
			  args + 1);
}
