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

const struct operation operations[OP_COUNT] = {
	[OP_NOP] = { "nop", op_nop, nop_from_sqe, IORING_OP_NOP, .immediate = true },
	[OP_READ] = { "read", op_read, read_from_sqe, IORING_OP_READ },
	[OP_WRITE] = { "write", op_write, write_from_sqe, IORING_OP_WRITE },
	[OP_READV] = { "readv", op_read, readv_from_sqe, IORING_OP_READV },
	[OP_WRITEV] = { "writev", op_write, writev_from_sqe, IORING_OP_WRITEV },
	[OP_FSYNC] = { "fsync", op_fsync, fsync_from_sqe, IORING_OP_FSYNC },
	[OP_OPENAT] = { "openat", op_openat, openat_from_sqe, IORING_OP_OPENAT },
	[OP_CLOSE] = { "close", op_close, close_from_sqe, IORING_OP_CLOSE },
	[OP_STATX] = { "statx", op_statx, statx_from_sqe, IORING_OP_STATX },
	[OP_TIMEOUT] = { "timeout", op_timeout, timeout_from_sqe, IORING_OP_TIMEOUT },
	[OP_TIMEOUT_REMOVE] = { "timeout_remove", op_timeout_remove, timeout_remove_from_sqe,
				IORING_OP_TIMEOUT_REMOVE },
	[OP_ASYNC_CANCEL] = { "async_cancel", op_async_cancel, async_cancel_from_sqe, IORING_OP_ASYNC_CANCEL },
	[OP_POLL_ADD] = { "poll_add", op_poll_add, poll_add_from_sqe, IORING_OP_POLL_ADD },
	[OP_POLL_REMOVE] = { "poll_remove", op_poll_remove, poll_remove_from_sqe, IORING_OP_POLL_REMOVE },
};

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
