/* restrict.c - IORING_REGISTER_RESTRICTIONS: a ring that is not enabled yet is told what it may be used for, so that
 * whoever gets its descriptor afterwards can do nothing else with it.
 */
#include "kernel/abi/errno.h"
#include "kernel/space/user.h"
#include "kernel/ring/ring.h"

enum { RESTRICTIONS_MAX = (int)IORING_RESTRICTION_LAST + (int)IORING_REGISTER_LAST + (int)IORING_OP_LAST };
enum { SQE_FLAGS = 0x7f }; /* all that there are */
_Static_assert(IORING_REGISTER_LAST <= 64 && IORING_OP_LAST <= 64, "a bit for each");

bool ring_allows(const struct ring *ring, const struct io_uring_sqe *sqe)
{
	const struct restrictions *r = &ring->restrictions;

	if (sqe->opcode >= IORING_OP_LAST || (sqe->flags & ~(u32)SQE_FLAGS))
		return true; /* that is an error of its own */
	return (r->operations & BIT(sqe->opcode)) && (sqe->flags & r->flags_required) == r->flags_required &&
	       !(sqe->flags & ~(r->flags_allowed | r->flags_required));
}

/* 0 or -EINVAL. */
static long restriction_add(struct restrictions *r, const struct io_uring_restriction *entry)
{
	switch (entry->opcode) {
	case IORING_RESTRICTION_REGISTER_OP:
		r->calls |= entry->register_op < IORING_REGISTER_LAST ? BIT(entry->register_op) : 0;
		return entry->register_op < IORING_REGISTER_LAST ? 0 : -EINVAL;
	case IORING_RESTRICTION_SQE_OP:
		r->operations |= entry->sqe_op < IORING_OP_LAST ? BIT(entry->sqe_op) : 0;
		return entry->sqe_op < IORING_OP_LAST ? 0 : -EINVAL;
	case IORING_RESTRICTION_SQE_FLAGS_ALLOWED:
		r->flags_allowed = entry->sqe_flags;
		return 0;
	case IORING_RESTRICTION_SQE_FLAGS_REQUIRED:
		r->flags_required = entry->sqe_flags;
		return 0;
	default:
		return -EINVAL;
	}
}

/* May RING be told its restrictions? Without the lock this is a hint. */
static long may_restrict(const struct ring *ring)
{
	if (!(load_relaxed(&ring->flags) & IORING_SETUP_R_DISABLED))
		return -EBADFD;
	return ring->restrictions.told ? -EBUSY : 0;
}

struct ring_restrict {
	struct co co;
	struct ring *ring;
	u64 address;
	u32 left;
	struct restrictions restrictions;
	struct io_uring_restriction entry;
};

CO_STEP(ring_restrict)
{
	CO_FRAME(ring_restrict);
	struct ring *ring = f->ring;
	long err;

	CO_BEGIN;
	for (; f->left; f->left--) {
		AWAIT(err, user_read(co, user_space_of(co), &f->entry, f->address, sizeof(f->entry)));
		if (!err)
			err = restriction_add(&f->restrictions, &f->entry);
		if (err)
			CO_RETURN(err);
		f->address += sizeof(f->entry);
	}
	f->restrictions.told = true;
	spin_lock(&ring->lock);
	err = may_restrict(ring); /* it may have been enabled meanwhile */
	if (!err)
		ring->restrictions = f->restrictions;
	spin_unlock(&ring->lock);
	CO_RETURN(err);
	CO_END;
}

long ring_restrict(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	long err = may_restrict(ring);

	if (err)
		return err;
	if (!address || count > RESTRICTIONS_MAX)
		return -EINVAL;
	return CO_CALL(ring_restrict, caller, .ring = ring, .address = address, .left = count);
}
