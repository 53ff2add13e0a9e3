/* uring-prep.h - one function per operation: fill an SQE. Included by uring.h; names and arguments as in liburing.
 *
 * Each overwrites all 64 bytes, since an unused field must be zero and the last user of the slot left its own.
 */
#pragma once

#include "kernel/abi/io_uring.h"

#include <sys/uio.h>

struct statx;

static inline void io_uring_sqe_set_data64(struct io_uring_sqe *sqe, u64 data)
{
	sqe->user_data = data;
}

static inline void io_uring_sqe_set_data(struct io_uring_sqe *sqe, void *data)
{
	sqe->user_data = (uintptr_t)data;
}

static inline u64 io_uring_cqe_get_data64(const struct io_uring_cqe *cqe)
{
	return cqe->user_data;
}

static inline void *io_uring_cqe_get_data(const struct io_uring_cqe *cqe)
{
	return (void *)(uintptr_t)cqe->user_data;
}

static inline void io_uring_sqe_set_flags(struct io_uring_sqe *sqe, unsigned flags)
{
	sqe->flags = (u8)flags;
}

static inline void io_uring_prep_rw(int op, struct io_uring_sqe *sqe, int fd, const void *addr, unsigned len,
				    u64 offset)
{
	*sqe = (struct io_uring_sqe){
		.opcode = (u8)op,
		.fd = fd,
		.off = offset,
		.addr = (uintptr_t)addr,
		.len = len,
	};
}

static inline void io_uring_prep_nop(struct io_uring_sqe *sqe)
{
	io_uring_prep_rw(IORING_OP_NOP, sqe, -1, NULL, 0, 0);
}

/* OFFSET -1: the file's own position, which moves. */
static inline void io_uring_prep_read(struct io_uring_sqe *sqe, int fd, void *buf, unsigned nbytes, u64 offset)
{
	io_uring_prep_rw(IORING_OP_READ, sqe, fd, buf, nbytes, offset);
}

static inline void io_uring_prep_write(struct io_uring_sqe *sqe, int fd, const void *buf, unsigned nbytes, u64 offset)
{
	io_uring_prep_rw(IORING_OP_WRITE, sqe, fd, buf, nbytes, offset);
}

static inline void io_uring_prep_readv(struct io_uring_sqe *sqe, int fd, const struct iovec *iov, unsigned nr,
				       u64 offset)
{
	io_uring_prep_rw(IORING_OP_READV, sqe, fd, iov, nr, offset);
}

static inline void io_uring_prep_writev(struct io_uring_sqe *sqe, int fd, const struct iovec *iov, unsigned nr,
					u64 offset)
{
	io_uring_prep_rw(IORING_OP_WRITEV, sqe, fd, iov, nr, offset);
}

/* FLAGS: 0 or IORING_FSYNC_DATASYNC. */
static inline void io_uring_prep_fsync(struct io_uring_sqe *sqe, int fd, unsigned flags)
{
	io_uring_prep_rw(IORING_OP_FSYNC, sqe, fd, NULL, 0, 0);
	sqe->fsync_flags = flags;
}

static inline void io_uring_prep_openat(struct io_uring_sqe *sqe, int dfd, const char *path, int flags, u32 mode)
{
	io_uring_prep_rw(IORING_OP_OPENAT, sqe, dfd, path, mode, 0);
	sqe->open_flags = (u32)flags;
}

static inline void io_uring_prep_close(struct io_uring_sqe *sqe, int fd)
{
	io_uring_prep_rw(IORING_OP_CLOSE, sqe, fd, NULL, 0, 0);
}

static inline void io_uring_prep_statx(struct io_uring_sqe *sqe, int dfd, const char *path, int flags, unsigned mask,
				       struct statx *statxbuf)
{
	io_uring_prep_rw(IORING_OP_STATX, sqe, dfd, path, mask, (uintptr_t)statxbuf);
	sqe->statx_flags = (u32)flags;
}

/* Completes with -ETIME at TS, or with 0 after COUNT other completions (0: never). FLAGS: IORING_TIMEOUT_*. */
static inline void io_uring_prep_timeout(struct io_uring_sqe *sqe, const struct __kernel_timespec *ts, unsigned count,
					 unsigned flags)
{
	io_uring_prep_rw(IORING_OP_TIMEOUT, sqe, -1, ts, 1, count);
	sqe->timeout_flags = flags;
}

/* The timeout whose user data is USER_DATA ends with -ECANCELED; -ENOENT when there is none. */
static inline void io_uring_prep_timeout_remove(struct io_uring_sqe *sqe, u64 user_data, unsigned flags)
{
	io_uring_prep_rw(IORING_OP_TIMEOUT_REMOVE, sqe, -1, NULL, 0, 0);
	sqe->addr = user_data;
	sqe->timeout_flags = flags;
}

static inline void io_uring_prep_timeout_update(struct io_uring_sqe *sqe, const struct __kernel_timespec *ts,
						u64 user_data, unsigned flags)
{
	io_uring_prep_rw(IORING_OP_TIMEOUT_REMOVE, sqe, -1, NULL, 0, (uintptr_t)ts);
	sqe->addr = user_data;
	sqe->timeout_flags = flags | IORING_TIMEOUT_UPDATE;
}

/* Cancel the request whose user data is USER_DATA: 0, -ENOENT (none), or -EALREADY (running, cannot be stopped). */
static inline void io_uring_prep_cancel64(struct io_uring_sqe *sqe, u64 user_data, int flags)
{
	io_uring_prep_rw(IORING_OP_ASYNC_CANCEL, sqe, -1, NULL, 0, 0);
	sqe->addr = user_data;
	sqe->cancel_flags = (u32)flags;
}

static inline void io_uring_prep_cancel(struct io_uring_sqe *sqe, void *user_data, int flags)
{
	io_uring_prep_cancel64(sqe, (uintptr_t)user_data, flags);
}

static inline void io_uring_prep_cancel_fd(struct io_uring_sqe *sqe, int fd, unsigned flags)
{
	io_uring_prep_rw(IORING_OP_ASYNC_CANCEL, sqe, fd, NULL, 0, 0);
	sqe->cancel_flags = flags | IORING_ASYNC_CANCEL_FD;
}

/* Completes once, with the events that are there (POLLIN ...) out of MASK, POLLERR and POLLHUP. */
static inline void io_uring_prep_poll_add(struct io_uring_sqe *sqe, int fd, unsigned mask)
{
	io_uring_prep_rw(IORING_OP_POLL_ADD, sqe, fd, NULL, 0, 0);
	sqe->poll32_events = mask; /* both our machines are little-endian: no word swap */
}

static inline void io_uring_prep_poll_remove(struct io_uring_sqe *sqe, u64 user_data)
{
	io_uring_prep_rw(IORING_OP_POLL_REMOVE, sqe, -1, NULL, 0, 0);
	sqe->addr = user_data;
}
