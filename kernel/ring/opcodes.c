/* opcodes.c - see opcodes.h. */
#include "kernel/ring/opcodes.h"

#include "kernel/abi/errno.h"

static long refuse(struct op *op, const struct io_uring_sqe *sqe)
{
	(void)op, (void)sqe;
	return -EINVAL;
}

static const struct operation unsupported = { .name = "unsupported", .from_sqe = refuse };

const struct operation *ring_operations[256];

void ring_opcodes_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(ring_operations); i++)
		ring_operations[i] = &unsupported;
	for (u32 i = 0; i < OP_COUNT; i++)
		ring_operations[operations[i].sqe_opcode] = &operations[i];
}

bool ring_opcode_is_supported(u32 opcode)
{
	return opcode < ARRAY_SIZE(ring_operations) && ring_operations[opcode] != &unsupported;
}
