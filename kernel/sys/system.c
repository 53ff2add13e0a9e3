/* system.c - about the machine: names, numbers, limits, entropy. */
#include "kernel/abi/errno.h"
#include "kernel/abi/uname.h"
#include "kernel/dev/random.h"
#include "kernel/fs/files.h"
#include "kernel/mm/page.h"
#include "kernel/space/space.h"
#include "kernel/proc/load.h"
#include "kernel/proc/process.h"
#include "kernel/sys/sys.h"
#include "kernel/task/task.h"
#include "kernel/space/user.h"

struct abi_utsname {
	char system[65], node[65], release[65], version[65], machine[65], domain[65];
};
_Static_assert(sizeof(struct abi_utsname) == 390, "utsname");

long sys_uname(struct co *caller, const u64 *args)
{
	static const struct abi_utsname name = { UNAME_SYSTEM,	UNAME_NODE,    UNAME_RELEASE,
						 UNAME_VERSION, UNAME_MACHINE, "(none)" };

	return user_write(caller, user_space_of(caller), args[0], &name, sizeof(name));
}

struct abi_sysinfo {
	s64 uptime;
	u64 loads[3], total, free, shared, buffers, swap_total, swap_free;
	u16 processes, padding;
	u64 high_total, high_free;
	u32 unit;
};
_Static_assert(sizeof(struct abi_sysinfo) == 112, "sysinfo");
enum { SYSINFO_ONE = 1 << 16 }; /* an average load of one */

static struct abi_sysinfo sysinfo_of(const struct thread_counts *counts)
{
	struct abi_sysinfo info = {
		.uptime = (s64)(clock_now() / 1000000000),
		.total = page_total_count() * PAGE_SIZE,
		.free = page_free_count() * PAGE_SIZE,
		.processes = (u16)min(counts->threads, (u32)UINT16_MAX),
		.unit = 1,
	};

	load_averages(info.loads);
	for (u32 i = 0; i < 3; i++)
		info.loads[i] *= SYSINFO_ONE / LOAD_ONE;
	return info;
}

struct sysinfo_call {
	struct co co;
	u64 to;
	struct thread_counts counts;
};

CO_STEP(sysinfo_call)
{
	CO_FRAME(sysinfo_call);
	struct abi_sysinfo info;
	long err;

	CO_BEGIN;
	AWAIT(err, load_count(co, &f->counts));
	if (err)
		CO_RETURN(err);
	info = sysinfo_of(&f->counts);
	AWAIT(err, user_write(co, user_space_of(co), f->to, &info, sizeof(info)));
	CO_RETURN(err);
	CO_END;
}

long sys_sysinfo(struct co *caller, const u64 *args)
{
	return CO_CALL(sysinfo_call, caller, .to = args[0]);
}

struct getrandom_call {
	struct co co;
	struct user_buffer to;
	u64 bytes;
	u8 piece[64];
};

CO_STEP(getrandom_call)
{
	CO_FRAME(getrandom_call);
	u64 n;
	long err;

	CO_BEGIN;
	while (f->to.left) {
		n = min(f->to.left, sizeof(f->piece));
		random_bytes(f->piece, n);
		if (!user_copy_out(&f->to, f->piece, n)) {
			AWAIT(err, user_fault_in(co, &f->to));
			if (err)
				CO_RETURN(err);
		} else if (task_should_yield()) {
			AWAIT(err, task_yield(co));
		}
	}
	CO_RETURN((long)f->bytes);
	CO_END;
}

enum { GRND_NONBLOCK = 1, GRND_RANDOM = 2, GRND_INSECURE = 4 };

long sys_getrandom(struct co *caller, const u64 *args)
{
	u64 bytes = min(args[1], 1ul << 20);

	if (args[2] & ~(u64)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	return CO_CALL(getrandom_call, caller, .to = user_buffer(user_space_of(caller), args[0], bytes, true),
		       .bytes = bytes);
}
