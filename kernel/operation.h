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

struct file;
struct io_uring_sqe;
struct process;
struct ring_step;

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

/* What `now` answers when the operation would have to wait: neither a count, an errno nor CO_PENDING. */
#define OP_NOT_NOW (INT64_MIN + 2)

/* Is VALUE a count or an errno? */
static inline bool op_answered(long value)
{
	return value > INT32_MIN;
}

/* The arguments of any operation; what each field means is said where the operation is (in sys and ring). */
struct op {
	u8 code;
	s32 fd;
	u32 flags;
	u32 mode;
	u64 address, length, offset;
	struct file *file; /* what fd stands for, once a request of a ring waits for it: to be compared only */
};

struct operation {
	const char *name;
	/* Answer without waiting, a frame or a task, if that is possible: the value, or OP_NOT_NOW, and then
	 * nothing has happened and start does it. NULL: never. PROCESS is the running one. Never suspends. */
	long (*now)(struct process *process, struct op *op);
	/* The same for an operation that works on the ring itself (ring/step.h), straight from SQE, under the ring's
	 * lock; an SQE that is wrong is OP_NOT_NOW. CO_PENDING: it has begun, and completes by itself. NULL: there is
	 * none. */
	long (*ring_now)(struct ring_step *step, const struct io_uring_sqe *sqe);
	/* May suspend. OP lives at least until it has ended. */
	long (*start)(struct co *caller, struct op *op);
	/* Copy and check an SQE: 0 or -EINVAL. */
	long (*from_sqe)(struct op *op, const struct io_uring_sqe *sqe);
	u8 sqe_opcode;
	bool frees; /* it gives memory back, so that a ring begins it also when memory is scarce */
};

/* Test builds: should a `now` say OP_NOT_NOW although it could answer, so that both ways are walked? */
#ifdef CO_TORTURE
bool op_not_now(void);
#else
static inline bool op_not_now(void)
{
	return false;
}
#endif

/* By enum op_code; complete, which is checked at start-up. */
extern const struct operation operations[OP_COUNT];
void operations_check(void);
