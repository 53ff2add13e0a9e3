/* poll.c - ppoll: wait until one of up to 1024 descriptors is ready.
 *
 *     prepare: copy the descriptors in -> scan, entering -> [ wait -> scan ]* -> finish: leave, copy the results out
 *
 * A scan of many descriptors lets others run in between; what changes meanwhile is noticed by the set.
 */
#include "kernel/sys/poll.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/user.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"
#include "kernel/sys/timespec.h"

enum { KALLOC_MAX = 2048, SIGNAL_SET_BYTES = 8 };

struct ppoll_call {
	struct co co;
	u64 address, timeout, mask_address, mask;
	u32 count;
	struct abi_timespec time;
	u64 deadline; /* 0: only look */
	struct poll_set set;
	struct abi_pollfd *fds;	    /* count of them */
	struct poll_watch *watches; /* likewise; file NULL: not entered */
	u32 entered;		    /* watches that have been filled in */
	long ready;		    /* descriptors with results, or an error */
	long error;		    /* of the wait */
};

/* --- memory: small arrays are slab objects, larger ones runs of pages --- */

static u32 pages_order(u64 bytes)
{
	u32 order = 0;

	while (((u64)PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

static void *array_alloc(u64 bytes)
{
	struct page *pages;

	if (bytes <= KALLOC_MAX)
		return kalloc(bytes);
	pages = page_alloc(pages_order(bytes));
	return pages ? page_to_virt(pages) : NULL;
}

static void array_free(void *array, u64 bytes)
{
	if (!array)
		return;
	if (bytes <= KALLOC_MAX)
		kfree(array, bytes);
	else
		page_free(virt_to_page(array), pages_order(bytes));
}

/* --- scanning --- */

/* Descriptor I for the first time. READY: something is, so there will be no wait, and nobody needs to tell us of
 * changes. */
static u32 scan_first(struct ppoll_call *call, const struct co *co, u32 i, bool ready)
{
	struct poll_watch *watch = &call->watches[i];
	struct abi_pollfd *fd = &call->fds[i];
	struct file *file;
	u32 events;

	*watch = (struct poll_watch){ 0 };
	call->entered = i + 1;
	if (fd->fd < 0)
		return 0;
	file = descriptor_file(co, fd->fd);
	if (!file)
		return POLL_NVAL;
	if (call->deadline && !ready)
		return poll_watch_enter(watch, &call->set, file, fd->events);
	events = poll_file(file, fd->events);
	file_put(file);
	return events;
}

/* Look at every descriptor: how many have results. */
struct poll_scan {
	struct co co;
	struct ppoll_call *call;
	u32 i, ready;
	bool first;
};

static void scan_one(struct poll_scan *f)
{
	struct poll_watch *watch = &f->call->watches[f->i];
	u32 events = 0;

	if (f->first)
		events = scan_first(f->call, &f->co, f->i, f->ready);
	else if (watch->file)
		events = poll_watch_look(watch);
	f->call->fds[f->i].revents = (u16)events;
	f->ready += !!events;
}

CO_STEP(poll_scan)
{
	CO_FRAME(poll_scan);
	long err;

	CO_BEGIN;
	for (; f->i < f->call->count; f->i++) {
		scan_one(f);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	(void)err;
	CO_RETURN(f->ready);
	CO_END;
}

/* --- the call --- */

/* Copy the descriptors in and find out how long to wait. */
struct poll_prepare {
	struct co co;
	struct ppoll_call *call;
};

/* The caller's timeout is in call->time, if it gave one. */
static long prepare_deadline(struct ppoll_call *call)
{
	u64 ns;

	call->deadline = TIME_NEVER;
	if (!call->timeout)
		return 0;
	if (!timespec_to_ns(&call->time, &ns))
		return -EINVAL;
	call->deadline = ns ? signal_deadline(thread_of(&call->co), deadline_after(ns)) : 0;
	return 0;
}

static u64 fds_bytes(const struct ppoll_call *call)
{
	return call->count * sizeof(*call->fds);
}

static long prepare_memory(struct ppoll_call *call)
{
	if (!call->count)
		return 0;
	call->fds = array_alloc(fds_bytes(call));
	call->watches = array_alloc(call->count * sizeof(*call->watches));
	return call->fds && call->watches ? 0 : -ENOMEM;
}

CO_STEP(poll_prepare)
{
	CO_FRAME(poll_prepare);
	struct ppoll_call *call = f->call;
	long err;

	CO_BEGIN;
	err = 0;
	if (call->timeout)
		AWAIT(err, user_read(co, user_space_of(co), &call->time, call->timeout, sizeof(call->time)));
	if (!err)
		err = prepare_deadline(call);
	/* more than there can be descriptors; Linux, too, looks at the timeout first */
	if (!err && call->count > FILES_MAX)
		err = -EINVAL;
	if (!err)
		err = prepare_memory(call);
	if (!err)
		AWAIT(err, user_read(co, user_space_of(co), call->fds, call->address, fds_bytes(call)));
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
	struct ppoll_call *call = f->call;
	long err;
	u64 to;

	CO_BEGIN;
	for (; f->i < call->count; f->i++) {
		to = call->address + f->i * sizeof(*call->fds) + offsetof(struct abi_pollfd, revents);
		AWAIT(err, user_write(co, user_space_of(co), to, &call->fds[f->i].revents, sizeof(u16)));
		if (err)
			CO_RETURN(err);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_RETURN(0);
	CO_END;
}

/* What is left of the timeout, for the caller, as Linux tells it. True: the caller shall be told. */
static bool ppoll_rest(struct ppoll_call *call)
{
	u64 now = clock_now();

	if (!call->timeout || !call->deadline || call->deadline == TIME_NEVER)
		return false;
	call->time = timespec_from_ns(call->deadline > now ? call->deadline - now : 0);
	return true;
}

/* Leave with the last watch that was entered; false: there is none any more. */
static bool ppoll_leave_one(struct ppoll_call *call)
{
	struct poll_watch *watch;

	if (!call->entered)
		return false;
	watch = &call->watches[--call->entered];
	if (watch->file) {
		poll_watch_leave(watch);
		file_put(watch->file);
	}
	return true;
}

/* The result, and the end of the memory. */
static long ppoll_end(struct ppoll_call *call)
{
	array_free(call->fds, fds_bytes(call));
	array_free(call->watches, call->count * sizeof(*call->watches));
	if (call->ready)
		return call->ready;
	return call->error == -ETIME ? 0 : call->error;
}

CO_STEP(ppoll_call)
{
	CO_FRAME(ppoll_call);
	long err, ready;

	CO_BEGIN;
	AWAIT(err, CO_CALL(poll_prepare, co, .call = f));
	f->error = err;
	if (err)
		CO_RETURN(ppoll_end(f));
	poll_set_init(&f->set);
	AWAIT(ready, CO_CALL(poll_scan, co, .call = f, .first = true));
	f->ready = ready;
	while (!f->ready && !f->error && f->deadline) {
		AWAIT(err, poll_set_wait(co, &f->set, f->deadline));
		f->error = err;
		/* also after the deadline or a signal: what is ready comes before both */
		AWAIT(ready, CO_CALL(poll_scan, co, .call = f));
		f->ready = ready;
	}
	while (ppoll_leave_one(f))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	if (f->ready >= 0) {
		AWAIT(err, CO_CALL(poll_deliver, co, .call = f));
		f->ready = err ? err : f->ready;
	}
	/* Linux, too, does not mind if that fails: the timeout may be a constant */
	if (ppoll_rest(f))
		AWAIT(err, user_write(co, user_space_of(co), f->timeout, &f->time, sizeof(f->time)));
	CO_RETURN(signal_mask_back(thread_of(co), ppoll_end(f)));
	CO_END;
}

long sys_ppoll(struct co *caller, const u64 *args)
{
	if (args[3] && args[4] != SIGNAL_SET_BYTES)
		return -EINVAL;
	return CO_CALL(ppoll_call, caller, .address = args[0], .count = (u32)args[1], .timeout = args[2],
		       .mask_address = args[3]);
}
