/* credentials.c - users and groups: asking for them, changing them. */
#include "kernel/proc/credentials.h"

#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/sys.h"

long sys_getuid(struct co *caller, const u64 *args)
{
	(void)args;
	return load_relaxed(&process_of(caller)->users.real);
}

long sys_geteuid(struct co *caller, const u64 *args)
{
	(void)args;
	return load_relaxed(&process_of(caller)->users.effective);
}

long sys_getgid(struct co *caller, const u64 *args)
{
	(void)args;
	return load_relaxed(&process_of(caller)->groups.real);
}

long sys_getegid(struct co *caller, const u64 *args)
{
	(void)args;
	return load_relaxed(&process_of(caller)->groups.effective);
}

long sys_setuid(struct co *caller, const u64 *args)
{
	return id_set_one(process_of(caller), ID_USERS, (u32)args[0]);
}

long sys_setgid(struct co *caller, const u64 *args)
{
	return id_set_one(process_of(caller), ID_GROUPS, (u32)args[0]);
}

long sys_setreuid(struct co *caller, const u64 *args)
{
	return id_set_two(process_of(caller), ID_USERS, (u32)args[0], (u32)args[1]);
}

long sys_setregid(struct co *caller, const u64 *args)
{
	return id_set_two(process_of(caller), ID_GROUPS, (u32)args[0], (u32)args[1]);
}

long sys_setresuid(struct co *caller, const u64 *args)
{
	return id_set_three(process_of(caller), ID_USERS, (u32)args[0], (u32)args[1], (u32)args[2]);
}

long sys_setresgid(struct co *caller, const u64 *args)
{
	return id_set_three(process_of(caller), ID_GROUPS, (u32)args[0], (u32)args[1], (u32)args[2]);
}

long sys_setfsuid(struct co *caller, const u64 *args)
{
	return id_set_files(process_of(caller), ID_USERS, (u32)args[0]);
}

long sys_setfsgid(struct co *caller, const u64 *args)
{
	return id_set_files(process_of(caller), ID_GROUPS, (u32)args[0]);
}

/* --- getresuid, getresgid --- */

struct getres_call {
	struct co co;
	u64 to[3];
	u32 ids[3];
	u32 done;
};

CO_STEP(getres_call)
{
	CO_FRAME(getres_call);
	long err;

	CO_BEGIN;
	for (f->done = 0; f->done < 3; f->done++) {
		AWAIT(err, user_write(co, user_space_of(co), f->to[f->done], &f->ids[f->done], sizeof(u32)));
		if (err)
			CO_RETURN(err);
	}
	CO_RETURN(0);
	CO_END;
}

static long getres(struct co *caller, const u64 *args, enum id_kind kind)
{
	struct id_set set = id_get_all(process_of(caller), kind);

	return CO_CALL(getres_call, caller, .to = { args[0], args[1], args[2] },
		       .ids = { set.real, set.effective, set.saved });
}

long sys_getresuid(struct co *caller, const u64 *args)
{
	return getres(caller, args, ID_USERS);
}

long sys_getresgid(struct co *caller, const u64 *args)
{
	return getres(caller, args, ID_GROUPS);
}

/* --- further groups --- */

long sys_getgroups(struct co *caller, const u64 *args)
{
	u32 groups[FURTHER_GROUPS_MAX], count = further_groups_get(process_of(caller), groups);

	if ((s32)args[0] < 0 || (args[0] && (u32)args[0] < count))
		return -EINVAL;
	if (!args[0])
		return count;
	return user_write_answer(caller, user_space_of(caller), args[1], groups, count * sizeof(u32), count);
}

struct setgroups_call {
	struct co co;
	u64 address;
	u32 count;
	u32 groups[FURTHER_GROUPS_MAX];
};

CO_STEP(setgroups_call)
{
	CO_FRAME(setgroups_call);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), f->groups, f->address, f->count * sizeof(u32)));
	CO_RETURN(err ? err : further_groups_set(process_of(co), f->groups, f->count));
	CO_END;
}

long sys_setgroups(struct co *caller, const u64 *args)
{
	if (load_relaxed(&process_of(caller)->users.effective))
		return -EPERM;
	if ((u32)args[0] > FURTHER_GROUPS_MAX)
		return -EINVAL;
	return CO_CALL(setgroups_call, caller, .count = (u32)args[0], .address = args[1]);
}
