/* io_uring.h - the ring interface as user space sees it: layouts and numbers of Linux 6.12, nothing else.
 *
 * A ring is three pieces of memory shared by a program and the kernel:
 *
 *       program writes                                    kernel writes
 *     SQEs    [ sqe 0 | sqe 1 | sqe 2 | sqe 3 ]
 *                  ^       ^
 *     SQ array [   1   |   0   |   .   |   . ]      CQ  [ cqe | cqe | cqe |  .  |  .  |  .  |  .  |  .  ]
 *               ^ head          ^ tail                     ^ head            ^ tail
 *               kernel          program                    program           kernel
 *
 * Heads and tails count without end and are masked on use, so tail - head is the number of entries, and the queue is
 * full when it reaches ring_entries. The side named below an index is the only one that stores to it. Where each word
 * lies in the mappings is told by io_sqring_offsets and io_cqring_offsets: the offsets are the contract, not this page.
 */
#pragma once

#include "lib/types.h"

/* One request, 64 bytes. Names inside a union are the same bytes under the name that an operation gives them. */
struct io_uring_sqe {
	u8 opcode;
	u8 flags; /* IOSQE_* */
	u16 ioprio;
	s32 fd;
	union {
		u64 off; /* position in the file; -1: the file's own */
		u64 addr2;
	};
	union {
		u64 addr; /* buffer, struct iovec *, path, struct timespec * */
		u64 splice_off_in;
	};
	u32 len;
	union {
		u32 rw_flags;
		u32 fsync_flags;
		u16 poll_events;
		u32 poll32_events;
		u32 timeout_flags;
		u32 cancel_flags;
		u32 open_flags;
		u32 statx_flags;
		u32 msg_flags;
		u32 accept_flags;
		u32 splice_flags;
		u32 rename_flags;
		u32 unlink_flags;
		u32 nop_flags;
	};
	u64 user_data; /* comes back in the CQE, never looked at */
	union {
		u16 buf_index;
		u16 buf_group;
	};
	u16 personality;
	union {
		s32 splice_fd_in;
		u32 file_index;
	};
	u64 addr3;
	u64 __pad2[1];
};

_Static_assert(sizeof(struct io_uring_sqe) == 64, "sqe");
_Static_assert(offsetof(struct io_uring_sqe, fd) == 4, "sqe.fd");
_Static_assert(offsetof(struct io_uring_sqe, off) == 8, "sqe.off");
_Static_assert(offsetof(struct io_uring_sqe, addr) == 16, "sqe.addr");
_Static_assert(offsetof(struct io_uring_sqe, len) == 24, "sqe.len");
_Static_assert(offsetof(struct io_uring_sqe, rw_flags) == 28, "sqe.rw_flags");
_Static_assert(offsetof(struct io_uring_sqe, user_data) == 32, "sqe.user_data");
_Static_assert(offsetof(struct io_uring_sqe, buf_index) == 40, "sqe.buf_index");
_Static_assert(offsetof(struct io_uring_sqe, file_index) == 44, "sqe.file_index");
_Static_assert(offsetof(struct io_uring_sqe, addr3) == 48, "sqe.addr3");

/* One completion, 16 bytes. */
struct io_uring_cqe {
	u64 user_data;
	s32 res; /* what the system call would have returned; an error is a negative errno */
	u32 flags;
};

_Static_assert(sizeof(struct io_uring_cqe) == 16, "cqe");
_Static_assert(offsetof(struct io_uring_cqe, res) == 8, "cqe.res");

/* Byte offsets of the words of the submission queue in the mapping at IORING_OFF_SQ_RING. */
struct io_sqring_offsets {
	u32 head, tail, ring_mask, ring_entries, flags, dropped, array, resv1;
	u64 user_addr;
};

/* The same for the completion queue, in the mapping at IORING_OFF_CQ_RING. */
struct io_cqring_offsets {
	u32 head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv1;
	u64 user_addr;
};

_Static_assert(sizeof(struct io_sqring_offsets) == 40, "sq offsets");
_Static_assert(sizeof(struct io_cqring_offsets) == 40, "cq offsets");

/* io_uring_setup(entries, params): the program fills flags (and what they name), the kernel the rest. */
struct io_uring_params {
	u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, resv[3];
	struct io_sqring_offsets sq_off;
	struct io_cqring_offsets cq_off;
};

_Static_assert(sizeof(struct io_uring_params) == 120, "params");
_Static_assert(offsetof(struct io_uring_params, sq_off) == 40, "params.sq_off");
_Static_assert(offsetof(struct io_uring_params, cq_off) == 80, "params.cq_off");

/* io_uring_enter's last argument with IORING_ENTER_EXT_ARG. */
struct io_uring_getevents_arg {
	u64 sigmask;
	u32 sigmask_sz;
	u32 min_wait_usec;
	u64 ts; /* struct timespec *: give up after this time, or at it with IORING_ENTER_ABS_TIMER */
};

_Static_assert(sizeof(struct io_uring_getevents_arg) == 24, "getevents_arg");

/* IORING_REGISTER_PROBE: which operations there are. */
struct io_uring_probe_op {
	u8 op;
	u8 resv;
	u16 flags; /* IO_URING_OP_SUPPORTED */
	u32 resv2;
};

struct io_uring_probe {
	u8 last_op; /* the greatest opcode known */
	u8 ops_len; /* how many entries of ops the kernel filled in */
	u16 resv;
	u32 resv2[3];
	struct io_uring_probe_op ops[];
};

_Static_assert(sizeof(struct io_uring_probe_op) == 8, "probe_op");
_Static_assert(sizeof(struct io_uring_probe) == 16, "probe");

enum { IO_URING_OP_SUPPORTED = 1 << 0 };

/* IORING_REGISTER_RING_FDS, an array of them: descriptor DATA becomes number OFFSET of the thread's registered rings;
 * offset -1: a free one, which comes back. UNREGISTER: offset alone. */
struct io_uring_rsrc_update {
	u32 offset, resv;
	u64 data;
};

_Static_assert(sizeof(struct io_uring_rsrc_update) == 16, "rsrc_update");

/* IORING_REGISTER_RESTRICTIONS, an array of them: what a ring may be used for once it is enabled. */
struct io_uring_restriction {
	u16 opcode; /* enum io_uring_register_restriction_op */
	union {
		u8 register_op;
		u8 sqe_op;
		u8 sqe_flags;
	};
	u8 resv;
	u32 resv2[3];
};

_Static_assert(sizeof(struct io_uring_restriction) == 16, "restriction");

/* Where the pieces are mapped. With IORING_FEAT_SINGLE_MMAP the first two are one mapping. */
#define IORING_OFF_SQ_RING   0ull
#define IORING_OFF_CQ_RING   0x8000000ull
#define IORING_OFF_SQES	     0x10000000ull
#define IORING_OFF_PBUF_RING 0x80000000ull
#define IORING_OFF_MMAP_MASK 0xf8000000ull

#include "kernel/abi/io_uring_calls.h"
#include "kernel/abi/io_uring_ops.h"
