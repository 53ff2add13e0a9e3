/* timerfd.c - making, setting and asking timers that are files. */
#include "kernel/fs/timerfd.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/files.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/clocks.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

enum { SET_ABSOLUTE = 1, SET_CANCEL_ON_SET = 2 }; /* nobody sets the clock, so nothing is cancelled */

long sys_timerfd_create(struct co *caller, const u64 *args)
{
	u32 clock = (u32)args[0], flags = (u32)args[1];
	struct file *file;
	long fd;

	if ((flags & ~(u32)(O_CLOEXEC | O_NONBLOCK)) ||
	    (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME))
		return -EINVAL;
	file = timerfd_new(clock == CLOCK_REALTIME, flags);
	if (!file)
		return -ENOMEM;
	fd = files_add(process_of(caller)->files, file, flags & O_CLOEXEC, 0);
	if (fd < 0)
		file_put(file);
	return fd;
}

/* The timer behind FD, referenced: 0, -EBADF, -EINVAL. */
static long timer_get(struct co *caller, u32 fd, struct file **file)
{
	*file = descriptor_file(caller, (s32)fd);
	if (!*file)
		return -EBADF;
	if (timerfd_is(*file))
		return 0;
	file_put(*file);
	return -EINVAL;
}

struct timerfd_settime_call {
	struct co co;
	u32 fd, flags;
	u64 from, before_to;
	struct abi_times times;
};

/* When the timer begins that TIMES sets. */
static u64 deadline_of(const struct file *file, u32 flags, u64 ns)
{
	if (!ns)
		return TIME_NEVER;
	if (!(flags & SET_ABSOLUTE))
		return deadline_after(ns);
	return timerfd_is_realtime(file) ? realtime_deadline(ns) : ns;
}

CO_STEP(timerfd_settime_call)
{
	CO_FRAME(timerfd_settime_call);
	struct timer_times before;
	struct file *file;
	u64 ns, interval;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->times, f->from, sizeof(f->times)));
	if (err)
		CO_RETURN(err);
	if (!timespec_to_ns(&f->times.value, &ns) || !timespec_to_ns(&f->times.interval, &interval))
		CO_RETURN(-EINVAL);
	err = timer_get(co, f->fd, &file);
	if (err)
		CO_RETURN(err);
	timerfd_set(file, deadline_of(file, f->flags, ns), interval, &before);
	file_put(file);
	f->times = abi_times_from(before.value, before.interval);
	if (f->before_to)
		AWAIT(err, user_write(co, user_space_of(co), f->before_to, &f->times, sizeof(f->times)));
	CO_RETURN(err);
	CO_END;
}

long sys_timerfd_settime(struct co *caller, const u64 *args)
{
	if ((u32)args[1] & ~(u32)(SET_ABSOLUTE | SET_CANCEL_ON_SET))
		return -EINVAL;
	return CO_CALL(timerfd_settime_call, caller, .fd = (u32)args[0], .flags = (u32)args[1], .from = args[2],
		       .before_to = args[3]);
}

long sys_timerfd_gettime(struct co *caller, const u64 *args)
{
	struct timer_times now;
	struct abi_times times;
	struct file *file;
	long err = timer_get(caller, (u32)args[0], &file);

	if (err)
		return err;
	timerfd_get(file, &now);
	file_put(file);
	times = abi_times_from(now.value, now.interval);
	return user_write(caller, user_space_of(caller), args[1], &times, sizeof(times));
}
