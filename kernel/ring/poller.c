/* poller.c - how a poller spends its time: rounds over its rings, looking around, sleep.
 *
 *     program                             poller
 *       SQE, tail (release)                 take what is there, of each ring at most VISIT_SQES if there are several
 *       full fence                          look again for a while, letting others run between two looks
 *       NEED_WAKEUP? io_uring_enter:        rung = false                              poller->lock
 *         rung = true, wake                 of each ring: NEED_WAKEUP = 1, full fence, look at the tail
 *         (poller->lock)                    !rung: sleep                              poller->lock
 *
 * Contract: SQEs that are published before the program looks at its ring's flag are taken. Whoever sees a flag set has
 * the poller rung, and that is remembered while it still looks at other rings; so the rings need no common lock, and
 * going to sleep is done in steps, however many they are. test/sq_wakeup.pml is the model.
 * Fairness: what wakes it makes it run before user threads once; while it looks around it takes turns with them, and as
 * soon as anybody else is ready on its hart it sleeps instead of looking. So it never looks around on a machine with
 * one hart, and a hart with work to do has no busy poller. Among its rings each has its turn before one has a second.
 */
#include "kernel/ring/poller.h"

#include "kernel/abi/errno.h"
#include "kernel/ring/completions.h"
#include "kernel/task/executor.h"

enum { VISIT_SQES = 8 };
/* After a submission that failed for want of memory, or of room for completions. */
enum { RETRY_NS = 2000000 };

void poller_wake_locked(struct poller *poller)
{
	poller->rung = true;
	wait_wake_all(&poller->idle);
}

void poller_wake(struct poller *poller)
{
	spin_lock(&poller->lock);
	poller_wake_locked(poller);
	spin_unlock(&poller->lock);
}

/* The ring whose turn it is. There is one. */
static struct ring *next_ring(struct poller *poller)
{
	struct list *node;

	spin_lock(&poller->lock);
	node = list_pop_front(&poller->rings);
	list_push_back(&poller->rings, node);
	spin_unlock(&poller->lock);
	return list_entry(node, struct ring, poller_link);
}

/* --- a round --- */

struct poller_main {
	struct co co;
	struct poller *poller;
	u64 look_ns; /* for how long it will look around */
	u64 until;   /* it does, up to here; 0: it does not */
	u32 left;    /* rings to visit in this round */
	bool found;  /* something, in this round */
	bool stuck;  /* some ring is: the next sleep is one in spite of its SQEs */
	bool woken;  /* it takes its turn behind the others before it sleeps again, whatever it was woken for */
};

/* Any SQEs, of a ring that is enabled? */
static bool sq_has_entries(const struct ring *ring)
{
	/* acquire: what was there before it was enabled; what the program wrote before it released the tail */
	return !(load_acquire(&ring->flags) & IORING_SETUP_R_DISABLED) &&
	       load_acquire(&ring->shared->sq_tail) != load_relaxed(&ring->sq_head);
}

/* Take up to MOST SQEs that are there: false, nothing; -EBUSY, -EAGAIN; else true. */
static long take(struct poller *poller, struct ring *ring, u32 most)
{
	struct ring_submission submission = { ring, most, 0, most };
	long result;

	if (!sq_has_entries(ring))
		return false;
	result = ring_submit_seen(&poller->submitter.task, &submission);
	spin_lock(&ring->lock);
	wait_wake_all(&ring->sq_room);
	spin_unlock(&ring->lock);
	return result < 0 && result != OP_NOT_NOW ? result : true;
}

/* Is it where it has to stay? */
static bool is_home(const struct poller *poller)
{
	u32 home = load_acquire(&poller->hart);

	return home == DOORBELL_ANY_HART || (hart()->index == home && poller->submitter.task.allowed == 1u << home);
}

/* A ring's turn. */
static void visit(struct poller_main *f)
{
	struct poller *poller = f->poller;
	struct ring *ring = next_ring(poller);
	long taken;

	if (load_relaxed(&ring->poller_leaves)) {
		poller_detach(poller, ring);
		f->found = true; /* perhaps it was the last: no sleep before that is known */
		return;
	}
	/* acquire: the bell was opened before it was wanted, and home was fixed before that */
	if (unlikely(load_acquire(&ring->bell_wanted) && !ring->bell.begun && is_home(poller))) {
		doorbell_begin(&ring->bell);
		poller->bells++;
	}
	taken = take(poller, ring, load_relaxed(&poller->count) > 1 ? VISIT_SQES : ring->sq_entries);
	ring->sq_stuck = taken < 0;
	f->stuck |= taken < 0;
	f->found |= taken > 0;
}

/* After a round: is another one worth it, soon? */
static bool look_again(struct poller_main *f)
{
	u64 now;

	if (f->found && f->until)
		f->look_ns = min(f->look_ns * 2, load_relaxed(&f->poller->look_most_ns));
	if (f->found || f->woken) {
		f->woken = false;
		f->until = 0;
		return true;
	}
	if (hart_count == 1 || !executor_is_quiet())
		return false;
	now = clock_now();
	if (!f->until)
		f->until = now + f->look_ns;
	if (now < f->until)
		return true;
	f->look_ns = max(f->look_ns / 2, (u64)LOOK_LEAST_NS);
	return false;
}

/* --- sleep --- */

/* The flag is set before the look. False: there is something to do already. */
static bool may_sleep(struct ring *ring)
{
	if (ring->bell.begun)
		doorbell_arm(&ring->bell);
	ring_flag(ring, IORING_SQ_NEED_WAKEUP, true);
	/* store (the flag), fence, load (the tail); partner: the program's, between its tail and its look at the
	 * flag */
	fence_full();
	return (!sq_has_entries(ring) || ring->sq_stuck) && load_relaxed(&ring->bell_wanted) == ring->bell.begun &&
	       !load_relaxed(&ring->poller_leaves);
}

static void sleep_is_over(struct ring *ring)
{
	ring_flag(ring, IORING_SQ_NEED_WAKEUP, false);
	if (ring->bell.begun)
		doorbell_disarm(&ring->bell);
}

/* Lock held. Arming may have lowered the line of another poller's message (QEMU 7.2): the task looks before it
 * sleeps. */
static bool is_rung(const struct poller *poller)
{
	return poller->rung || (poller->bells && doorbell_is_pending());
}

struct poller_sleep {
	struct co co;
	struct poller *poller;
	u64 deadline;
	u32 left;
	bool busy; /* it shall not sleep after all */
};

CO_STEP(poller_sleep)
{
	CO_FRAME(poller_sleep);
	struct poller *poller = f->poller;
	struct task *task = task_of(co);
	long err;

	CO_BEGIN;
	atomic_add_relaxed(&poller->process->poller_sleeps, 1ul);
	spin_lock(&poller->lock);
	poller->rung = false;
	spin_unlock(&poller->lock);
	for (f->left = load_relaxed(&poller->count); f->left && !f->busy; f->left--) {
		f->busy = !may_sleep(next_ring(poller));
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	task->priority = PRIORITY_SERVICE; /* once, when it is woken */
	AWAIT_UNTIL_FULL(err, &poller->lock, &poller->idle, WAIT_INTERRUPTIBLE, f->deadline,
			 f->busy || is_rung(poller));
	spin_unlock(&poller->lock);
	for (f->left = load_relaxed(&poller->count); f->left; f->left--) {
		sleep_is_over(next_ring(poller));
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	if (poller->bells)
		doorbell_look();
	task->priority = PRIORITY_USER;
	(void)err; /* woken, told to end, or time to try once more */
	CO_RETURN(0);
	CO_END;
}

static long poller_sleep(struct co *caller, struct poller_main *main)
{
	u64 deadline = main->stuck ? clock_now() + RETRY_NS : TIME_NEVER;

	main->until = 0;
	main->woken = true; /* whatever ends the sleep */
	return CO_CALL(poller_sleep, caller, .poller = main->poller, .deadline = deadline);
}

/* --- the task --- */

CO_STEP(poller_main)
{
	CO_FRAME(poller_main);
	struct poller *poller = f->poller;
	long err;

	CO_BEGIN;
	while (!poller_is_over(poller)) {
		if (unlikely(!is_home(poller))) {
			task_pin(task_of(co), load_relaxed(&poller->hart));
			AWAIT(err, task_yield(co)); /* ends this step here; the next one is there */
		}
		f->found = f->stuck = false;
		for (f->left = load_relaxed(&poller->count); f->left; f->left--) {
			visit(f);
			if (f->left > 1 && task_should_yield())
				AWAIT(err, task_yield(co));
		}
		if (look_again(f))
			AWAIT(err, task_yield(co));
		else
			AWAIT(err, poller_sleep(co, f)); /* -ENOMEM: looks again at once */
	}
	while (load_relaxed(&poller->count)) {
		poller_detach(poller, next_ring(poller));
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	(void)err;
	CO_RETURN(0);
	CO_END;
}

long poller_run(struct co *caller, void *poller)
{
	return CO_CALL(poller_main, caller, .poller = poller, .look_ns = LOOK_LEAST_NS);
}
