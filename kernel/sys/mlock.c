/* mlock.c - mlock, mlockall and what ends them. To lock is to bring in, and to be counted: RLIMIT_MEMLOCK says how much
 * of its memory a process that is not root's may lock.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/map/map.h"
#include "kernel/proc/process.h"
#include "kernel/sys/resident.h"
#include "kernel/sys/sys.h"

/* The pages of a call's range: 0; -EINVAL: it wraps around. What lies above all user memory is no area's. */
static long lock_range(u64 *address, u64 *bytes)
{
	u64 start = ALIGN_DOWN(*address, PAGE_SIZE), end = ALIGN_UP(*address + *bytes, PAGE_SIZE);

	if (end < start)
		return -EINVAL;
	*address = start;
	*bytes = end - start;
	return 0;
}

struct lock_call {
	struct co co;
	u64 address, bytes;
};

CO_STEP(lock_call)
{
	CO_FRAME(lock_call);
	long err;

	CO_BEGIN;
	AWAIT(err, space_populate(co, process_of(co)->space, f->address, f->bytes, POPULATE_AS_MAPPED));
	/* Linux' words: it cannot be touched: ENOMEM; no memory for it: EAGAIN */
	if (err == -ENOMEM)
		err = -EAGAIN;
	else if (err == -EFAULT || err == -EINVAL || err == -EACCES || err == -ENXIO)
		err = -ENOMEM;
	CO_RETURN(err);
	CO_END;
}

/* Lock [address, address + bytes): now, or each page when it is touched (LATER). */
static long lock(struct co *caller, u64 address, u64 bytes, bool later)
{
	struct process *process = process_of(caller);
	struct space *space = process->space;
	long err;

	if (!limit_may_lock(process))
		return -EPERM;
	err = lock_range(&address, &bytes);
	if (err || !bytes)
		return err;
	/* what is locked already is not counted twice */
	if (limit_lock(process, bytes - min(bytes, space_locked(space, address, address + bytes))))
		return -ENOMEM;
	err = space_lock(space, address, bytes, later ? AREA_LOCK_BITS : AREA_LOCKED);
	return err || later ? err : CO_CALL(lock_call, caller, .address = address, .bytes = bytes);
}

long sys_mlock(struct co *caller, const u64 *args)
{
	return lock(caller, args[0], args[1], false);
}

long sys_mlock2(struct co *caller, const u64 *args)
{
	if ((u32)args[2] & ~(u32)MLOCK_ONFAULT)
		return -EINVAL;
	return lock(caller, args[0], args[1], args[2] & MLOCK_ONFAULT);
}

long sys_munlock(struct co *caller, const u64 *args)
{
	u64 address = args[0], bytes = args[1];
	long err = lock_range(&address, &bytes);

	return err || !bytes ? err : space_lock(process_of(caller)->space, address, bytes, 0);
}

long sys_mlockall(struct co *caller, const u64 *args)
{
	struct process *process = process_of(caller);
	struct space *space = process->space;
	u32 flags = (u32)args[0], how = flags & MCL_ONFAULT ? AREA_LOCK_BITS : AREA_LOCKED;

	if (!flags || (flags & ~(u32)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (!limit_may_lock(process))
		return -EPERM;
	if ((flags & MCL_CURRENT) && !limit_lock_all(process))
		return -ENOMEM;
	space_lock_all(space, flags & MCL_CURRENT, how, flags & MCL_FUTURE ? how : 0);
	return flags & MCL_CURRENT ? space_populate_locked(caller, space) : 0;
}

long sys_munlockall(struct co *caller, const u64 *args)
{
	(void)args;
	space_lock_all(process_of(caller)->space, true, 0, 0);
	return 0;
}
