/* prctl.c - what a thread says about itself and its process (Linux prctl(2)): one function for each option. */
#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

/* --- the name: the thread's; the first thread's is the process', too --- */

struct name_set {
	struct co co;
	u64 address;
	char name[PROCESS_NAME_BYTES + 1];
};

CO_STEP(name_set)
{
	CO_FRAME(name_set);
	struct thread *thread = thread_of(co);
	struct process *process = thread->process;
	long err;

	CO_BEGIN;
	/* what is longer is cut */
	AWAIT(err, user_read_text(co, process->space, f->name, f->address, PROCESS_NAME_BYTES - 1));
	if (err < 0 && err != -ENAMETOOLONG)
		CO_RETURN(err);
	spin_lock(&process->lock);
	__builtin_memcpy(thread->name, f->name, PROCESS_NAME_BYTES);
	if (thread->tid == process->pid)
		__builtin_memcpy(process->name, f->name, PROCESS_NAME_BYTES);
	spin_unlock(&process->lock);
	CO_RETURN(0);
	CO_END;
}

static long set_name(struct co *caller, struct process *process, const u64 *args)
{
	(void)process;
	return CO_CALL(name_set, caller, .address = args[1]);
}

static long get_name(struct co *caller, struct process *process, const u64 *args)
{
	return user_write(caller, process->space, args[1], thread_of(caller)->name, PROCESS_NAME_BYTES);
}

/* --- the rest --- */

static long set_death_signal(struct co *caller, struct process *process, const u64 *args)
{
	(void)caller;
	if (args[1] > SIGNAL_MAX)
		return -EINVAL;
	store_relaxed(&process->death_signal, (u8)args[1]);
	return 0;
}

static long get_death_signal(struct co *caller, struct process *process, const u64 *args)
{
	s32 signal = load_relaxed(&process->death_signal);

	return user_write(caller, process->space, args[1], &signal, sizeof(signal));
}

static long set_dumpable(struct co *caller, struct process *process, const u64 *args)
{
	(void)caller;
	if (args[1] > 1)
		return -EINVAL;
	store_relaxed(&process->undumpable, !args[1]);
	return 0;
}

static long get_dumpable(struct co *caller, struct process *process, const u64 *args)
{
	(void)caller, (void)args[1];
	return !load_relaxed(&process->undumpable);
}

static long set_subreaper(struct co *caller, struct process *process, const u64 *args)
{
	(void)caller;
	store_relaxed(&process->subreaper, args[1] != 0);
	return 0;
}

static long get_subreaper(struct co *caller, struct process *process, const u64 *args)
{
	s32 subreaper = load_relaxed(&process->subreaper);

	return user_write(caller, process->space, args[1], &subreaper, sizeof(subreaper));
}

static long set_no_new_privs(struct co *caller, struct process *process, const u64 *args)
{
	(void)caller;
	if (args[1] != 1 || args[2] || args[3] || args[4])
		return -EINVAL;
	store_relaxed(&process->no_new_privs, true);
	return 0;
}

static long get_no_new_privs(struct co *caller, struct process *process, const u64 *args)
{
	(void)caller;
	return args[1] || args[2] || args[3] || args[4] ? -EINVAL : (long)load_relaxed(&process->no_new_privs);
}

static const struct prctl_option {
	u32 number;
	long (*call)(struct co *caller, struct process *process, const u64 *args);
} options[] = {
	{ 1, set_death_signal },  /* PR_SET_PDEATHSIG */
	{ 2, get_death_signal },  /* PR_GET_PDEATHSIG */
	{ 3, get_dumpable },	  /* PR_GET_DUMPABLE */
	{ 4, set_dumpable },	  /* PR_SET_DUMPABLE */
	{ 15, set_name },	  /* PR_SET_NAME */
	{ 16, get_name },	  /* PR_GET_NAME */
	{ 38, set_no_new_privs }, /* PR_SET_NO_NEW_PRIVS */
	{ 39, get_no_new_privs }, /* PR_GET_NO_NEW_PRIVS */
	{ 36, set_subreaper },	  /* PR_SET_CHILD_SUBREAPER */
	{ 37, get_subreaper },	  /* PR_GET_CHILD_SUBREAPER */
};

long sys_prctl(struct co *caller, const u64 *args)
{
	for (u32 i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].number == (u32)args[0])
			return options[i].call(caller, process_of(caller), args);
	return -EINVAL;
}
