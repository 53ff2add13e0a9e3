/* poll.c - ppoll: wait until one of up to 1024 descriptors is ready. */
#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/poll_call.h"
#include "kernel/sys/sys.h"

enum { SIGNAL_SET_BYTES = 8 };

struct ppoll_call {
	struct co co;
	u64 address, mask_address, mask;
	struct poll_call poll;
	long result;
};

/* Copy the descriptors in and find out how long to wait. */
struct poll_prepare {
	struct co co;
	struct ppoll_call *call;
};

CO_STEP(poll_prepare)
{
	CO_FRAME(poll_prepare);
	struct ppoll_call *call = f->call;
	struct poll_call *poll = &call->poll;
	long err;

	CO_BEGIN;
	err = 0;
	if (poll->timeout)
		AWAIT(err, user_read(co, user_space_of(co), &poll->time, poll->timeout, sizeof(poll->time)));
	if (!err)
		err = poll_call_deadline(poll, co);
	/* more than there can be descriptors; Linux, too, looks at the timeout first */
	if (!err && poll->count > FILES_MAX)
		err = -EINVAL;
	if (!err)
		err = poll_call_memory(poll);
	if (!err)
		AWAIT(err,
		      user_read(co, user_space_of(co), poll->fds, call->address, poll->count * sizeof(*poll->fds)));
	if (!err && call->mask_address)
		AWAIT(err, user_read(co, user_space_of(co), &call->mask, call->mask_address, sizeof(call->mask)));
	if (!err && call->mask_address)
		signal_mask_swap(thread_of(co), call->mask);
	CO_RETURN(err);
	CO_END;
}

/* Copy the results out, and them alone: the rest is the caller's, who may be changing it. 0 or -EFAULT. */
struct poll_deliver {
	struct co co;
	struct ppoll_call *call;
	u32 i;
};

CO_STEP(poll_deliver)
{
	CO_FRAME(poll_deliver);
	struct poll_call *poll = &f->call->poll;
	long err;
	u64 to;

	CO_BEGIN;
	for (; f->i < poll->count; f->i++) {
		to = f->call->address + f->i * sizeof(*poll->fds) + offsetof(struct abi_pollfd, revents);
		AWAIT(err, user_write(co, user_space_of(co), to, &poll->fds[f->i].revents, sizeof(u16)));
		if (err)
			CO_RETURN(err);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN(0);
	CO_END;
}

CO_STEP(ppoll_call)
{
	CO_FRAME(ppoll_call);
	long err;

	CO_BEGIN;
	AWAIT(err, CO_CALL(poll_prepare, co, .call = f));
	f->result = err;
	if (err)
		goto out;
	AWAIT(err, poll_call_run(co, &f->poll));
	f->result = err;
	if (f->result >= 0) {
		AWAIT(err, CO_CALL(poll_deliver, co, .call = f));
		f->result = err ? err : f->result;
	}
	/* Linux, too, does not mind if that fails: the timeout may be a constant */
	if (poll_call_rest(&f->poll))
		AWAIT(err, user_write(co, user_space_of(co), f->poll.timeout, &f->poll.time, sizeof(f->poll.time)));
out:
	poll_call_done(&f->poll);
	CO_RETURN(signal_mask_back(thread_of(co), f->result));
	CO_END;
}

long sys_ppoll(struct co *caller, const u64 *args)
{
	if (args[3] && args[4] != SIGNAL_SET_BYTES)
		return -EINVAL;
	return CO_CALL(ppoll_call, caller, .address = args[0], .mask_address = args[3],
		       .poll = { .count = (u32)args[1], .timeout = args[2] });
}
