/* ring.c - making and unmaking a ring, and the ring as a file. */
#include "kernel/ring/ring.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/hart/panic.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/ring/completions.h"
#include "kernel/ring/issuer.h"
#include "kernel/ring/sqpoll.h"

enum {
	ENTRIES_MAX = 32768,
	FLAGS_KNOWN = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN |
		      IORING_SETUP_NO_SQARRAY | IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF | IORING_SETUP_ATTACH_WQ |
		      IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
		      IORING_SETUP_TASKRUN_FLAG,
	FEATURES = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_RW_CUR_POS |
		   IORING_FEAT_POLL_32BITS | IORING_FEAT_EXT_ARG | IORING_FEAT_FAST_POLL | IORING_FEAT_SQPOLL_NONFIXED |
		   IORING_FEAT_REG_REG_RING,
};

static struct slab_cache ring_cache = SLAB_CACHE(ring_cache, "ring", sizeof(struct ring));

/* --- memory --- */

static u32 order_of(u64 bytes)
{
	u32 order = 0;

	while ((u64)PAGE_SIZE << order < bytes)
		order++;
	return order;
}

/* Zeroed memory in one piece whose pages are counted one by one, since each may be mapped for itself. */
static void *shared_alloc(u32 order)
{
	struct page *pages = order < PAGE_ORDERS ? page_alloc(order) : NULL;

	for (u32 i = 0; pages && i < 1u << order; i++) {
		pages[i].refs = 1;
		pages[i].flags = 0;
		pages[i].owner = &ring_cache; /* not a private page of anyone's */
		page_zero(page_to_virt(&pages[i]));
	}
	return pages ? page_to_virt(pages) : NULL;
}

static void shared_free(void *memory, u32 order)
{
	struct page *pages = memory ? virt_to_page(memory) : NULL;

	for (u32 i = 0; pages && i < 1u << order; i++)
		page_put(&pages[i]);
}

/* --- setup --- */

static u32 round_up_power(u32 n)
{
	return n <= 1 ? 1 : 1u << (32 - __builtin_clz(n - 1));
}

/* Do the flags about who finishes completions, and when, go together? */
static bool taskrun_is_good(u32 flags)
{
	u32 when = flags & (IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN);

	if ((flags & IORING_SETUP_TASKRUN_FLAG) && !when)
		return false;
	if ((flags & IORING_SETUP_DEFER_TASKRUN) && !(flags & IORING_SETUP_SINGLE_ISSUER))
		return false;
	/* where a poller submits, no task of the program does, whose work could wait for it */
	return !(flags & IORING_SETUP_SQPOLL) || !when;
}

/* Check PARAMS and settle the sizes: 0 or -EINVAL. */
static long sizes_settle(u32 entries, struct io_uring_params *p)
{
	u32 most = ENTRIES_MAX, cq = p->cq_entries;
	bool clamp = p->flags & IORING_SETUP_CLAMP;

	for (u32 i = 0; i < ARRAY_SIZE(p->resv); i++)
		if (p->resv[i])
			return -EINVAL;
	if ((p->flags & ~(u32)FLAGS_KNOWN) || !entries || (entries > most && !clamp) || !taskrun_is_good(p->flags))
		return -EINVAL;
	p->sq_entries = round_up_power(min(entries, most));
	p->cq_entries = p->sq_entries * 2;
	if (p->flags & IORING_SETUP_CQSIZE) {
		if (!cq || (cq > 2 * most && !clamp))
			return -EINVAL;
		p->cq_entries = round_up_power(min(cq, 2 * most));
		if (p->cq_entries < p->sq_entries)
			return -EINVAL;
	}
	p->features = FEATURES;
	return 0;
}

static u32 array_offset(const struct io_uring_params *p)
{
	return (u32)(sizeof(struct ring_shared) + p->cq_entries * sizeof(struct io_uring_cqe));
}

static void offsets_tell(struct io_uring_params *p)
{
	p->sq_off = (struct io_sqring_offsets){
		.head = offsetof(struct ring_shared, sq_head),
		.tail = offsetof(struct ring_shared, sq_tail),
		.ring_mask = offsetof(struct ring_shared, sq_mask),
		.ring_entries = offsetof(struct ring_shared, sq_entries),
		.flags = offsetof(struct ring_shared, sq_flags),
		.dropped = offsetof(struct ring_shared, sq_dropped),
		.array = p->flags & IORING_SETUP_NO_SQARRAY ? 0 : array_offset(p),
	};
	p->cq_off = (struct io_cqring_offsets){
		.head = offsetof(struct ring_shared, cq_head),
		.tail = offsetof(struct ring_shared, cq_tail),
		.ring_mask = offsetof(struct ring_shared, cq_mask),
		.ring_entries = offsetof(struct ring_shared, cq_entries),
		.overflow = offsetof(struct ring_shared, cq_overflow),
		.cqes = offsetof(struct ring_shared, cqes),
		.flags = offsetof(struct ring_shared, cq_flags),
	};
}

static void ring_fill(struct ring *ring, const struct io_uring_params *p)
{
	ring->shared->sq_mask = p->sq_entries - 1;
	ring->shared->cq_mask = p->cq_entries - 1;
	ring->shared->sq_entries = ring->sq_entries = p->sq_entries;
	ring->shared->cq_entries = ring->cq_entries = p->cq_entries;
	ring->flags = p->flags;
	ring->special = p->flags & RING_SPECIAL;
	if (!(p->flags & IORING_SETUP_NO_SQARRAY))
		ring->sq_array = (u32 *)((char *)ring->shared + array_offset(p));
	ring->refs = 1;
	spin_init(&ring->lock, RANK_RING);
	wait_queue_init(&ring->submitters);
	list_init(&ring->overflow);
	list_init(&ring->told);
	wait_queue_init(&ring->cq_waiters);
	for (u32 kind = 0; kind < PENDING_KINDS; kind++)
		index_init(&ring->pending[kind]);
	ring->poller_gone = true; /* there is none yet */
	wait_queue_init(&ring->sq_room);
	poll_queue_init(&ring->poll);
}

/* Rings that are not enabled yet get theirs then. */
static bool has_issuer(const struct io_uring_params *p)
{
	return (p->flags & (IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_R_DISABLED)) == IORING_SETUP_SINGLE_ISSUER;
}

long ring_new(struct thread *thread, u32 entries, struct io_uring_params *p, struct file **file)
{
	struct ring *ring;
	long err = sizes_settle(entries, p);

	if (err)
		return err;
	if (has_issuer(p) && !issuer_make(thread))
		return -ENOMEM;
	ring = slab_zalloc(&ring_cache);
	if (!ring)
		return -ENOMEM;
	ring->shared_order = order_of(array_offset(p) + p->sq_entries * sizeof(u32));
	ring->sqes_order = order_of(p->sq_entries * sizeof(struct io_uring_sqe));
	ring->shared = shared_alloc(ring->shared_order);
	ring->sqes = shared_alloc(ring->sqes_order);
	*file = ring->shared && ring->sqes ? file_alloc(&ring_ops, NULL, O_RDWR, ring) : NULL;
	if (!*file) {
		shared_free(ring->shared, ring->shared_order);
		shared_free(ring->sqes, ring->sqes_order);
		slab_free(&ring_cache, ring);
		return -ENOMEM;
	}
	ring_fill(ring, p);
	offsets_tell(p);
	ring->issuer = has_issuer(p) ? thread->issuer->number : 0;
	/* as many as Linux would begin with */
	ring->workers[0] = min(p->sq_entries, 4 * hart_count);
	ring->workers[1] = (u32)min(limit_get(thread->process, RLIMIT_NPROC).current, (u64)INT32_MAX);
	ring->process = thread->process;
	atomic_add_relaxed(&ring->process->refs, 1u);
	err = sqpoll_setup(ring, p);
	if (err)
		file_put(*file);
	return err;
}

void ring_put(struct ring *ring)
{
	struct list *node;

	if (atomic_sub(&ring->refs, 1u) != 1)
		return;
	/* completions that nobody will ever fetch */
	while ((node = list_pop_front(&ring->overflow)))
		pending_free(list_entry(node, struct ring_pending, entry.same));
	for (u32 kind = 0; kind < PENDING_KINDS; kind++)
		index_free(&ring->pending[kind]);
	shared_free(ring->shared, ring->shared_order);
	shared_free(ring->sqes, ring->sqes_order);
	sqpoll_leave(ring);
	process_put(ring->process);
	slab_free(&ring_cache, ring);
}

/* --- the file --- */

/* A request that ends on another hart just now may be about to take it: under the lock, as it does. */
static void eventfd_drop(struct ring *ring)
{
	struct file *eventfd;

	spin_lock(&ring->lock);
	eventfd = ring->eventfd;
	ring->eventfd = NULL;
	spin_unlock(&ring->lock);
	if (eventfd)
		file_put(eventfd);
}

static void ring_release(struct file *file)
{
	struct ring *ring = file->data;

	eventfd_drop(ring);
	spin_lock(&ring->lock);
	ring->closed = true;
	spin_unlock(&ring->lock);
	if (!sqpoll_stop(ring))
		ring_close(ring);
}

static long ring_map_check(struct file *file, u64 offset, u64 bytes)
{
	struct ring *ring = file->data;
	u32 order = offset == IORING_OFF_SQES ? ring->sqes_order : ring->shared_order;

	if (offset != IORING_OFF_SQ_RING && offset != IORING_OFF_CQ_RING && offset != IORING_OFF_SQES)
		return -EINVAL;
	return bytes <= (u64)PAGE_SIZE << order ? 0 : -EINVAL;
}

static long ring_map(struct co *caller, struct file *file, u64 index, struct page **page)
{
	struct ring *ring = file->data;
	u64 sqes = IORING_OFF_SQES >> PAGE_SHIFT, cq = IORING_OFF_CQ_RING >> PAGE_SHIFT, at;
	char *memory = (char *)ring->shared;
	u32 order = ring->shared_order;

	(void)caller;
	at = index;
	if (index >= sqes) {
		at = index - sqes;
		memory = (char *)ring->sqes;
		order = ring->sqes_order;
	} else if (index >= cq) {
		at = index - cq; /* the one mapping under its other name */
	}
	if (at >> order)
		return -ENXIO;
	*page = virt_to_page(memory + at * PAGE_SIZE);
	page_get(*page);
	return 0;
}

static u32 ring_poll(struct file *file, struct poll_table *table)
{
	struct ring *ring = file->data;
	u32 ready = 0;

	poll_table_add(table, &ring->poll);
	spin_lock(&ring->lock);
	if (ring_ready(ring) || !list_is_empty(&ring->overflow))
		ready |= POLL_IN;
	spin_unlock(&ring->lock);
	if (load_relaxed(&ring->shared->sq_tail) - load_relaxed(&ring->sq_head) < ring->sq_entries)
		ready |= POLL_OUT;
	return ready;
}

const struct file_ops ring_ops = {
	.name = "io_uring",
	.map = ring_map,
	.map_check = ring_map_check,
	.poll = ring_poll,
	.release = ring_release,
};
