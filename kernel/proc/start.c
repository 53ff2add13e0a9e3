/* start.c - the first process: mount, and run init with what the kernel's command line says after " -- ". */
#include "kernel/start.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file_lock.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/path.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/shared_memory.h"
#include "kernel/hart/bootargs.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/jobs.h"
#include "kernel/proc/load.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/procfs_process.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/signal_actions.h"
#include "kernel/proc/thread.h"
#include "kernel/task/executor.h"
#include "kernel/task/task.h"

#define INIT_PATH "/bin/init"

/* argv[0] and the words after " -- ", and an environment. */
static long collect(struct exec_arguments *arguments)
{
	static const char *const environment[] = { "PATH=/bin:/test", "HOME=/", "TERM=vt100" };
	char word[256];
	long err = arguments_add(arguments, INIT_PATH); /* AT_EXECFN */

	if (!err)
		err = arguments_add(arguments, INIT_PATH);
	arguments->argument_count = 1;
	for (u32 i = 0; !err && bootargs_word(i, word, sizeof(word)); i++) {
		err = arguments_add(arguments, word);
		arguments->argument_count++;
	}
	for (u32 i = 0; !err && i < ARRAY_SIZE(environment); i++)
		err = arguments_add(arguments, environment[i]);
	arguments->environment_count = ARRAY_SIZE(environment);
	return err;
}

struct init_start {
	struct co co;
	struct process *process;
	struct thread *thread;
	struct exec_arguments *arguments;
	struct exec_program program;
	struct exec_image image;
	struct path_result console;
	struct file *file;
};

/* Descriptors 0, 1 and 2. */
static void console_install(struct init_start *f)
{
	struct inode *inode = f->console.inode;

	inode_get(inode);
	f->file = file_alloc(inode->file_ops, inode, O_RDWR, NULL);
	ASSERT(f->file);
	f->file->place = f->console.parent; /* the file's now */
	f->console.parent = NULL;
	for (int fd = 0; fd < 3; fd++) {
		file_get(f->file);
		files_add(f->process->files, f->file, false, 0);
	}
	file_put(f->file);
}

static bool process_make(struct init_start *f)
{
	f->process = process_new(NULL);
	f->arguments = kzalloc(sizeof(*f->arguments));
	if (!f->process || !f->arguments)
		return false;
	f->process->files = files_new();
	if (!paths_new(f->process, root_inode) || !signal_actions_new(f->process))
		return false;
	f->thread = thread_new(f->process, true);
	return f->process->files && f->thread;
}

static const struct process *process_of_hart(void)
{
	const struct task *task = hart()->task;

	return task ? task->process : NULL;
}

/* "alloc_fail=every:97": from now on, for every process but the first. */
static void alloc_fail_boot(const struct process *first)
{
	struct alloc_fail_plan plan = { .spare = first };
	const char *text = bootargs_value("alloc_fail");

	alloc_fail_caller = process_of_hart;
	if (text && !alloc_fail_parse(text, &plan))
		print("alloc_fail=%s: nth:N, every:N or from:N was expected\n", text);
	else if (text)
		alloc_fail_start(&plan);
}

CO_STEP(init_start)
{
	CO_FRAME(init_start);
	long err;

	CO_BEGIN;
	AWAIT(err, mount_root(co, bootargs_value("root")));
	if (err)
		panic("cannot mount the root file system: error %ld (is there a disk with an ext2 image?)", -err);
	if (!process_make(f) || collect(f->arguments))
		panic("no memory for the first process");
	AWAIT(err, path_walk(co, root_inode, root_inode, "/dev/console", PATH_FOLLOW | PATH_PLACE, &f->console));
	if (err)
		panic("/dev/console cannot be opened: error %ld", -err);
	console_install(f);
	path_done(&f->console);
	AWAIT(err, exec_program_find(co, f->process, INIT_PATH, &f->program));
	if (!err)
		AWAIT(err, exec_load(co, f->process, &f->program, f->arguments, &f->image));
	exec_program_done(&f->program);
	if (err)
		panic(INIT_PATH " cannot be executed: error %ld", -err);
	kfree(f->arguments, sizeof(*f->arguments));
	exec_first(f->thread, &f->image);
	process_enter(f->process);
	err = thread_start(f->thread);
	ASSERT(!err);
	alloc_fail_boot(f->process);
	CO_RETURN(0);
	CO_END;
}

static long init_main(struct co *caller, void *argument)
{
	(void)argument;
	return CO_CALL(init_start, caller, .process = NULL);
}

void start_system(void)
{
	executor_user_suspend = thread_suspended;
	futex_init();
	signal_page_init();
	procfs_process_init();
	load_init();
	jobs_init();
	pipe_init();
	file_lock_init();
	if (shared_memory_init())
		panic("no memory for shared memory");
	if (task_spawn("start", PRIORITY_SERVICE, init_main, NULL))
		panic("no memory for the first task");
}
