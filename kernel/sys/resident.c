/* resident.c - mlock, mincore, and what mmap and madvise bring in. Nothing here is ever swapped, so a page that is in
 * memory stays there: to lock is to bring in, and to unlock is nothing. */
#include "kernel/sys/resident.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/space.h"
#include "kernel/mm/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

/* The pages that hold [address, address + bytes), inside user memory: false when there are none such. */
static bool page_range(u64 *address, u64 *bytes)
{
	u64 start = ALIGN_DOWN(*address, PAGE_SIZE), end = *address + *bytes;

	if (end < *address || end > USER_MAX)
		return false;
	*address = start;
	*bytes = ALIGN_UP(end, PAGE_SIZE) - start;
	return true;
}

/* --- mlock --- */

enum { MLOCK_ONFAULT = 1 };

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
	/* Linux' words: nothing is there, or cannot be touched: ENOMEM; no memory for it: EAGAIN */
	if (err == -EFAULT || err == -EINVAL || err == -EACCES || err == -ENXIO)
		err = -ENOMEM;
	CO_RETURN(err);
	CO_END;
}

static long lock(struct co *caller, u64 address, u64 bytes)
{
	if (!page_range(&address, &bytes))
		return -ENOMEM;
	return bytes ? CO_CALL(lock_call, caller, .address = address, .bytes = bytes) : 0;
}

long sys_mlock(struct co *caller, const u64 *args)
{
	return lock(caller, args[0], args[1]);
}

long sys_mlock2(struct co *caller, const u64 *args)
{
	if (args[2] & ~(u64)MLOCK_ONFAULT)
		return -EINVAL;
	return args[2] ? 0 : lock(caller, args[0], args[1]);
}

long sys_munlock(struct co *caller, const u64 *args)
{
	u64 address = args[0], bytes = args[1];

	(void)caller;
	return page_range(&address, &bytes) ? 0 : -ENOMEM;
}

/* --- madvise --- */

struct populate_call {
	struct co co;
	u64 address, bytes;
	enum populate how;
};

CO_STEP(populate_call)
{
	CO_FRAME(populate_call);
	long err;

	CO_BEGIN;
	AWAIT(err, space_populate(co, process_of(co)->space, f->address, f->bytes, f->how));
	CO_RETURN(err == -EACCES ? -EINVAL : err == -ENXIO ? -EFAULT : err);
	CO_END;
}

long madvise_populate(struct co *caller, u64 address, u64 bytes, bool write)
{
	return CO_CALL(populate_call, caller, .address = address, .bytes = bytes,
		       .how = write ? POPULATE_WRITE : POPULATE_READ);
}

/* --- mincore --- */

enum { MINCORE_BATCH = 256 };

struct mincore_call {
	struct co co;
	u64 address, pages, to;
	u32 n;
	u8 *answers; /* MINCORE_BATCH of them */
};

CO_STEP(mincore_call)
{
	CO_FRAME(mincore_call);
	long err;

	CO_BEGIN;
	err = 0;
	for (; f->pages; f->pages -= f->n, f->address += f->n * PAGE_SIZE, f->to += f->n) {
		f->n = (u32)min(f->pages, (u64)MINCORE_BATCH);
		err = space_resident(process_of(co)->space, f->address, f->answers, f->n);
		if (err)
			break;
		AWAIT(err, deliver(co, f->to, (char *)f->answers, f->n));
		if (err)
			break;
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	kfree(f->answers, MINCORE_BATCH);
	CO_RETURN(err);
	CO_END;
}

long sys_mincore(struct co *caller, const u64 *args)
{
	u64 address = args[0], bytes = args[1];
	u8 *answers;

	if (address % PAGE_SIZE)
		return -EINVAL;
	if (!page_range(&address, &bytes))
		return -ENOMEM;
	answers = kalloc(MINCORE_BATCH);
	if (!answers)
		return -EAGAIN;
	return CO_CALL_OR(kfree(answers, MINCORE_BATCH), mincore_call, caller, .address = address,
			  .pages = bytes / PAGE_SIZE, .to = args[2], .answers = answers);
}
