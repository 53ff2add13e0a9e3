/* resident.c - which pages are in memory (mincore), and what madvise brings in. Nothing here is ever swapped: a page
 * that is in memory stays there. */
#include "kernel/sys/resident.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/mm/slab.h"
#include "kernel/map/map.h"
#include "kernel/space/user.h"
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
