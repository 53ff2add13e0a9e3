/* op_nop.c - the smallest operation. */
#include "kernel/abi/errno.h"
#include "kernel/abi/io_uring.h"
#include "kernel/ring/ops.h"

long op_nop_now(struct process *process, struct op *op)
{
	(void)process, (void)op;
	return 0;
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
