/* memory.c - brk, mmap and their relatives. */
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/shared_memory.h"
#include "kernel/map/map.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/resident.h"
#include "kernel/sys/sys.h"

/* Are areas that PROCESS makes now locked, and brought in at once? */
static bool locks_new(const struct process *process)
{
	return load_relaxed(&process->space->lock_future);
}

static bool brings_new(const struct process *process)
{
	return load_relaxed(&process->space->lock_future) == AREA_LOCKED;
}

/* Grow the heap, whose new pages are locked. */
struct brk_call {
	struct co co;
	u64 old, brk;
};

CO_STEP(brk_call)
{
	CO_FRAME(brk_call);
	struct space *space = process_of(co)->space;
	long err;

	CO_BEGIN;
	AWAIT(err, space_brk(co, space, f->brk));
	f->brk = (u64)err;
	if (f->brk > f->old && brings_new(process_of(co)))
		AWAIT(err, space_populate_locked(co, space));
	(void)err; /* it has grown, also if not all of it could be brought in */
	CO_RETURN((long)f->brk);
	CO_END;
}

static bool may_grow(struct process *process, u64 brk)
{
	u64 more = brk - load_relaxed(&process->space->brk);

	return !limit_heap(process, brk - process->space->brk_start) && !limit_map(process, more) &&
	       (!locks_new(process) || !limit_lock(process, ALIGN_UP(more, PAGE_SIZE)));
}

long sys_brk(struct co *caller, const u64 *args)
{
	struct process *process = process_of(caller);
	struct space *space = process->space;
	bool grows = args[0] > load_relaxed(&space->brk);

	/* 0 asks where it is: the answer of a call that fails, too */
	if (grows && !may_grow(process, args[0]))
		return space_brk(caller, space, 0);
	if (grows && unlikely(locks_new(process)))
		return CO_CALL(brk_call, caller, .old = load_relaxed(&space->brk), .brk = args[0]);
	return space_brk(caller, space, args[0]);
}

/* [address, address + bytes), pages, inside user memory: the end, or 0. */
static u64 range_end(u64 address, u64 bytes)
{
	bytes = ALIGN_UP(bytes, PAGE_SIZE);
	if (address % PAGE_SIZE || !bytes || bytes > USER_MAX || address > USER_MAX - bytes)
		return 0;
	return address + bytes;
}

struct mapping {
	u64 address, bytes, offset;
	u32 prot, map_flags, area_flags;
	struct file *file; /* referenced; NULL: anonymous */
};

struct mmap_call {
	struct co co;
	struct mapping m;
	long result;
};

/* May FILE be mapped like this? */
static long file_check(struct file *file, u32 prot, u32 area_flags, u64 offset, u64 bytes)
{
	if (!file->ops->map)
		return -ENODEV;
	if (!file_can_read(file))
		return -EACCES;
	if ((area_flags & AREA_SHARED) && (prot & PROT_WRITE) && !file_can_write(file))
		return -EACCES;
	return file->ops->map_check ? file->ops->map_check(file, offset, bytes) : 0;
}

static bool populates(const struct process *process, u32 map_flags)
{
	return (map_flags & MAP_LOCKED) || brings_new(process) ||
	       (map_flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE;
}

CO_STEP(mmap_call)
{
	CO_FRAME(mmap_call);
	struct space *space = process_of(co)->space;
	struct mapping *m = &f->m;
	long result;

	CO_BEGIN;
	do {
		if ((m->map_flags & MAP_FIXED) && !(m->map_flags & MAP_FIXED_NOREPLACE)) {
			AWAIT(result, space_unmap(co, space, m->address, m->bytes));
			if (result)
				break;
		}
		result = space_map(space, m->address, m->bytes, m->prot, m->area_flags, m->file, m->offset);
		/* a hint that cannot be followed is only a hint; a fixed place that another thread took is taken
		 * back */
		if (result == -EEXIST && !(m->map_flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
			result = space_map(space, 0, m->bytes, m->prot, m->area_flags, m->file, m->offset);
	} while (result == -EEXIST && !(m->map_flags & MAP_FIXED_NOREPLACE));
	if (result < 0 && m->file)
		file_put(m->file);
	if (result < 0 || !populates(process_of(co), m->map_flags))
		CO_RETURN(result);
	/* the mapping is there, also if not all of it could be brought in */
	f->result = result;
	AWAIT(result, space_populate(co, space, (u64)f->result, m->bytes, POPULATE_AS_MAPPED));
	CO_RETURN(f->result);
	CO_END;
}

/* May BYTES more be mapped, locked or not? */
static long map_check(struct process *process, u64 bytes, u32 map_flags)
{
	long err = limit_map(process, bytes);

	if (!err && (map_flags & MAP_LOCKED) && !limit_may_lock(process))
		err = -EPERM;
	if (!err && ((map_flags & MAP_LOCKED) || locks_new(process)))
		err = limit_lock(process, bytes);
	return err;
}

static long flags_check(u64 offset, u32 prot, u32 flags)
{
	u32 type = flags & MAP_TYPE;

	if (offset % PAGE_SIZE || (prot & ~(u32)(PROT_READ | PROT_WRITE | PROT_EXEC)))
		return -EINVAL;
	if (type != MAP_PRIVATE && type != MAP_SHARED && (type != MAP_SHARED_VALIDATE || flags & MAP_ANONYMOUS))
		return -EINVAL;
	if (type == MAP_SHARED_VALIDATE && flags & ~(u32)(MAP_OLD | MAP_TYPE))
		return -EOPNOTSUPP;
	return flags & MAP_HUGETLB ? -ENOMEM : 0; /* none are set aside */
}

/* Where M goes: what was asked for, if it must be that; else a hint, or 0. */
static long place_check(struct mapping *m)
{
	if (m->map_flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (m->address % PAGE_SIZE)
			return -EINVAL;
		if (m->address < USER_MIN)
			return -EPERM;
		return range_end(m->address, m->bytes) ? 0 : -ENOMEM;
	}
	m->address = ALIGN_DOWN(m->address, PAGE_SIZE);
	if (m->address < USER_MIN || !range_end(m->address, m->bytes))
		m->address = 0;
	return 0;
}

static u32 area_flags_of(u32 map_flags)
{
	u32 flags = 0;

	if (map_flags & MAP_LOCKED)
		flags |= AREA_LOCKED;
	if ((map_flags & MAP_TYPE) != MAP_PRIVATE)
		flags |= AREA_SHARED;
	if (map_flags & MAP_GROWSDOWN)
		flags |= AREA_GROWS_DOWN;
	return flags;
}

/* What M shows: the file of descriptor FD, a new one that is shared memory, or nothing. */
static long contents_find(struct co *caller, struct mapping *m, s32 fd)
{
	long err;

	if (m->map_flags & MAP_ANONYMOUS) {
		if (!(m->area_flags & AREA_SHARED))
			return 0;
		m->file = shared_memory_file(m->bytes, "dev/zero");
		m->offset = 0;
		return m->file ? 0 : -ENOMEM;
	}
	m->file = descriptor_file(caller, fd);
	if (!m->file)
		return -EBADF;
	err = m->offset + m->bytes < m->offset ? -EOVERFLOW
					       : file_check(m->file, m->prot, m->area_flags, m->offset, m->bytes);
	if (err)
		file_put(m->file);
	return err;
}

long sys_mmap(struct co *caller, const u64 *args)
{
	struct mapping m = { .address = args[0],
			     .bytes = ALIGN_UP(args[1], PAGE_SIZE),
			     .offset = args[5],
			     .prot = (u32)args[2],
			     .map_flags = (u32)args[3],
			     .area_flags = area_flags_of((u32)args[3]) };
	long err;

	if (!args[1])
		return -EINVAL;
	if (m.bytes < args[1] || m.bytes > USER_MAX)
		return -ENOMEM;
	err = flags_check(m.offset, m.prot, m.map_flags);
	if (!err)
		err = place_check(&m);
	if (!err)
		err = map_check(process_of(caller), m.bytes, m.map_flags);
	if (!err)
		err = contents_find(caller, &m, (s32)args[4]);
	if (err)
		return err;
	return CO_CALL_OR(m.file ? file_put(m.file) : (void)0, mmap_call, caller, .m = m);
}

long sys_munmap(struct co *caller, const u64 *args)
{
	if (!range_end(args[0], args[1]))
		return -EINVAL;
	return space_unmap(caller, process_of(caller)->space, args[0], ALIGN_UP(args[1], PAGE_SIZE));
}

/* What a locked range grows by is brought in. */
struct remap_locked {
	struct co co;
	struct remap request;
	long result;
};

CO_STEP(remap_locked)
{
	CO_FRAME(remap_locked);
	struct space *space = process_of(co)->space;
	long err;

	CO_BEGIN;
	AWAIT(err, space_remap(co, space, &f->request));
	f->result = err;
	if (f->result > 0)
		AWAIT(err, space_populate_locked(co, space));
	(void)err;
	CO_RETURN(f->result);
	CO_END;
}

long sys_mremap(struct co *caller, const u64 *args)
{
	u64 old_bytes = ALIGN_UP(args[1], PAGE_SIZE), new_bytes = ALIGN_UP(args[2], PAGE_SIZE), flags = args[3];
	bool fixed = flags & MREMAP_FIXED, may_move = flags & MREMAP_MAYMOVE;
	struct remap request = { args[0], old_bytes, new_bytes, args[4], may_move, fixed };
	u64 locked;
	long err;

	if ((flags & ~(u64)(MREMAP_MAYMOVE | MREMAP_FIXED)) || (fixed && !may_move) || args[0] % PAGE_SIZE ||
	    !new_bytes)
		return -EINVAL;
	if (old_bytes < args[1] || (old_bytes && !range_end(args[0], old_bytes)) || args[0] >= USER_MAX)
		return -EFAULT;
	if (fixed &&
	    (!range_end(args[4], new_bytes) || (args[4] < args[0] + old_bytes && args[0] < args[4] + new_bytes)))
		return -EINVAL;
	if (fixed && args[4] < USER_MIN)
		return -EPERM;
	if (new_bytes > USER_MAX)
		return -ENOMEM;
	if (new_bytes <= old_bytes)
		return space_remap(caller, process_of(caller)->space, &request);
	locked = space_locked(process_of(caller)->space, args[0], args[0] + max(old_bytes, (u64)PAGE_SIZE));
	err = limit_map(process_of(caller), new_bytes - old_bytes);
	if (!err && locked)
		err = limit_lock(process_of(caller), new_bytes - old_bytes);
	if (err)
		return err;
	return locked ? CO_CALL(remap_locked, caller, .request = request)
		      : space_remap(caller, process_of(caller)->space, &request);
}

long sys_mprotect(struct co *caller, const u64 *args)
{
	if (args[0] % PAGE_SIZE || (args[2] & ~(u64)(PROT_READ | PROT_WRITE | PROT_EXEC)))
		return -EINVAL;
	if (!args[1])
		return 0;
	if (!range_end(args[0], args[1]))
		return -ENOMEM;
	return space_protect(caller, process_of(caller)->space, args[0], ALIGN_UP(args[1], PAGE_SIZE), (u32)args[2]);
}

long sys_madvise(struct co *caller, const u64 *args)
{
	u64 bytes = ALIGN_UP(args[1], PAGE_SIZE);

	if (args[0] % PAGE_SIZE || bytes < args[1])
		return -EINVAL;
	switch (args[2]) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
		return 0; /* advice that changes nothing here */
	case MADV_DONTNEED:
	case MADV_FREE:
		if (!bytes)
			return 0;
		if (!range_end(args[0], bytes))
			return -ENOMEM;
		if (space_locked(process_of(caller)->space, args[0], args[0] + bytes))
			return -EINVAL;
		return space_discard(caller, process_of(caller)->space, args[0], bytes);
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		if (!bytes)
			return 0;
		if (!range_end(args[0], bytes))
			return -ENOMEM;
		return madvise_populate(caller, args[0], bytes, args[2] == MADV_POPULATE_WRITE);
	default:
		return -EINVAL;
	}
}

long sys_msync(struct co *caller, const u64 *args)
{
	if (args[0] % PAGE_SIZE || (args[2] & ~(u64)(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    ((args[2] & MS_ASYNC) && (args[2] & MS_SYNC)))
		return -EINVAL;
	if ((args[2] & MS_INVALIDATE) && range_end(args[0], args[1]) &&
	    space_locked(process_of(caller)->space, args[0], range_end(args[0], args[1])))
		return -EBUSY;
	return 0; /* shared mappings are the page cache itself, and no file system writes back yet */
}
