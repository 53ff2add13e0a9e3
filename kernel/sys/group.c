/* group.c - process groups and sessions. */
#include "kernel/proc/group.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/process.h"
#include "kernel/sys/sys.h"

long sys_setpgid(struct co *caller, const u64 *args)
{
	if ((s32)args[0] < 0)
		return -ESRCH;
	return (s32)args[1] < 0 ? -EINVAL : group_set(process_of(caller), (u32)args[0], (u32)args[1]);
}

long sys_getpgid(struct co *caller, const u64 *args)
{
	return (s32)args[0] < 0 ? -ESRCH : group_of(process_of(caller), (u32)args[0]);
}

long sys_getsid(struct co *caller, const u64 *args)
{
	return (s32)args[0] < 0 ? -ESRCH : session_of(process_of(caller), (u32)args[0]);
}

long sys_setsid(struct co *caller, const u64 *args)
{
	(void)args;
	return session_new(process_of(caller));
}
