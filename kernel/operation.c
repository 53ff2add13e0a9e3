/* operation.c - the table of operations, and the check that it is complete. */
#include "kernel/operation.h"

#include "kernel/abi/io_uring.h"
#include "kernel/hart/panic.h"
#include "kernel/ring/opcodes.h"
#include "kernel/ring/ops.h"
#include "kernel/sys/open.h"
#include "kernel/sys/poll_op.h"
#include "kernel/sys/rw.h"
#include "kernel/sys/stat.h"
#include "lib/order.h"

/* A row: the operation's name, which its functions share, and its opcode in rings. */
#define ROW(OP, NAME, START, ...)                                                                                     \
	[OP_##OP] = {                                                                                                 \
		.name = #NAME, .start = START, .from_sqe = NAME##_from_sqe, .sqe_opcode = IORING_OP_##OP, __VA_ARGS__ \
	}

const struct operation operations[OP_COUNT] = {
	ROW(NOP, nop, op_nop, .ring_now = nop_ring_now),
	ROW(READ, read, op_read, .now = op_read_now),
	ROW(WRITE, write, op_write, .now = op_write_now),
	ROW(READV, readv, op_read),
	ROW(WRITEV, writev, op_write),
	ROW(FSYNC, fsync, op_fsync),
	ROW(OPENAT, openat, op_openat),
	ROW(CLOSE, close, op_close, .frees = true),
	ROW(STATX, statx, op_statx),
	ROW(TIMEOUT, timeout, op_timeout, .ring_now = timeout_ring_now),
	ROW(TIMEOUT_REMOVE, timeout_remove, op_timeout_remove, .ring_now = timeout_remove_ring_now, .frees = true),
	ROW(ASYNC_CANCEL, async_cancel, op_async_cancel, .ring_now = async_cancel_ring_now, .frees = true),
	ROW(POLL_ADD, poll_add, op_poll_add),
	ROW(POLL_REMOVE, poll_remove, op_poll_remove, .ring_now = poll_remove_ring_now, .frees = true),
};

#ifdef CO_TORTURE
bool op_not_now(void)
{
	static u32 turns;

	/* about every second time, in no pattern that a test could have as well */
	return (atomic_add_relaxed(&turns, 1u) * 0x9e3779b1u) >> 31;
}
#endif

void operations_check(void)
{
	for (u32 i = 0; i < OP_COUNT; i++) {
		const struct operation *row = &operations[i];

		if (!row->name || !row->start || !row->from_sqe)
			panic("operation %u has an incomplete row", i);
		for (u32 j = 0; j < i; j++)
			if (operations[j].sqe_opcode == row->sqe_opcode)
				panic("operations %s and %s have one opcode", row->name, operations[j].name);
	}
	ring_opcodes_init();
}
