/* op_nop.c - the smallest operation. */
#include "kernel/abi/errno.h"
#include "kernel/abi/io_uring.h"
#include "kernel/ring/ops.h"

long nop_ring_now(struct ring_step *step, const struct io_uring_sqe *sqe)
{
	(void)step;
	return unlikely(sqe->nop_flags) ? OP_NOT_NOW : 0;
}

long op_nop(struct co *caller, struct op *op)
{
	(void)caller, (void)op;
	return 0;
}

long nop_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	(void)op;
	return sqe->nop_flags ? -EINVAL : 0;
}
