/* signalfd.h - signals as a file: a read takes those of a set that are pending for the reader (Linux signalfd(2)).
 *
 * The file has a set and nothing else. Whose signals are meant is known when somebody reads or polls: those of the
 * reading thread and of its process. So a fork child, and whoever got the file from another, sees its own. A request of
 * a ring is no thread: it takes what is pending for the process.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/fs/poll.h"
#include "kernel/proc/process.h"

/* A new one for the signals of SET, with one reference; NULL: no memory. */
struct file *signalfd_new(u64 set, u32 flags);
bool signalfd_is(const struct file *file);
/* FILE is for SET from now on; CALLER's process looks again. */
void signalfd_set(struct file *file, struct process *caller, u64 set);

/* Who polls any signalfd of any process: told of every signal, they look whether it is for them. */
extern struct poll_queue signalfd_pollers;
void signalfd_wake_locked(struct process *process);

/* A signal has become pending for PROCESS or a thread of it. process->lock is held: who polls has entered its node
 * before it looked at the pending signals under that lock. */
static inline void signalfd_tell_locked(struct process *process)
{
	if (unlikely(!list_is_empty(&process->signal_readers.waits) || !list_is_empty(&signalfd_pollers.nodes)))
		signalfd_wake_locked(process);
}
