/* usage.c - what processes have used: getrusage, times. */
#include "kernel/sys/usage.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"

static struct abi_timeval timeval_of(u64 ns)
{
	return (struct abi_timeval){ (s64)(ns / 1000000000), (s64)(ns / 1000 % 1000000) };
}

struct abi_rusage usage_fill(const struct usage *usage)
{
	return (struct abi_rusage){
		.user = timeval_of(usage_user_ns(usage)),
		.system = timeval_of(usage->system_ns),
		.max_rss = (s64)(usage->peak_pages * (PAGE_SIZE / 1024)),
		.minor_faults = (s64)usage_minor_faults(usage),
		.major_faults = (s64)usage->major_faults,
		.switches = (s64)(usage->turns - min(usage->turns, usage->yields)),
		.forced_switches = (s64)usage->yields,
	};
}

long sys_getrusage(struct co *caller, const u64 *args)
{
	struct process *process = process_of(caller);
	struct abi_rusage rusage;
	struct usage usage;

	switch ((s32)args[0]) {
	case RUSAGE_SELF:
		usage = process_usage(process);
		break;
	case RUSAGE_CHILDREN:
		usage = process_usage_children(process);
		break;
	case RUSAGE_THREAD:
		usage = thread_usage(thread_of(caller));
		usage.peak_pages = process_usage(process).peak_pages;
		break;
	default:
		return -EINVAL;
	}
	rusage = usage_fill(&usage);
	return user_write(caller, user_space_of(caller), args[1], &rusage, sizeof(rusage));
}

enum { TICK_NS = 10000000 }; /* 100 a second */

long sys_times(struct co *caller, const u64 *args)
{
	struct usage own = process_usage(process_of(caller)), children = process_usage_children(process_of(caller));
	u64 times[4] = { usage_user_ns(&own) / TICK_NS, own.system_ns / TICK_NS, usage_user_ns(&children) / TICK_NS,
			 children.system_ns / TICK_NS };
	long now = (long)(clock_now() / TICK_NS);

	if (!args[0])
		return now;
	return user_write_answer(caller, user_space_of(caller), args[0], times, sizeof(times), now);
}
