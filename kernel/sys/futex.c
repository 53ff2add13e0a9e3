/* futex.c - the futex call: which kind, and until when. */
#include "kernel/abi/errno.h"
#include "kernel/abi/sched.h"
#include "kernel/mm/user.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/sys.h"
#include "kernel/sys/timespec.h"

struct futex_call {
	struct co co;
	struct space *space;
	u64 address, timeout;
	u32 command, value, bits;
	struct abi_timespec time;
	bool realtime;
};

CO_STEP(futex_call)
{
	CO_FRAME(futex_call);
	u64 deadline = TIME_NEVER, ns;
	long err;

	CO_BEGIN;
	if (f->timeout) {
		AWAIT(err, user_read(co, f->space, &f->time, f->timeout, sizeof(f->time)));
		if (err)
			CO_RETURN(err);
		if (!timespec_to_ns(&f->time, &ns))
			CO_RETURN(-EINVAL);
		/* FUTEX_WAIT counts from now; the others name a time on their clock */
		deadline = f->command == FUTEX_WAIT ? deadline_after(ns) : f->realtime ? realtime_deadline(ns) : ns;
	}
	AWAIT(err, futex_wait(co, f->space, f->address, f->value, deadline, f->bits));
	CO_RETURN(err);
	CO_END;
}

long sys_futex(struct co *caller, const u64 *args)
{
	struct space *space = user_space_of(caller);
	u32 command = (u32)args[1] & FUTEX_COMMAND, bits = FUTEX_ANY;

	if (((u32)args[1] & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT_BITSET:
		bits = (u32)args[5];
		/* fall through */
	case FUTEX_WAIT:
		if (!bits || args[0] % 4)
			return -EINVAL;
		return CO_CALL(futex_call, caller, .space = space, .address = args[0], .timeout = args[3],
			       .command = command, .value = (u32)args[2], .bits = bits,
			       .realtime = args[1] & FUTEX_CLOCK_REALTIME);
	case FUTEX_WAKE_BITSET:
		bits = (u32)args[5];
		/* fall through */
	case FUTEX_WAKE:
		if (!bits || args[0] % 4)
			return -EINVAL;
		return futex_wake(space, args[0], (u32)args[2], bits);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(space, args[0], args[4], (u32)args[2], (u32)args[3], command == FUTEX_CMP_REQUEUE,
				     (u32)args[5]);
	default:
		return -ENOSYS;
	}
}
