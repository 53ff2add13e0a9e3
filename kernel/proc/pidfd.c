/* pidfd.c - see pidfd.h. process_table_lock guards process->pidfds and what a poll tells: the process' state. */
#include "kernel/proc/pidfd.h"

#include "kernel/abi/fcntl.h"
#include "kernel/fs/poll.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "lib/fmt.h"

struct pidfd {
	struct process *process; /* referenced */
	struct list link;	 /* in its pidfds */
	struct poll_queue poll;
};

static struct slab_cache pidfd_cache = SLAB_CACHE(pidfd_cache, "pidfd", sizeof(struct pidfd));

static u32 state_of(const struct pidfd *pidfd)
{
	u32 state;

	spin_lock(&process_table_lock);
	state = pidfd->process->state;
	spin_unlock(&process_table_lock);
	return state;
}

static u32 pidfd_poll(struct file *file, struct poll_table *table)
{
	struct pidfd *pidfd = file->data;
	u32 state;

	poll_table_add(table, &pidfd->poll);
	state = state_of(pidfd);
	return state == PROCESS_RUNNING ? 0 : state == PROCESS_ZOMBIE ? POLL_IN : POLL_IN | POLL_HUP;
}

static void pidfd_info(struct file *file, struct fmt_text *text)
{
	const struct pidfd *pidfd = file->data;
	s32 pid = state_of(pidfd) == PROCESS_GONE ? -1 : (s32)pidfd->process->pid;

	fmt_add(text, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static void pidfd_release(struct file *file)
{
	struct pidfd *pidfd = file->data;

	spin_lock(&process_table_lock);
	list_remove(&pidfd->link);
	spin_unlock(&process_table_lock);
	process_put(pidfd->process);
	slab_free(&pidfd_cache, pidfd);
}

static const struct file_ops pidfd_ops = {
	.name = "pidfd",
	.poll = pidfd_poll,
	.info = pidfd_info,
	.release = pidfd_release,
};

struct file *pidfd_new(struct process *process, u32 flags)
{
	struct pidfd *pidfd = slab_zalloc(&pidfd_cache);
	struct file *file;

	if (!pidfd)
		return NULL;
	file = file_alloc(&pidfd_ops, NULL, O_RDWR | (flags & O_NONBLOCK), pidfd);
	if (!file) {
		slab_free(&pidfd_cache, pidfd);
		return NULL;
	}
	pidfd->process = process;
	atomic_add_relaxed(&process->refs, 1u);
	poll_queue_init(&pidfd->poll);
	spin_lock(&process_table_lock);
	list_push_back(&process->pidfds, &pidfd->link);
	spin_unlock(&process_table_lock);
	return file;
}

struct process *pidfd_process(const struct file *file)
{
	const struct pidfd *pidfd = file->data;

	return file->ops == &pidfd_ops ? pidfd->process : NULL;
}

void pidfd_tell(struct process *process, u32 events)
{
	struct pidfd *pidfd;

	list_for_each (pidfd, &process->pidfds, link)
		poll_queue_tell(&pidfd->poll, events);
}
