/* nothing.c - what threads and processes have besides, and these scenarios do without: memory, files, groups, FP. */
#include "kernel/dev/poweroff.h"
#include "kernel/fs/console.h"
#include "kernel/fs/files.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/procfs.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/page.h"
#include "kernel/space/space.h"
#include "kernel/space/user.h"
#include "kernel/proc/group.h"
#include "kernel/proc/ids.h"
#include "kernel/proc/limits.h"
#include "kernel/proc/oom.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/pidfd.h"
#include "kernel/proc/posix_timer.h"
#include "kernel/proc/requests.h"
#include "kernel/proc/robust.h"
#include "kernel/proc/share.h"
#include "kernel/proc/signalfd.h"
#include "kernel/proc/test/explore/programs.h"
#include "kernel/proc/cpu_watch.h"
#include "kernel/proc/vfork.h"
#include "kernel/task/mutex.h"

#define UNUSED(x) ((void)(x))

u64 limbo_pages, proc_boot_entry_ns, proc_boot_user_ns = 1, proc_boot_idle_ns;
u32 processes_ended, hart_absent;
struct poll_queue signalfd_pollers = { .nodes = LIST_INIT(signalfd_pollers.nodes) };
static u32 newest_id;

void print(const char *format, ...)
{
	UNUSED(format);
}

void machine_off(u32 status)
{
	panic("init has ended with %u", status);
}

void limbo_pass_slow(void)
{
}

void fp_load(struct thread *thread)
{
	UNUSED(thread);
}

void fp_step_end(struct thread *thread)
{
	UNUSED(thread);
}

bool fp_trapped(struct thread *thread)
{
	UNUSED(thread);
	return false;
}

void space_switch(struct space *space)
{
	hart()->space = space;
}

long space_release(struct co *caller, struct space *space)
{
	UNUSED(caller), UNUSED(space);
	return 0;
}

long files_release(struct co *caller, struct files *files)
{
	UNUSED(caller), UNUSED(files);
	return 0;
}

long out_of_memory(struct co *caller, u32 try)
{
	UNUSED(caller), UNUSED(try);
	return 0;
}

long user_write(struct co *caller, struct space *space, u64 address, const void *from, u64 bytes)
{
	UNUSED(caller), UNUSED(space), UNUSED(address), UNUSED(from), UNUSED(bytes);
	return 0;
}

long robust_list_end(struct co *caller)
{
	UNUSED(caller);
	return 0;
}

long requests_cancel_all(struct co *caller, struct process *process)
{
	UNUSED(caller), UNUSED(process);
	return 0;
}

/* The one thing that a process' end does once, whatever else it has. */
void posix_timers_delete(struct process *process, bool keep_itimer)
{
	UNUSED(process), UNUSED(keep_itimer);
	processes_ended++;
}

void paths_leave(struct process *process)
{
	UNUSED(process);
}

void inode_put(struct inode *inode)
{
	UNUSED(inode);
}

void vfork_finish(struct thread *thread)
{
	UNUSED(thread);
}

void cpu_watch_look(struct thread *thread)
{
	UNUSED(thread);
}

void mutex_init(struct co_mutex *mutex)
{
	UNUSED(mutex);
}

void signalfd_wake_locked(struct process *process)
{
	UNUSED(process);
}

void thread_share_end(struct thread *thread)
{
	UNUSED(thread);
}

void console_session_end(u32 session)
{
	UNUSED(session);
}

void group_inherit(struct process *child, const struct process *parent)
{
	UNUSED(child), UNUSED(parent);
}

void group_lose_parent(struct process *member, const struct process *parent, bool ends)
{
	UNUSED(member), UNUSED(parent), UNUSED(ends);
}

bool group_is_orphaned(struct process *process)
{
	UNUSED(process);
	return false;
}

void group_leave(struct process *process)
{
	UNUSED(process);
}

void limits_init(struct process *first)
{
	UNUSED(first);
}

void alloc_fail_forget(const struct process *process)
{
	UNUSED(process);
}

u32 id_alloc(void)
{
	return atomic_add_relaxed(&newest_id, 1u) + 1;
}

void id_free(u32 id)
{
	UNUSED(id);
}

void pidfd_tell(struct process *process, u32 events)
{
	UNUSED(process), UNUSED(events);
}
