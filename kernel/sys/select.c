/* select.c - pselect6: ppoll with three sets of bits. The sets become an array of descriptors, and its results become
 * sets again. */
#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/mm/slab.h"
#include "kernel/space/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/poll_call.h"
#include "kernel/sys/sys.h"

enum { SETS = 3, SET_WORDS = FILES_MAX / 64, SIGNAL_SET_BYTES = 8 };

/* What a bit of each set asks for, and what answers it. */
static const u16 asked[SETS] = { POLL_IN, POLL_OUT, POLL_PRI };
static const u16 answers[SETS] = { POLL_IN | POLL_HUP | POLL_ERR, POLL_OUT | POLL_ERR, POLL_PRI };

struct select_sets {
	u64 words[SETS][SET_WORDS];
};

struct select_call {
	struct co co;
	u32 descriptors; /* below this one */
	u32 i;
	u64 address[SETS]; /* 0: nobody asks for that */
	u64 mask_argument; /* where address and size of the signal mask are */
	struct {
		u64 address, bytes;
	} mask_at;
	u64 mask;
	struct select_sets *sets;
	struct poll_call poll;
	long result;
};

static u64 set_bytes(const struct select_call *call)
{
	return ALIGN_UP(call->descriptors, 64u) / 8;
}

static u16 events_of(const struct select_sets *sets, u32 fd)
{
	u16 events = 0;

	for (u32 set = 0; set < SETS; set++)
		if (sets->words[set][fd / 64] & BIT(fd % 64))
			events |= asked[set];
	return events;
}

/* The descriptors that are in any set. 0 or -ENOMEM. */
static long array_of_sets(struct select_call *call)
{
	struct poll_call *poll = &call->poll;
	u32 n = 0;
	long err;

	for (u32 fd = 0; fd < call->descriptors; fd++)
		poll->count += !!events_of(call->sets, fd);
	err = poll_call_memory(poll);
	for (u32 fd = 0; !err && fd < call->descriptors; fd++)
		if (events_of(call->sets, fd))
			poll->fds[n++] = (struct abi_pollfd){ .fd = (s32)fd, .events = events_of(call->sets, fd) };
	return err;
}

/* The sets, from the results: how many bits are set, or -EBADF. */
static long sets_of_array(struct select_call *call)
{
	long bits = 0;

	__builtin_memset(call->sets, 0, sizeof(*call->sets));
	for (u32 i = 0; i < call->poll.count; i++) {
		struct abi_pollfd *fd = &call->poll.fds[i];

		if (fd->revents & POLL_NVAL)
			return -EBADF;
		for (u32 set = 0; set < SETS; set++) {
			if (!(fd->events & asked[set]) || !(fd->revents & answers[set]))
				continue;
			call->sets->words[set][fd->fd / 64] |= BIT(fd->fd % 64);
			bits++;
		}
	}
	return bits;
}

/* Copy everything in. */
struct select_prepare {
	struct co co;
	struct select_call *call;
	u32 i;
};

CO_STEP(select_prepare)
{
	CO_FRAME(select_prepare);
	struct select_call *call = f->call;
	struct poll_call *poll = &call->poll;
	long err;

	CO_BEGIN;
	if (poll->timeout) {
		AWAIT(err, user_read(co, user_space_of(co), &poll->time, poll->timeout, sizeof(poll->time)));
		if (err)
			CO_RETURN(err);
	}
	err = poll_call_deadline(poll, co);
	if (err)
		CO_RETURN(err);
	for (; f->i < SETS; f->i++) {
		if (!call->address[f->i])
			continue;
		AWAIT(err,
		      user_read(co, user_space_of(co), call->sets->words[f->i], call->address[f->i], set_bytes(call)));
		if (err)
			CO_RETURN(err);
	}
	err = array_of_sets(call);
	if (!err && call->mask_argument)
		AWAIT(err,
		      user_read(co, user_space_of(co), &call->mask_at, call->mask_argument, sizeof(call->mask_at)));
	if (err || !call->mask_at.address)
		CO_RETURN(err);
	if (call->mask_at.bytes != SIGNAL_SET_BYTES)
		CO_RETURN(-EINVAL);
	AWAIT(err, user_read(co, user_space_of(co), &call->mask, call->mask_at.address, sizeof(call->mask)));
	if (!err)
		signal_mask_swap(thread_of(co), call->mask);
	CO_RETURN(err);
	CO_END;
}

CO_STEP(select_call)
{
	CO_FRAME(select_call);
	long err;

	CO_BEGIN;
	AWAIT(err, CO_CALL(select_prepare, co, .call = f));
	f->result = err;
	if (err)
		goto out;
	AWAIT(err, poll_call_run(co, &f->poll));
	f->result = err < 0 ? err : sets_of_array(f);
	for (; f->result >= 0 && f->i < SETS; f->i++) {
		if (!f->address[f->i])
			continue;
		AWAIT(err, user_write(co, user_space_of(co), f->address[f->i], f->sets->words[f->i], set_bytes(f)));
		if (err)
			f->result = err;
	}
	/* as with ppoll, it does not matter if that fails */
	if (poll_call_rest(&f->poll))
		AWAIT(err, user_write(co, user_space_of(co), f->poll.timeout, &f->poll.time, sizeof(f->poll.time)));
out:
	poll_call_done(&f->poll);
	kfree(f->sets, sizeof(*f->sets));
	CO_RETURN(signal_mask_back(thread_of(co), f->result));
	CO_END;
}

long sys_pselect6(struct co *caller, const u64 *args)
{
	struct select_sets *sets;

	if ((s32)args[0] < 0)
		return -EINVAL;
	sets = kalloc(sizeof(*sets));
	if (!sets)
		return -ENOMEM;
	__builtin_memset(sets, 0, sizeof(*sets));
	return CO_CALL_OR(kfree(sets, sizeof(*sets)), select_call, caller,
			  .descriptors = min((u32)args[0], (u32)FILES_MAX), .address = { args[1], args[2], args[3] },
			  .mask_argument = args[5], .sets = sets, .poll = { .timeout = args[4] });
}
