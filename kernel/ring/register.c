/* register.c - io_uring_register: a row per code that is supported; all others are -EINVAL. */
#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/space/user.h"
#include "kernel/ring/issuer.h"
#include "kernel/ring/opcodes.h"
#include "kernel/ring/sqpoll.h"

/* --- IORING_REGISTER_EVENTFD --- */

struct eventfd_set {
	struct co co;
	struct ring *ring;
	u64 address;
	s32 fd;
	bool async;
};

CO_STEP(eventfd_set)
{
	CO_FRAME(eventfd_set);
	struct file *file, *before;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->fd, f->address, sizeof(f->fd)));
	if (err)
		CO_RETURN(err);
	file = files_get(process_of(co)->files, f->fd);
	if (!file)
		CO_RETURN(-EBADF);
	err = file->ops->signal ? 0 : -EINVAL;
	if (!err) {
		spin_lock(&f->ring->lock);
		before = f->ring->eventfd;
		if (!before) {
			f->ring->eventfd = file;
			f->ring->eventfd_async = f->async;
		}
		spin_unlock(&f->ring->lock);
		err = before ? -EBUSY : 0;
	}
	if (err)
		file_put(file);
	CO_RETURN(err);
	CO_END;
}

static long eventfd_set(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	return count != 1 ? -EINVAL : CO_CALL(eventfd_set, caller, .ring = ring, .address = address);
}

static long eventfd_set_async(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	return count != 1 ? -EINVAL : CO_CALL(eventfd_set, caller, .ring = ring, .address = address, .async = true);
}

static long eventfd_clear(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	struct file *before;

	(void)caller;
	if (address || count)
		return -EINVAL;
	spin_lock(&ring->lock);
	before = ring->eventfd;
	ring->eventfd = NULL;
	spin_unlock(&ring->lock);
	if (!before)
		return -ENXIO;
	file_put(before);
	return 0;
}

/* --- IORING_REGISTER_PROBE --- */

struct probe_call {
	struct co co;
	u64 address;
	u32 count, i;
	u64 head[2];
	struct io_uring_probe_op op;
};

CO_STEP(probe_call)
{
	CO_FRAME(probe_call);
	struct io_uring_probe *probe = (struct io_uring_probe *)f->head;
	u64 entry;
	long err;

	CO_BEGIN;
	/* what the program passes in must be zero, so that it can mean something one day */
	AWAIT(err, user_read(co, user_space_of(co), f->head, f->address, sizeof(f->head)));
	if (!err && (f->head[0] || f->head[1]))
		err = -EINVAL;
	if (err)
		CO_RETURN(err);
	probe->last_op = IORING_OP_LAST - 1;
	probe->ops_len = (u8)f->count;
	AWAIT(err, user_write(co, user_space_of(co), f->address, f->head, sizeof(f->head)));
	for (; !err && f->i < f->count; f->i++) {
		f->op = (struct io_uring_probe_op){ .op = (u8)f->i };
		if (ring_opcode_is_supported(f->i))
			f->op.flags = IO_URING_OP_SUPPORTED;
		entry = f->address + sizeof(*probe) + f->i * sizeof(f->op);
		AWAIT(err, user_write(co, user_space_of(co), entry, &f->op, sizeof(f->op)));
	}
	CO_RETURN(err);
	CO_END;
}

static long probe(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	(void)ring;
	if (!address || count > 256)
		return -EINVAL;
	return CO_CALL(probe_call, caller, .address = address, .count = min(count, (u32)IORING_OP_LAST));
}

/* --- IORING_REGISTER_IOWQ_MAX_WORKERS: what waits here is a task and needs no worker; the numbers are kept --- */

struct workers_call {
	struct co co;
	struct ring *ring;
	u64 address;
	u32 wanted[2];
};

CO_STEP(workers_call)
{
	CO_FRAME(workers_call);
	struct ring *ring = f->ring;
	u32 before;
	long err;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), f->wanted, f->address, sizeof(f->wanted)));
	if (!err && (f->wanted[0] > INT32_MAX || f->wanted[1] > INT32_MAX))
		err = -EINVAL;
	if (err)
		CO_RETURN(err);
	spin_lock(&ring->lock);
	for (u32 i = 0; i < ARRAY_SIZE(f->wanted); i++) {
		before = ring->workers[i];
		if (f->wanted[i]) /* 0: it is only asked for */
			ring->workers[i] = f->wanted[i];
		f->wanted[i] = before;
	}
	spin_unlock(&ring->lock);
	AWAIT(err, user_write(co, user_space_of(co), f->address, f->wanted, sizeof(f->wanted)));
	CO_RETURN(err);
	CO_END;
}

static long workers(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	return !address || count != 2 ? -EINVAL : CO_CALL(workers_call, caller, .ring = ring, .address = address);
}

/* --- IORING_REGISTER_ENABLE_RINGS --- */

/* NUMBER: of the one issuer; 0: there is none. */
static long enable_locked(struct ring *ring, u64 number)
{
	u32 flags = ring->flags & ~(u32)IORING_SETUP_R_DISABLED;

	if (flags == ring->flags)
		return -EBADFD;
	if (ring->restrictions.told)
		flags |= RING_RESTRICTED;
	store_relaxed(&ring->issuer, number);
	/* release: who finds the ring enabled sees its issuer and its restrictions */
	store_release(&ring->flags, flags);
	store_release(&ring->special, flags & RING_SPECIAL);
	return 0;
}

static long enable(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	struct issuer *issuer = NULL;
	long err;

	if (address || count)
		return -EINVAL;
	if (ring->flags & IORING_SETUP_SINGLE_ISSUER) {
		issuer = issuer_make(thread_of(caller));
		if (!issuer)
			return -ENOMEM;
	}
	spin_lock(&ring->lock);
	err = enable_locked(ring, issuer ? issuer->number : 0);
	spin_unlock(&ring->lock);
	if (!err && (ring->flags & IORING_SETUP_SQPOLL))
		sqpoll_wake(ring);
	return err;
}

static long (*const calls[])(struct co *caller, struct ring *ring, u64 address, u32 count) = {
	[IORING_REGISTER_EVENTFD] = eventfd_set,
	[IORING_UNREGISTER_EVENTFD] = eventfd_clear,
	[IORING_REGISTER_EVENTFD_ASYNC] = eventfd_set_async,
	[IORING_REGISTER_PROBE] = probe,
	[IORING_REGISTER_RESTRICTIONS] = ring_restrict,
	[IORING_REGISTER_ENABLE_RINGS] = enable,
	[IORING_REGISTER_IOWQ_MAX_WORKERS] = workers,
	[IORING_REGISTER_RING_FDS] = issuer_register,
	[IORING_UNREGISTER_RING_FDS] = issuer_unregister,
};

static bool is_allowed(const struct ring *ring, u32 code)
{
	return !(load_acquire(&ring->flags) & RING_RESTRICTED) ||
	       (code < IORING_REGISTER_LAST && (ring->restrictions.calls & BIT(code)));
}

long ring_register(struct co *caller, struct ring *ring, u32 code, u64 address, u32 count)
{
	if (code >= IORING_REGISTER_LAST && code != IORING_REGISTER_CHIME_DOORBELL)
		return -EINVAL;
	if (!issuer_is(ring, thread_of(caller)))
		return -EEXIST;
	if (!is_allowed(ring, code))
		return -EACCES;
	if (code == IORING_REGISTER_CHIME_DOORBELL)
		return sqpoll_doorbell(caller, ring, address, count);
	if (code >= ARRAY_SIZE(calls) || !calls[code])
		return -EINVAL;
	return calls[code](caller, ring, address, count);
}
