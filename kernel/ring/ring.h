/* ring.h - io_uring: a pair of queues in memory shared with a program.
 *
 *     program                      kernel
 *       SQE, tail (release) ----->   copy the SQE once, run its operation as a task
 *       CQ head            <-----    CQE, tail (release)       then: waiters, eventfd, user interrupt
 *
 * Contract: nothing in shared memory is read twice. The kernel's own head, tail and masks are in struct ring; what the
 * program writes over the shared copies can only confuse the program. A completion is never lost: when the CQ is full
 * what was pending is itself kept in `overflow` until there is room (IORING_FEAT_NODROP).
 * Life: the ring file has one reference and everything pending one, so a ring outlives its descriptor until the last of
 * that has ended.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/operation.h"
#include "kernel/proc/requests.h"
#include "kernel/ring/pending.h"
#include "kernel/ring/restrict.h"
#include "kernel/ring/sq.h"
#include "kernel/task/wait.h"
#include "kernel/uintr/doorbell.h"
#include "lib/rbtree.h"

enum { CLOSER_ARENA = 96 };

/* A bit of struct ring's flags that is no program's: it may be used for what its restrictions say alone. */
#define RING_RESTRICTED (1u << 31)
/* Rings of which io_uring_enter asks more than SQEs and completions. */
#define RING_SPECIAL (IORING_SETUP_SQPOLL | IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | RING_RESTRICTED)

struct ring {
	u32 refs;    /* atomic */
	u32 flags;   /* IORING_SETUP_*, RING_RESTRICTED; change once, under the lock: when the ring is enabled */
	u32 special; /* those of RING_SPECIAL among them */
	u32 sq_entries, cq_entries;
	struct ring_shared *shared;
	u32 *sq_array; /* NULL: SQEs are taken in order */
	struct io_uring_sqe *sqes;
	u32 shared_order, sqes_order;
	struct process *process; /* who made it; referenced */

	u32 sq_head; /* own copy; the submitter's, as is the next; of who holds the lock while there is none */
	u32 timeouts_begun;

	struct spinlock lock;	/* guards all below */
	struct task *submitter; /* who takes SQEs; NULL: nobody. Handed over, first come first served */
	struct wait_queue submitters;
	u64 cq_tail;	 /* entries that were ever posted; the program sees the lower half */
	u32 cq_reserved; /* free entries that a batch will fill before its step ends */
	u32 wake_at;	 /* with waiters: cq_tail from which on they want to run */
	struct list overflow;
	u32 overflow_count;
	struct wait_queue cq_waiters;
	struct ring_index pending[PENDING_KINDS]; /* those under way, whoever submitted them */
	struct list told;			  /* requests that were told to end, and are in no index any more */
	struct rb_tree counted;			  /* timeouts that wait for completions; see timeout.c */
	u64 timeouts_ended;			  /* by time or count, whose completions do not count */
	struct poll_queue poll;
	struct file *eventfd;	   /* IORING_REGISTER_EVENTFD; referenced */
	bool eventfd_async;	   /* it is told of what did not end at its submission only */
	struct wait_queue sq_room; /* who waits until the poller has taken SQEs */
	bool poller_gone;	   /* it takes none any more */
	bool closed;		   /* there is no descriptor any more */

	/* The poller, if there is one: poller->lock, but for the pointer, which is fixed, and the next two. */
	struct poller *poller;		     /* counted; NULL: none */
	u64 look_most_ns;		     /* for how long it may look around on this ring's behalf. Fixed */
	bool sq_stuck;			     /* its SQEs cannot be taken just now. The poller's own */
	bool poller_leaves, poller_detached; /* the poller shall let go of it; has done so */
	bool bell_wanted;		     /* bell is open */
	struct list poller_link;	     /* in poller->rings */
	struct doorbell bell;
	u64 issuer;	/* the number of the one thread that may use it; 0: any may. Set once, atomic */
	u32 workers[2]; /* IORING_REGISTER_IOWQ_MAX_WORKERS: kept and told, there are none */
	struct restrictions restrictions; /* fixed once the ring is enabled */
	struct task closer;		  /* close.c */
	char closer_arena[CLOSER_ARENA] __attribute__((aligned(16)));
};

/* Completions that may wait for room in the CQ before submissions are refused with -EBUSY. */
enum { OVERFLOW_MAX = 65536 };

/* Room for a poll, or a read of an eventfd; what goes on to a disk opens a chunk. */
enum { REQUEST_ARENA = 80 };

/* One operation on its way, as a task. Until it ends it belongs to its process (struct request), then it becomes its
 * own CQE if the CQ is full. */
struct ring_request {
	struct request request;
	struct ring_pending pending;
	struct op op;
	char arena[REQUEST_ARENA] __attribute__((aligned(8)));
};

static inline struct ring_request *request_of_pending(struct ring_pending *pending)
{
	return container_of(pending, struct ring_request, pending);
}

static inline struct ring_request *ring_request_of(const struct co *co)
{
	return container_of(task_of(co), struct ring_request, request.task);
}

struct thread;

/* A new ring of THREAD as a file: 0 and *FILE, or -EINVAL, -ENOMEM. PARAMS is filled in for the program. */
long ring_new(struct thread *thread, u32 entries, struct io_uring_params *params, struct file **file);
void ring_put(struct ring *ring);
extern const struct file_ops ring_ops;

static inline bool file_is_ring(const struct file *file)
{
	return file->ops == &ring_ops;
}

/* What is under way (pending.c). Enter PENDING, whose entry.user_data, ring and kind are set. Lock held. */
static inline void pending_enter(struct ring_pending *pending)
{
	pending->indexed = true;
	index_insert(&pending->ring->pending[pending->kind], &pending->entry);
}
/* Nobody finds it any more: it ends, or was told to. Harmless when it has left already. Lock held. */
void pending_leave(struct ring_pending *pending);
/* The oldest of KIND with USER_DATA, which has left; NULL: there is none. Lock held. */
static inline struct ring_pending *pending_take(struct ring *ring, enum pending_kind kind, u64 user_data)
{
	struct index_entry *entry = index_take(&ring->pending[kind], user_data);

	if (unlikely(!entry))
		return NULL;
	pending_of(entry)->indexed = false;
	return pending_of(entry);
}
/* Its memory; the reference on the ring is the caller's. */
void pending_free(struct ring_pending *pending);
/* What a cancel answers for 0 when another one has ended, which is the caller's to complete. */
#define OP_ENDED_ANOTHER (INT64_MIN + 4)

/* Cancel one request of KIND with USER_DATA, the oldest: 0: it waited and will end with -ECANCELED, -EALREADY: it runs,
 * and ends as it likes, -ENOENT: there is none. It is told once: nobody finds it afterwards. OP_ENDED_ANOTHER:
 * it has ended (a timeout), and is *ENDED. Lock held. */
long pending_cancel(struct ring *ring, enum pending_kind kind, u64 user_data, struct ring_pending **ended);

/* close.c: the ring has no descriptor, and no poller, any more: end what is pending, a piece at a time. Takes over the
 * caller's reference. */
void ring_close(struct ring *ring);

/* A program's wish to start up to COUNT SQEs. */
struct ring_submission {
	struct ring *ring;
	u32 count;
	u32 done; /* started */
	u32 left; /* COUNT at first; then, how many of those that were there are still to be taken */
};

/* What one step of TASK can start of it: how many SQEs were taken altogether, or -EBUSY (completions wait for room),
 * -EAGAIN (no memory). OP_NOT_NOW: another one submits, or it was long: ring_submit does the rest, of which SUBMISSION
 * tells. _seen: traced */
long ring_submit_now(struct task *task, struct ring_submission *submission);
long ring_submit_seen(struct task *task, struct ring_submission *submission);
/* The same to its end. SUBMISSION must outlive the call (a field of a frame). Suspends. */
long ring_submit(struct co *caller, struct ring_submission *submission);

/* timeout.c: end timeouts whose count of completions has been reached. Lock held, after completions were posted. */
void timeouts_count(struct ring *ring);
/* register.c */
long ring_register(struct co *caller, struct ring *ring, u32 code, u64 address, u32 count);
