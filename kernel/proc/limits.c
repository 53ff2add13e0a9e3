/* limits.c - see limits.h. */
#include "kernel/proc/limits.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/map/map.h"
#include "kernel/proc/cpu_watch.h"
#include "kernel/proc/process.h"

#define MEGABYTE (1ul << 20)

void limits_init(struct process *first)
{
	static const struct abi_rlimit other_than_none[RLIMIT_COUNT] = {
		[RLIMIT_STACK] = { 8 * MEGABYTE, RLIMIT_INFINITY },
		[RLIMIT_CORE] = { 0, RLIMIT_INFINITY },
		[RLIMIT_NPROC] = { PID_MAX, PID_MAX },
		[RLIMIT_NOFILE] = { FILES_MAX, FILES_MAX },
		[RLIMIT_MEMLOCK] = { 8 * MEGABYTE, 8 * MEGABYTE },
		[RLIMIT_SIGPENDING] = { PID_MAX, PID_MAX },
		[RLIMIT_MSGQUEUE] = { 819200, 819200 },
	};

	for (u32 i = 0; i < RLIMIT_COUNT; i++) {
		first->limits[i] = other_than_none[i];
		if (!other_than_none[i].maximum && i != RLIMIT_NICE && i != RLIMIT_RTPRIO)
			first->limits[i] = (struct abi_rlimit){ RLIMIT_INFINITY, RLIMIT_INFINITY };
	}
}

void limits_inherit(struct process *child, const struct process *parent)
{
	child->watches_cpu = parent->limits[RLIMIT_CPU].current != RLIMIT_INFINITY;
	__builtin_memcpy(child->limits, parent->limits, sizeof(child->limits));
}

struct abi_rlimit limit_get(struct process *process, u32 which)
{
	struct abi_rlimit limit;

	spin_lock(&process->lock);
	limit = process->limits[which];
	spin_unlock(&process->lock);
	return limit;
}

long limit_set(struct process *caller, struct process *process, u32 which, struct abi_rlimit limit)
{
	long err = 0;

	if (limit.current > limit.maximum)
		return -EINVAL;
	if (which == RLIMIT_NOFILE && limit.maximum > FILES_MAX)
		return -EPERM;
	spin_lock(&process->lock);
	if (limit.maximum > process->limits[which].maximum && load_relaxed(&caller->users.effective))
		err = -EPERM;
	if (!err) {
		process->limits[which] = limit;
		/* a process that ends has neither any more */
		if (which == RLIMIT_NOFILE && process->files)
			files_set_limit(process->files, (u32)limit.current);
		if (which == RLIMIT_STACK && process->space)
			store_relaxed(&process->space->stack_limit, limit.current);
	}
	if (!err && which == RLIMIT_CPU)
		cpu_watch_locked(process);
	spin_unlock(&process->lock);
	return err;
}

static u64 current(struct process *process, u32 which)
{
	return load_relaxed(&process->limits[which].current);
}

long limit_new_task(struct process *process)
{
	u64 most = current(process, RLIMIT_NPROC), count = 0;
	u32 user = load_relaxed(&process->users.real);
	struct process *other = NULL;

	if (!user || !load_relaxed(&process->users.effective) || most >= PID_MAX)
		return 0;
	spin_lock(&process_table_lock);
	while ((other = process_each(other)))
		if (load_relaxed(&other->users.real) == user)
			count += max(load_relaxed(&other->thread_count), 1u);
	spin_unlock(&process_table_lock);
	return count < most ? 0 : -EAGAIN;
}

static u64 bytes_mapped(struct space *space)
{
	struct area *area;
	u64 all = 0;

	spin_lock(&space->lock);
	for (area = area_find(space, 0); area; area = area_next(area))
		all += area->end - area->start;
	spin_unlock(&space->lock);
	return all;
}

long limit_map(struct process *process, u64 bytes)
{
	u64 most = current(process, RLIMIT_AS), all;

	if (likely(most == RLIMIT_INFINITY))
		return 0;
	all = bytes_mapped(process->space);
	return all <= most && bytes <= most - all ? 0 : -ENOMEM;
}

/* Bytes that PROCESS may lock together: whole pages. */
static u64 lock_limit(const struct process *process)
{
	u64 most = load_relaxed(&process->limits[RLIMIT_MEMLOCK].current);

	return load_relaxed(&process->users.effective) ? ALIGN_DOWN(most, PAGE_SIZE) : RLIMIT_INFINITY;
}

bool limit_may_lock(const struct process *process)
{
	return !load_relaxed(&process->users.effective) || load_relaxed(&process->limits[RLIMIT_MEMLOCK].current);
}

long limit_lock(struct process *process, u64 bytes)
{
	u64 most = lock_limit(process), locked;

	if (most >= USER_END)
		return 0;
	locked = space_locked(process->space, 0, USER_MAX);
	return locked <= most && bytes <= most - locked ? 0 : -EAGAIN;
}

bool limit_lock_all(struct process *process)
{
	u64 most = lock_limit(process);

	return most >= USER_END || bytes_mapped(process->space) <= most;
}

long limit_heap(struct process *process, u64 bytes)
{
	return bytes <= current(process, RLIMIT_DATA) ? 0 : -ENOMEM;
}

long limit_file(struct process *process, u64 bytes)
{
	if (likely(bytes <= current(process, RLIMIT_FSIZE)))
		return 0;
	signal_send(process, SIGXFSZ);
	return -EFBIG;
}
