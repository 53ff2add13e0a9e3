/* sqpoll.c - the pollers of rings: they begin, rings attach to them and leave, they end; io_uring_enter's part, and the
 * doorbell's. What a poller does in between: poller.c.
 */
#include "kernel/ring/sqpoll.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/mm/slab.h"
#include "kernel/space/user.h"
#include "kernel/ring/completions.h"
#include "kernel/ring/poller.h"
#include "lib/fmt.h"

static struct slab_cache poller_cache = SLAB_CACHE(poller_cache, "ring_poller", sizeof(struct poller));

enum { NS_PER_MS = 1000000 };

static bool sq_is_full(const struct ring *ring)
{
	return load_relaxed(&ring->shared->sq_tail) - load_relaxed(&ring->sq_head) >= ring->sq_entries;
}

/* --- rings come and go --- */

static void poller_put(struct poller *poller)
{
	if (atomic_sub(&poller->refs, 1u) == 1)
		slab_free(&poller_cache, poller);
}

void sqpoll_leave(struct ring *ring)
{
	if (ring->poller)
		poller_put(ring->poller);
}

/* Lock held. */
static void look_most_settle(struct poller *poller)
{
	struct ring *ring;

	poller->look_most_ns = 0;
	list_for_each (ring, &poller->rings, poller_link)
		poller->look_most_ns = max(poller->look_most_ns, ring->look_most_ns);
}

/* RING has POLLER from now on: 0; -ENXIO: that one has ended. */
static long attach(struct poller *poller, struct ring *ring)
{
	bool gone;

	spin_lock(&poller->lock);
	gone = poller->gone;
	if (!gone) {
		atomic_add_relaxed(&ring->refs, 1u);
		atomic_add_relaxed(&poller->refs, 1u);
		ring->poller = poller;
		ring->poller_gone = false;
		list_push_back(&poller->rings, &ring->poller_link);
		store_relaxed(&poller->count, poller->count + 1);
		look_most_settle(poller);
		poller_wake_locked(poller);
	}
	spin_unlock(&poller->lock);
	return gone ? -ENXIO : 0;
}

void poller_detach(struct poller *poller, struct ring *ring)
{
	bool closed;

	spin_lock(&poller->lock);
	list_remove(&ring->poller_link);
	store_relaxed(&poller->count, poller->count - 1);
	look_most_settle(poller);
	closed = ring->poller_leaves;
	ring->poller_detached = true;
	spin_unlock(&poller->lock);
	if (ring->bell.at) {
		poller->bells -= ring->bell.begun;
		doorbell_close(&ring->bell, poller->process->space);
	}
	ring_flag(ring, IORING_SQ_NEED_WAKEUP, true); /* who submits enters, and learns it */
	spin_lock(&ring->lock);
	ring->poller_gone = true;
	wait_wake_all(&ring->sq_room);
	spin_unlock(&ring->lock);
	if (closed)
		ring_close(ring);
	ring_put(ring);
}

bool sqpoll_stop(struct ring *ring)
{
	struct poller *poller = ring->poller;
	bool waits;

	if (!poller)
		return false;
	spin_lock(&poller->lock);
	waits = !ring->poller_detached;
	store_relaxed(&ring->poller_leaves, true);
	poller_wake_locked(poller);
	spin_unlock(&poller->lock);
	return waits;
}

/* --- a poller begins and ends --- */

bool poller_is_over(struct poller *poller)
{
	bool over = load_relaxed(&poller->submitter.task.cancel) != CANCEL_NONE;

	if (likely(!over && load_relaxed(&poller->count)))
		return false;
	spin_lock(&poller->lock);
	over = over || !poller->count;
	poller->gone = over;
	spin_unlock(&poller->lock);
	return over;
}

static void poller_done(struct task *task, long result)
{
	struct poller *poller = container_of(task, struct poller, submitter.task);
	struct process *process = poller->process;

	(void)result;
	submitter_leave(process, &poller->submitter);
	poller_put(poller);
	process_put(process);
}

static void poller_name(struct poller *poller, const struct process *process)
{
	struct fmt_text text = { poller->name, sizeof(poller->name), 0 };

	fmt_add(&text, "iou-sqp-%u", process->pid);
}

/* A poller of its own for RING: 0 or -ENOMEM. */
static long begin(struct ring *ring, const struct io_uring_params *params)
{
	struct poller *poller = slab_zalloc(&poller_cache);
	struct process *process = ring->process;
	struct task *task;

	if (!poller)
		return -ENOMEM;
	poller->refs = 1;
	poller->process = process;
	atomic_add_relaxed(&process->refs, 1u);
	spin_init(&poller->lock, RANK_POLLER);
	list_init(&poller->rings);
	wait_queue_init(&poller->idle);
	poller_name(poller, process);
	task = &poller->submitter.task;
	task_init(task, poller->name, PRIORITY_USER, poller->arena, POLLER_ARENA, poller_done);
	task_lend_timer(task, &poller->timer);
	task->process = process;
	poller->hart = DOORBELL_ANY_HART;
	if (params->flags & IORING_SETUP_SQ_AFF) {
		poller->hart = params->sq_thread_cpu;
		task_pin(task, params->sq_thread_cpu);
	}
	attach(poller, ring);
	submitter_enter(process, &poller->submitter);
	task_start(task, poller_run, poller);
	return 0;
}

/* --- io_uring_setup --- */

/* RING shares the poller of OTHER: 0, -ENXIO, -EINVAL: it has none, -EPERM: another process' poller is none for us. */
static long attach_as(struct ring *ring, const struct ring *other)
{
	if (!other->poller)
		return -EINVAL;
	return other->process == ring->process ? attach(other->poller, ring) : -EPERM;
}

/* The same with the ring that PARAMS names: also -ENXIO: there is no such descriptor, -EINVAL: it is something else. */
static long attach_as_told(struct ring *ring, const struct io_uring_params *params)
{
	struct file *file = files_get(ring->process->files, (s32)params->wq_fd);
	long err = -EINVAL;

	if (!file)
		return -ENXIO;
	/* without a poller it would share workers, and there are none */
	if (file_is_ring(file))
		err = params->flags & IORING_SETUP_SQPOLL ? attach_as(ring, file->data) : 0;
	file_put(file);
	return err;
}

long sqpoll_setup(struct ring *ring, const struct io_uring_params *params)
{
	bool polled = params->flags & IORING_SETUP_SQPOLL;
	long err;

	ring->look_most_ns = params->sq_thread_idle ? (u64)params->sq_thread_idle * NS_PER_MS : LOOK_MOST_NS;
	if (params->flags & IORING_SETUP_ATTACH_WQ) {
		err = attach_as_told(ring, params);
		/* -EPERM: one of its own then, as on Linux */
		if (err != -EPERM && (err || polled))
			return err;
	}
	if (!polled)
		return params->flags & IORING_SETUP_SQ_AFF ? -EINVAL : 0;
	if ((params->flags & IORING_SETUP_SQ_AFF) && params->sq_thread_cpu >= hart_count)
		return -EINVAL;
	return begin(ring, params);
}

void sqpoll_wake(struct ring *ring)
{
	poller_wake(ring->poller);
}

/* --- io_uring_enter --- */

long sqpoll_enter(struct ring *ring, u32 count, u32 flags)
{
	if (load_relaxed(&ring->poller_gone))
		return -EOWNERDEAD;
	if (flags & IORING_ENTER_SQ_WAKEUP)
		sqpoll_wake(ring);
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

static void bell_rings(struct doorbell *bell)
{
	struct ring *ring = container_of(bell, struct ring, bell);

	atomic_add_relaxed(&ring->process->doorbells, 1ul);
	poller_wake(ring->poller);
}

/* The poller's lock held. The ring's own process calls, so its poller cannot end meanwhile; it may have ended at an
 * exec. All doorbells of a poller ring on the hart of the first. */
static long bell_open(struct poller *poller, struct ring *ring)
{
	long err;

	if (poller->gone)
		return -EOWNERDEAD;
	if (ring->bell_wanted)
		return 0;
	ring->bell.rings = bell_rings;
	err = doorbell_open(&ring->bell, poller->process->space, poller->hart);
	if (err)
		return err;
	/* release: pairs with the poller's acquires */
	store_release(&poller->hart, doorbell_hart(&ring->bell));
	store_release(&ring->bell_wanted, true);
	poller_wake_locked(poller); /* it goes there */
	return 0;
}

long sqpoll_doorbell(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	struct io_uring_doorbell answer;
	long err;

	if (!(ring->flags & IORING_SETUP_SQPOLL) || count != 1)
		return -EINVAL;
	if (process_of(caller) != ring->process)
		return -EPERM;
	spin_lock(&ring->poller->lock);
	err = bell_open(ring->poller, ring);
	spin_unlock(&ring->poller->lock);
	if (err)
		return err;
	answer = (struct io_uring_doorbell){ doorbell_address(&ring->bell), doorbell_identity(&ring->bell), 0 };
	return CO_CALL(sqpoll_doorbell, caller, .address = address, .answer = answer);
}
