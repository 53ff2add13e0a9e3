/* sqpoll.c - a ring whose SQEs are taken by a task of the kernel.
 *
 *     program                             poller
 *       SQE, tail (release)                 take what is there
 *       full fence                          look again for a while, letting others run between two looks
 *       NEED_WAKEUP? io_uring_enter         NEED_WAKEUP = 1        with ring->lock, which the waker takes, too
 *                                           full fence
 *                                           look at the tail once more, sleep
 *
 * Contract: SQEs that are published before the program looks at the flag are taken. Requests belong to the process that
 * made the ring; with it, with its exec, or when the ring is closed the poller ends, and starts nothing afterwards.
 * Fairness: what wakes it makes it run before user threads once; while it looks around it takes turns with them, and as
 * soon as anybody else is ready on its hart it sleeps instead of looking. So it never looks around on a machine with
 * one hart, and a hart with work to do has no busy poller.
 * test/sq_wakeup.pml is the model.
 */
#include "kernel/ring/sqpoll.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/user.h"
#include "kernel/task/executor.h"

enum { POLLER_ARENA = 512 };

struct poller {
	struct submitter submitter;
	struct ring *ring; /* referenced */
	u64 idle_ns;	   /* it never looks around for longer than this */
	struct wait_timer timer;
	char arena[POLLER_ARENA] __attribute__((aligned(16)));
};

static struct slab_cache poller_cache = SLAB_CACHE(poller_cache, "ring_poller", sizeof(struct poller));

/* Looking around: at first for a short time, longer if that finds something. */
enum { LOOK_LEAST_NS = 10000, LOOK_MOST_NS = 500000 };
/* After a submission that failed for want of memory, or of room for completions. */
enum { RETRY_NS = 2000000 };
enum { NS_PER_MS = 1000000, IDLE_MS = 1000 };

/* Any SQEs, of a ring that is enabled? */
static bool sq_has_entries(const struct ring *ring)
{
	/* acquire: what was there before it was enabled; what the program wrote before it released the tail */
	return !(load_acquire(&ring->flags) & IORING_SETUP_R_DISABLED) &&
	       load_acquire(&ring->shared->sq_tail) != load_relaxed(&ring->sq_head);
}

static bool sq_is_full(const struct ring *ring)
{
	return load_relaxed(&ring->shared->sq_tail) - load_relaxed(&ring->sq_head) >= ring->sq_entries;
}

void sqpoll_wake(struct ring *ring)
{
	spin_lock(&ring->lock);
	wait_wake_all(&ring->sq_idle);
	spin_unlock(&ring->lock);
}

/* --- the task --- */

struct poller_main {
	struct co co;
	struct poller *poller;
	u64 look_ns; /* for how long it will look around */
	u64 until;   /* it does, up to here; 0: it does not */
	bool stuck;  /* the next sleep is one in spite of SQEs */
	bool woken;  /* it takes its turn behind the others before it sleeps again, whatever it was woken for */
};

/* Take what is there: false, nothing; -EBUSY, -ENOMEM; else true. */
static long take(struct poller *poller)
{
	struct ring *ring = poller->ring;
	struct ring_submission submission = { ring, ring->sq_entries, 0, ring->sq_entries };
	long result;

	if (!sq_has_entries(ring))
		return false;
	result = ring_submit_seen(&poller->submitter.task, &submission);
	spin_lock(&ring->lock);
	wait_wake_all(&ring->sq_room);
	spin_unlock(&ring->lock);
	return result < 0 && result != OP_NOT_NOW ? result : true;
}

/* After a look that FOUND something or not: is another one worth it, soon? */
static bool look_again(struct poller_main *f, bool found)
{
	u64 now;

	if (found && f->until)
		f->look_ns = min(f->look_ns * 2, (u64)LOOK_MOST_NS);
	if (found || f->woken) {
		f->woken = false;
		f->until = 0;
		return true;
	}
	if (hart_count == 1 || !executor_is_quiet())
		return false;
	now = clock_now();
	if (!f->until)
		f->until = now + min(f->look_ns, f->poller->idle_ns);
	if (now < f->until)
		return true;
	f->look_ns = max(f->look_ns / 2, (u64)LOOK_LEAST_NS);
	return false;
}

/* Lock held: has it slept, or is there something to do already? The flag is set before the look. */
static bool may_go_on(struct poller_main *f)
{
	struct ring *ring = f->poller->ring;

	if (f->woken)
		return true;
	f->woken = true; /* whatever ends the wait */
	if (ring->bell.begun)
		doorbell_arm(&ring->bell);
	ring_flag(ring, IORING_SQ_NEED_WAKEUP, true);
	/* store (the flag), fence, load (the tail); partner: the program's, between its tail and its look at the
	 * flag */
	fence_full();
	/* Arming may have lowered the line of another ring's message (QEMU 7.2): the task looks before it sleeps. */
	return (sq_has_entries(ring) && !f->stuck) || ring->bell_wanted != ring->bell.begun ||
	       (ring->bell.begun && doorbell_is_pending());
}

struct poller_sleep {
	struct co co;
	struct poller_main *main;
	struct ring *ring;
	u64 deadline;
};

CO_STEP(poller_sleep)
{
	CO_FRAME(poller_sleep);
	struct task *task = task_of(co);
	long err;

	CO_BEGIN;
	atomic_add_relaxed(&f->ring->process->poller_sleeps, 1ul);
	task->priority = PRIORITY_SERVICE; /* once, when it is woken */
	AWAIT_UNTIL_FULL(err, &f->ring->lock, &f->ring->sq_idle, WAIT_INTERRUPTIBLE, f->deadline, may_go_on(f->main));
	ring_flag(f->ring, IORING_SQ_NEED_WAKEUP, false);
	spin_unlock(&f->ring->lock);
	if (f->ring->bell.begun) {
		doorbell_disarm(&f->ring->bell);
		doorbell_look();
	}
	task->priority = PRIORITY_USER;
	CO_RETURN(err);
	CO_END;
}

static long poller_sleep(struct co *caller, struct poller_main *main)
{
	u64 deadline = main->stuck ? clock_now() + RETRY_NS : TIME_NEVER;

	return CO_CALL(poller_sleep, caller, .main = main, .ring = main->poller->ring, .deadline = deadline);
}

CO_STEP(poller_main)
{
	CO_FRAME(poller_main);
	long err;

	CO_BEGIN;
	while (load_relaxed(&task_of(co)->cancel) == CANCEL_NONE) {
		if (unlikely(load_acquire(&f->poller->ring->bell_wanted) && !f->poller->ring->bell.begun)) {
			task_of(co)->pinned = true;
			store_relaxed(&task_of(co)->hart, doorbell_hart(&f->poller->ring->bell));
			AWAIT(err, task_yield(co)); /* ends this step here; the next one is there */
			if (err)
				continue; /* no memory for that: tried again */
			doorbell_begin(&f->poller->ring->bell);
		}
		err = take(f->poller);
		f->stuck = err < 0;
		if (look_again(f, err > 0)) {
			AWAIT(err, task_yield(co));
			continue;
		}
		f->until = 0;
		AWAIT(err, poller_sleep(co, f));
		(void)err; /* woken, told to end, or time to try once more */
	}
	CO_RETURN(0);
	CO_END;
}

static long poller_begin(struct co *caller, void *argument)
{
	return CO_CALL(poller_main, caller, .poller = argument, .look_ns = LOOK_LEAST_NS);
}

static void poller_done(struct task *task, long result)
{
	struct poller *poller = container_of(task, struct poller, submitter.task);
	struct ring *ring = poller->ring;

	bool closed;

	(void)result;
	spin_lock(&ring->lock);
	closed = ring->closed;
	ring->poller_gone = true;
	ring_flag(ring, IORING_SQ_NEED_WAKEUP, true); /* who submits enters, and learns it */
	wait_wake_all(&ring->sq_room);
	spin_unlock(&ring->lock);
	if (ring->bell.at)
		doorbell_close(&ring->bell, ring->process->space);
	submitter_leave(ring->process, &poller->submitter);
	slab_free(&poller_cache, poller);
	if (closed)
		ring_close(ring);
	ring_put(ring);
}

/* --- its beginning and its end --- */

static void bell_rings(struct doorbell *bell)
{
	struct ring *ring = container_of(bell, struct ring, bell);

	atomic_add_relaxed(&ring->process->doorbells, 1ul);
	sqpoll_wake(ring);
}

bool sqpoll_allows(const struct io_uring_params *params)
{
	if (!(params->flags & IORING_SETUP_SQPOLL))
		return !(params->flags & IORING_SETUP_SQ_AFF);
	return !(params->flags & IORING_SETUP_SQ_AFF) || params->sq_thread_cpu < hart_count;
}

long sqpoll_start(struct ring *ring, const struct io_uring_params *params)
{
	struct poller *poller = slab_zalloc(&poller_cache);
	struct task *task;

	if (!poller)
		return -ENOMEM;
	poller->ring = ring;
	ring->bell.rings = bell_rings;
	ring->poller_hart = params->flags & IORING_SETUP_SQ_AFF ? params->sq_thread_cpu : DOORBELL_ANY_HART;
	poller->idle_ns = (u64)(params->sq_thread_idle ? params->sq_thread_idle : IDLE_MS) * NS_PER_MS;
	task = &poller->submitter.task;
	task_init(task, "ring poller", PRIORITY_USER, poller->arena, POLLER_ARENA, poller_done);
	task_lend_timer(task, &poller->timer);
	task->process = ring->process;
	if (params->flags & IORING_SETUP_SQ_AFF) {
		task->pinned = true;
		task->hart = params->sq_thread_cpu;
	}
	atomic_add_relaxed(&ring->refs, 1u);
	submitter_enter(ring->process, &poller->submitter);
	task_start(task, poller_begin, poller);
	return 0;
}

void sqpoll_stop(struct ring *ring)
{
	struct process *process = ring->process;
	struct submitter *submitter;

	spin_lock(&process->lock);
	list_for_each (submitter, &process->submitters, link)
		if (container_of(submitter, struct poller, submitter)->ring == ring)
			task_cancel(&submitter->task, CANCEL_KILL);
	spin_unlock(&process->lock);
}

/* --- io_uring_enter --- */

long sqpoll_enter(struct ring *ring, u32 count, u32 flags)
{
	bool gone;

	spin_lock(&ring->lock);
	gone = ring->poller_gone;
	if (flags & IORING_ENTER_SQ_WAKEUP)
		wait_wake_all(&ring->sq_idle);
	spin_unlock(&ring->lock);
	if (gone)
		return -EOWNERDEAD;
	return (flags & IORING_ENTER_SQ_WAIT) && sq_is_full(ring) ? OP_NOT_NOW : count;
}

struct sqpoll_wait_room {
	struct co co;
	struct ring *ring;
	u32 count;
};

CO_STEP(sqpoll_wait_room)
{
	CO_FRAME(sqpoll_wait_room);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL(err, &f->ring->lock, &f->ring->sq_room, !sq_is_full(f->ring) || f->ring->poller_gone);
	spin_unlock(&f->ring->lock);
	(void)err; /* the program looks for itself */
	CO_RETURN(f->count);
	CO_END;
}

long sqpoll_wait_room(struct co *caller, struct ring *ring, u32 count)
{
	return CO_CALL(sqpoll_wait_room, caller, .ring = ring, .count = count);
}

/* --- the doorbell --- */

struct sqpoll_doorbell {
	struct co co;
	u64 address;
	struct io_uring_doorbell answer;
};

CO_STEP(sqpoll_doorbell)
{
	CO_FRAME(sqpoll_doorbell);
	long err;

	CO_BEGIN;
	AWAIT(err, user_write(co, user_space_of(co), f->address, &f->answer, sizeof(f->answer)));
	CO_RETURN(err);
	CO_END;
}

/* Lock held. The ring's own process calls, so its poller cannot end meanwhile; it may have ended at an exec. */
static long bell_open(struct ring *ring)
{
	long err;

	if (ring->bell_wanted || ring->poller_gone)
		return ring->poller_gone ? -EOWNERDEAD : 0;
	err = doorbell_open(&ring->bell, ring->process->space, ring->poller_hart);
	if (!err)
		store_release(&ring->bell_wanted, true); /* release: pairs with the poller's acquire */
	return err;
}

long sqpoll_doorbell(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	struct io_uring_doorbell answer;
	long err;

	if (!(ring->flags & IORING_SETUP_SQPOLL) || count != 1)
		return -EINVAL;
	if (process_of(caller) != ring->process)
		return -EPERM;
	spin_lock(&ring->lock);
	err = bell_open(ring);
	wait_wake_all(&ring->sq_idle); /* it goes to its doorbell's hart */
	spin_unlock(&ring->lock);
	if (err)
		return err;
	answer = (struct io_uring_doorbell){ doorbell_address(&ring->bell), doorbell_identity(&ring->bell), 0 };
	return CO_CALL(sqpoll_doorbell, caller, .address = address, .answer = answer);
}
