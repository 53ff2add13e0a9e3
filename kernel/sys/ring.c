/* ring.c - io_uring_setup, io_uring_enter and io_uring_register. */
#include "kernel/ring/ring.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/proc/thread.h"
#include "kernel/ring/completions.h"
#include "kernel/ring/issuer.h"
#include "kernel/ring/sqpoll.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"
#include "kernel/task/timespec.h"
#include "kernel/uintr/uintr.h"
#include "kernel/trace/trace.h"

struct setup_call {
	struct co co;
	u32 entries;
	u64 address;
	struct file *file;
	struct io_uring_params params;
};

CO_STEP(setup_call)
{
	CO_FRAME(setup_call);
	struct process *process = process_of(co);
	long err, fd;

	CO_BEGIN;
	AWAIT(err, user_read(co, process->space, &f->params, f->address, sizeof(f->params)));
	if (!err)
		err = ring_new(thread_of(co), f->entries, &f->params, &f->file);
	if (err)
		CO_RETURN(err);
	AWAIT(err, user_write(co, process->space, f->address, &f->params, sizeof(f->params)));
	fd = err ? err : files_add(process->files, f->file, true, 0);
	if (fd < 0)
		file_put(f->file);
	CO_RETURN(fd);
	CO_END;
}

long sys_io_uring_setup(struct co *caller, const u64 *args)
{
	return CO_CALL(setup_call, caller, .entries = (u32)args[0], .address = args[1]);
}

/* All of them but those that say where the ring is found. */
enum {
	ENTER_PLAIN = IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP | IORING_ENTER_SQ_WAIT | IORING_ENTER_EXT_ARG |
		      IORING_ENTER_ABS_TIMER
};

struct enter_call {
	struct co co;
	struct file *file;
	u32 min_complete, flags;
	u64 address, bytes;
	u64 deadline;
	struct ring_submission submission;
	long submitted;
};

/* What the wait is to be like: a deadline for f->deadline, and a signal mask, which is set. The arguments are the
 * address and the size of a mask, or with EXT_ARG of a struct that has both. */
struct enter_arguments {
	struct co co;
	struct enter_call *enter;
	struct io_uring_getevents_arg arg;
	struct abi_timespec time;
	u64 mask;
};

CO_STEP(enter_arguments)
{
	CO_FRAME(enter_arguments);
	struct enter_call *e = f->enter;
	long err;
	u64 ns;

	CO_BEGIN;
	if (e->flags & IORING_ENTER_EXT_ARG) {
		if (e->bytes != sizeof(f->arg))
			CO_RETURN(-EINVAL);
		AWAIT(err, user_read(co, user_space_of(co), &f->arg, e->address, sizeof(f->arg)));
		if (err)
			CO_RETURN(err);
	} else {
		f->arg.sigmask = e->address;
		f->arg.sigmask_sz = (u32)e->bytes;
	}
	if (f->arg.ts) {
		AWAIT(err, user_read(co, user_space_of(co), &f->time, f->arg.ts, sizeof(f->time)));
		if (err)
			CO_RETURN(err);
		if (!timespec_to_ns(&f->time, &ns))
			CO_RETURN(-EINVAL);
		e->deadline = e->flags & IORING_ENTER_ABS_TIMER ? ns : deadline_after(ns);
	}
	if (!f->arg.sigmask)
		CO_RETURN(0);
	if (f->arg.sigmask_sz != sizeof(f->mask))
		CO_RETURN(-EINVAL);
	AWAIT(err, user_read(co, user_space_of(co), &f->mask, f->arg.sigmask, sizeof(f->mask)));
	if (!err)
		signal_mask_swap(thread_of(co), f->mask);
	CO_RETURN(err);
	CO_END;
}

/* Nothing is left to do after the submission: it failed or was cut short, or nobody wants to wait. */
static inline bool enter_is_over(u32 flags, const struct ring_submission *submission, long submitted)
{
	return submitted < 0 || !(flags & IORING_ENTER_GETEVENTS) || (u64)submitted < submission->count;
}

/* thread->op holds what sys_io_uring_enter goes on from, always in the same system call: the file, which is referenced,
 * how far the submission is, and its value, or OP_NOT_NOW. */
static __attribute__((noinline)) long enter_later(struct thread *thread, struct file *file,
						  const struct ring_submission *submission, long submitted)
{
	thread->op_begun = true;
	thread->op.address = (u64)file;
	thread->op.length = submission->done;
	thread->op.flags = submission->left;
	thread->op.offset = (u64)submitted;
	return FAST_SLOW;
}

/* The ring, referenced, when not all flags are plain: 0, -EINVAL, -EBADF. */
static __attribute__((noinline)) long enter_file(struct thread *thread, const u64 *args, struct file **file)
{
	return args[3] & ~(u64)(ENTER_PLAIN | IORING_ENTER_REGISTERED_RING) ? -EINVAL
									    : issuer_ring(thread, (u32)args[0], file);
}

/* May THREAD enter a ring that IS SINGLE_ISSUER? Waiting alone is for all, unless completions wait for the issuer. */
static bool issuer_may(const struct ring *ring, const struct thread *thread, u32 count, u32 flags)
{
	return issuer_is(ring, thread) ||
	       (!count && (!(ring->flags & IORING_SETUP_DEFER_TASKRUN) || !(flags & IORING_ENTER_GETEVENTS)));
}

/* The submission to a ring that is RING_SPECIAL. */
static __attribute__((noinline)) long enter_special(struct thread *thread, struct ring_submission *submission,
						    u32 flags)
{
	struct ring *ring = submission->ring;
	/* acquire: pairs with the release when it was enabled */
	u32 is = load_acquire(&ring->flags);

	if (is & IORING_SETUP_R_DISABLED)
		return -EBADFD;
	if (is & IORING_SETUP_SQPOLL)
		return sqpoll_enter(ring, submission->count, flags);
	if ((is & IORING_SETUP_SINGLE_ISSUER) && !issuer_may(ring, thread, submission->count, flags))
		return -EEXIST;
	return submission->count ? ring_submit_seen(&thread->task, submission) : 0;
}

/* The call as far as one step can do it, without a frame, which mostly is to its end. */
static inline __attribute__((always_inline)) long enter_now(struct user_context *context,
							    long (*submit)(struct task *task,
									   struct ring_submission *submission))
{
	struct thread *thread = container_of(context, struct thread, context);
	const u64 *args = &context->x[X_A0];
	struct ring_submission submission;
	struct file *file, *found;
	long submitted = 0;

	if (unlikely(args[3] & ~(u64)ENTER_PLAIN)) {
		submitted = enter_file(thread, args, &found);
		if (submitted)
			return submitted;
		file = found; /* which stays in a register */
	} else {
		file = files_get(thread->process->files, (s32)args[0]);
		if (!file)
			return -EBADF;
	}
	if (!file_is_ring(file)) {
		file_put(file);
		return -EOPNOTSUPP;
	}
	hart()->step_start = STEP_NOT_TIMED; /* the time in user mode is none of the step's */
	submission = (struct ring_submission){ file->data, (u32)args[1], 0, (u32)args[1] };
	if (unlikely(load_relaxed(&submission.ring->special)))
		submitted = enter_special(thread, &submission, (u32)args[3]);
	else if (submission.count)
		submitted = submit(&thread->task, &submission);
	/* A completion may have chimed: the long way out delivers that. It also tells of errors. */
	if (likely(submitted >= 0 && !load_relaxed(&thread->work)) &&
	    (enter_is_over((u32)args[3], &submission, submitted) ||
	     (!(args[3] & IORING_ENTER_EXT_ARG) && ring_has_ready(submission.ring, (u32)args[2])))) {
		file_put(file);
		return submitted;
	}
	return enter_later(thread, file, &submission, submitted);
}

long fast_io_uring_enter(struct user_context *context)
{
	return enter_now(context, ring_submit_now);
}

long fast_io_uring_enter_traced(struct user_context *context)
{
	return enter_now(context, ring_submit_seen);
}

CO_STEP(enter_call)
{
	CO_FRAME(enter_call);
	struct ring *ring = f->submission.ring;
	long err;

	CO_BEGIN;
	if (f->submitted == OP_NOT_NOW) {
		if (ring->flags & IORING_SETUP_SQPOLL)
			AWAIT(err, sqpoll_wait_room(co, ring, f->submission.count));
		else
			AWAIT(err, ring_submit(co, &f->submission));
		f->submitted = err;
	}
	if (enter_is_over(f->flags, &f->submission, f->submitted))
		goto out;
	err = 0;
	f->deadline = TIME_NEVER;
	if (f->address || (f->flags & IORING_ENTER_EXT_ARG))
		AWAIT(err, CO_CALL(enter_arguments, co, .enter = f));
	uintr_before_wait(thread_of(co)); /* a completion of our own may have chimed */
	if (!err)
		AWAIT(err, ring_wait(co, ring, f->min_complete, f->deadline));
	signal_mask_back(thread_of(co), err);
	/* what was submitted beats how the wait ended */
	if (!f->submitted)
		f->submitted = err;
out:
	file_put(f->file);
	CO_RETURN(f->submitted);
	CO_END;
}

long sys_io_uring_enter(struct co *caller, const u64 *args)
{
	struct thread *thread = thread_of(caller);
	const struct op *op = &thread->op;
	struct ring_submission submission;
	struct file *file;
	long submitted;

	/* Not every way into the kernel leads past the fast door (VS-mode). */
	submitted = FAST_SLOW;
	if (!thread->op_begun)
		submitted = trace_is_on() ? fast_io_uring_enter_traced(&thread->context)
					  : fast_io_uring_enter(&thread->context);
	if (submitted != FAST_SLOW)
		return submitted;
	thread->op_begun = false;
	file = (struct file *)op->address;
	submission = (struct ring_submission){ file->data, (u32)args[1], (u32)op->length, op->flags };
	submitted = (long)op->offset;
	if (submitted != OP_NOT_NOW && enter_is_over((u32)args[3], &submission, submitted)) {
		file_put(file);
		return submitted;
	}
	/* A thread's arena has room for this frame, so what was submitted is not forgotten. */
	return CO_CALL_OR(file_put(file), enter_call, caller, .file = file, .submission = submission,
			  .submitted = submitted, .min_complete = (u32)args[2], .flags = (u32)args[3],
			  .address = args[4], .bytes = args[5]);
}
_Static_assert(sizeof(struct enter_call) + 128 <= THREAD_ARENA, "two frames below it");

struct register_call {
	struct co co;
	struct file *file;
	u32 code, count;
	u64 address;
};

CO_STEP(register_call)
{
	CO_FRAME(register_call);
	long err;

	CO_BEGIN;
	AWAIT(err, ring_register(co, f->file->data, f->code, f->address, f->count));
	file_put(f->file);
	CO_RETURN(err);
	CO_END;
}

long sys_io_uring_register(struct co *caller, const u64 *args)
{
	bool registered = args[1] & IORING_REGISTER_USE_REGISTERED_RING;
	u32 code = (u32)args[1] & ~IORING_REGISTER_USE_REGISTERED_RING;
	struct file *file = NULL;
	long err = 0;

	if (registered)
		err = issuer_ring(thread_of(caller), (u32)args[0], &file);
	else
		file = descriptor_file(caller, (s32)args[0]);
	if (!file)
		return err ? err : -EBADF;
	if (!file_is_ring(file)) {
		file_put(file);
		return -EOPNOTSUPP;
	}
	return CO_CALL_OR(file_put(file), register_call, caller, .file = file, .code = code, .address = args[2],
			  .count = (u32)args[3]);
}
