/* operation.h - one operation, two doors.
 *
 *     system call   --prepare (syscall.c)-->  struct op  --start-->  coroutine  --> value in a0
 *     SQE in a ring --from_sqe------------->                                    --> CQE
 *
 * An operation is written once, as an async function over a struct op. The system-call door awaits it; the ring door
 * runs it as a task of its own and posts its value. What a door hands over is copied and checked once; start
 * never looks at registers or at the SQE again.
 */
#pragma once

#include "lib/co.h"
#include "lib/types.h"

struct io_uring_sqe;

enum op_code {
	OP_NOP,
	OP_READ,
	OP_WRITE,
	OP_READV,
	OP_WRITEV,
	OP_FSYNC,
	OP_OPENAT,
	OP_CLOSE,
	OP_STATX,
	OP_TIMEOUT,
	OP_TIMEOUT_REMOVE,
	OP_ASYNC_CANCEL,
	OP_POLL_ADD,
	OP_POLL_REMOVE,
	OP_COUNT
};

/* The position a read or write has when it uses, and moves, the file's own. */
#define OP_CURRENT_POSITION UINT64_MAX

/* The arguments of any operation; what each field means is said where the operation is (fs/op_*.c, ring/op_*.c). */
struct op {
	u8 code;
	s32 fd;
	u32 flags;
	u32 mode;
	u64 address, length, offset;
};

struct operation {
	const char *name;
	/* May suspend. OP lives at least until it has ended. */
	long (*start)(struct co *caller, struct op *op);
	/* Copy and check an SQE: 0 or -EINVAL. */
	long (*from_sqe)(struct op *op, const struct io_uring_sqe *sqe);
	u8 sqe_opcode;
	/* It never suspends and does nothing but answer: the ring runs it without a task. */
	bool immediate;
};

/* By enum op_code; complete, which is checked at start-up. */
extern const struct operation operations[OP_COUNT];
void operations_check(void);
