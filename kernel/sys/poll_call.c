/* poll_call.c - see poll_call.h.
 *
 * A scan of many descriptors lets others run in between; what changes meanwhile is noticed by the set.
 */
#include "kernel/sys/poll_call.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/thread.h"
#include "kernel/sys/descriptor.h"

enum { KALLOC_MAX = 2048 };

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
static u32 scan_first(struct poll_call *call, const struct co *co, u32 i, bool ready)
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
	struct poll_call *call;
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

long poll_call_deadline(struct poll_call *call, const struct co *co)
{
	u64 ns;

	call->deadline = TIME_NEVER;
	if (!call->timeout)
		return 0;
	if (!timespec_to_ns(&call->time, &ns))
		return -EINVAL;
	call->deadline = ns ? signal_deadline(thread_of(co), deadline_after(ns)) : 0;
	return 0;
}

bool poll_call_rest(struct poll_call *call)
{
	u64 now = clock_now();

	if (!call->timeout || !call->deadline || call->deadline == TIME_NEVER)
		return false;
	call->time = timespec_from_ns(call->deadline > now ? call->deadline - now : 0);
	return true;
}

long poll_call_memory(struct poll_call *call)
{
	if (!call->count)
		return 0;
	call->fds = array_alloc(call->count * sizeof(*call->fds));
	call->watches = array_alloc(call->count * sizeof(*call->watches));
	return call->fds && call->watches ? 0 : -ENOMEM;
}

void poll_call_done(struct poll_call *call)
{
	array_free(call->fds, call->count * sizeof(*call->fds));
	array_free(call->watches, call->count * sizeof(*call->watches));
}

/* Leave with the last watch that was entered; false: there is none any more. */
static bool leave_one(struct poll_call *call)
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

struct poll_call_run {
	struct co co;
	struct poll_call *call;
	long ready, error;
};

CO_STEP(poll_call_run)
{
	CO_FRAME(poll_call_run);
	struct poll_call *call = f->call;
	long err, ready;

	CO_BEGIN;
	poll_set_init(&call->set);
	AWAIT(ready, CO_CALL(poll_scan, co, .call = call, .first = true));
	f->ready = ready;
	while (!f->ready && !f->error && call->deadline) {
		AWAIT(err, poll_set_wait(co, &call->set, call->deadline));
		f->error = err;
		/* also after the deadline or a signal: what is ready comes before both */
		AWAIT(ready, CO_CALL(poll_scan, co, .call = call));
		f->ready = ready;
	}
	while (leave_one(call))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	if (f->ready)
		CO_RETURN(f->ready);
	CO_RETURN(f->error == -ETIME ? 0 : f->error);
	CO_END;
}

long poll_call_run(struct co *caller, struct poll_call *call)
{
	return CO_CALL(poll_call_run, caller, .call = call);
}
