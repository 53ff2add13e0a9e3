/* uring-setup.c - make a ring, map its three pieces, take it down again; and io_uring_register's small commands. */
#define _GNU_SOURCE
#include "user/lib/uring.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Larger entries and memory brought by the program: this library does not know them. */
enum { SETUP_UNKNOWN = IORING_SETUP_SQE128 | IORING_SETUP_CQE32 | IORING_SETUP_NO_MMAP };

static void *ring_map(int fd, size_t bytes, u64 offset)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, (off_t)offset);
}

static u32 *word_at(void *base, u32 offset)
{
	return (u32 *)((char *)base + offset);
}

static void sq_attach(struct io_uring_sq *sq, const struct io_uring_params *params)
{
	const struct io_sqring_offsets *off = &params->sq_off;

	sq->khead = word_at(sq->ring_ptr, off->head);
	sq->ktail = word_at(sq->ring_ptr, off->tail);
	sq->kflags = word_at(sq->ring_ptr, off->flags);
	sq->kdropped = word_at(sq->ring_ptr, off->dropped);
	sq->ring_mask = *word_at(sq->ring_ptr, off->ring_mask);
	sq->ring_entries = *word_at(sq->ring_ptr, off->ring_entries);
	sq->sqe_tail = *sq->ktail;
	sq->head_seen = *sq->khead;
	if (params->flags & IORING_SETUP_NO_SQARRAY)
		return;
	sq->array = word_at(sq->ring_ptr, off->array);
	for (u32 i = 0; i < sq->ring_entries; i++)
		sq->array[i] = i;
}

static void cq_attach(struct io_uring_cq *cq, const struct io_uring_params *params)
{
	const struct io_cqring_offsets *off = &params->cq_off;

	cq->khead = word_at(cq->ring_ptr, off->head);
	cq->ktail = word_at(cq->ring_ptr, off->tail);
	cq->kflags = word_at(cq->ring_ptr, off->flags);
	cq->koverflow = word_at(cq->ring_ptr, off->overflow);
	cq->ring_mask = *word_at(cq->ring_ptr, off->ring_mask);
	cq->ring_entries = *word_at(cq->ring_ptr, off->ring_entries);
	cq->cqes = (struct io_uring_cqe *)((char *)cq->ring_ptr + off->cqes);
}

static void ring_unmap(struct io_uring *ring)
{
	if (ring->sq.sqes)
		munmap(ring->sq.sqes, ring->sq.sqes_sz);
	if (ring->cq.ring_ptr && ring->cq.ring_ptr != ring->sq.ring_ptr)
		munmap(ring->cq.ring_ptr, ring->cq.ring_sz);
	if (ring->sq.ring_ptr)
		munmap(ring->sq.ring_ptr, ring->sq.ring_sz);
}

static int ring_map_all(struct io_uring *ring, const struct io_uring_params *params)
{
	bool single = params->features & IORING_FEAT_SINGLE_MMAP;
	size_t sq_bytes = params->sq_off.array + params->sq_entries * sizeof(u32);
	size_t cq_bytes = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);
	void *at;

	ring->sq.ring_sz = single ? max(sq_bytes, cq_bytes) : sq_bytes;
	ring->cq.ring_sz = cq_bytes;
	ring->sq.sqes_sz = params->sq_entries * sizeof(struct io_uring_sqe);

	at = ring_map(ring->ring_fd, ring->sq.ring_sz, IORING_OFF_SQ_RING);
	if (at == MAP_FAILED)
		return -errno;
	ring->sq.ring_ptr = at;
	if (!single)
		at = ring_map(ring->ring_fd, ring->cq.ring_sz, IORING_OFF_CQ_RING);
	if (at == MAP_FAILED)
		return -errno;
	ring->cq.ring_ptr = at;
	at = ring_map(ring->ring_fd, ring->sq.sqes_sz, IORING_OFF_SQES);
	if (at == MAP_FAILED)
		return -errno;
	ring->sq.sqes = at;
	return 0;
}

int io_uring_queue_init_params(unsigned entries, struct io_uring *ring, struct io_uring_params *params)
{
	int fd, ret;

	*ring = (struct io_uring){ .ring_fd = -1 };
	if (params->flags & SETUP_UNKNOWN)
		return -EINVAL;
	fd = io_uring_setup(entries, params);
	if (fd < 0)
		return fd;
	ring->ring_fd = ring->enter_ring_fd = fd;
	ring->flags = params->flags;
	ring->int_flags = params->flags & IORING_SETUP_SQPOLL ? INT_FLAG_SQPOLL : 0;
	ring->features = params->features;
	ret = ring_map_all(ring, params);
	if (ret) {
		io_uring_queue_exit(ring);
		return ret;
	}
	sq_attach(&ring->sq, params);
	cq_attach(&ring->cq, params);
	return 0;
}

int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	struct io_uring_params params = { .flags = flags };

	return io_uring_queue_init_params(entries, ring, &params);
}

void io_uring_queue_exit(struct io_uring *ring)
{
	ring_unmap(ring);
	if (ring->int_flags & INT_FLAG_REG_RING)
		io_uring_unregister_ring_fd(ring);
	if (ring->ring_fd >= 0)
		close(ring->ring_fd);
	*ring = (struct io_uring){ .ring_fd = -1 };
}

/* By the descriptor, or the number of the registered ring. */
static int ring_register(struct io_uring *ring, unsigned opcode, const void *arg, unsigned nr_args)
{
	int fd = ring->ring_fd;

	if ((ring->int_flags & INT_FLAG_REG_RING) && (ring->features & IORING_FEAT_REG_REG_RING)) {
		fd = ring->enter_ring_fd;
		opcode |= IORING_REGISTER_USE_REGISTERED_RING;
	}
	return io_uring_register((unsigned)fd, opcode, arg, nr_args);
}

int io_uring_register_doorbell(struct io_uring *ring)
{
	struct io_uring_doorbell doorbell = { 0 };
	int ret = ring_register(ring, IORING_REGISTER_CHIME_DOORBELL, &doorbell, 1);

	if (ret < 0)
		return ret;
	ring->doorbell = (volatile u32 *)doorbell.address;
	ring->doorbell_identity = doorbell.identity;
	return 0;
}

int io_uring_enable_rings(struct io_uring *ring)
{
	return ring_register(ring, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
}

int io_uring_register_restrictions(struct io_uring *ring, struct io_uring_restriction *res, unsigned nr_res)
{
	return ring_register(ring, IORING_REGISTER_RESTRICTIONS, res, nr_res);
}

int io_uring_register_ring_fd(struct io_uring *ring)
{
	struct io_uring_rsrc_update update = { .data = (u32)ring->ring_fd, .offset = ~0u };
	int ret = -EEXIST;

	if (!(ring->int_flags & INT_FLAG_REG_RING))
		ret = ring_register(ring, IORING_REGISTER_RING_FDS, &update, 1);
	if (ret == 1) {
		ring->enter_ring_fd = (int)update.offset;
		ring->int_flags |= INT_FLAG_REG_RING;
	}
	return ret;
}

int io_uring_unregister_ring_fd(struct io_uring *ring)
{
	struct io_uring_rsrc_update update = { .offset = (u32)ring->enter_ring_fd };
	int ret = -EINVAL;

	if (ring->int_flags & INT_FLAG_REG_RING)
		ret = ring_register(ring, IORING_UNREGISTER_RING_FDS, &update, 1);
	if (ret == 1) {
		ring->enter_ring_fd = ring->ring_fd;
		ring->int_flags &= ~(u32)INT_FLAG_REG_RING;
	}
	return ret;
}

int io_uring_close_ring_fd(struct io_uring *ring)
{
	if (!(ring->features & IORING_FEAT_REG_REG_RING))
		return -EOPNOTSUPP;
	if (!(ring->int_flags & INT_FLAG_REG_RING))
		return -EINVAL;
	if (ring->ring_fd < 0)
		return -EBADF;
	close(ring->ring_fd);
	ring->ring_fd = -1;
	return 1;
}

int io_uring_register_iowq_max_workers(struct io_uring *ring, unsigned values[2])
{
	return ring_register(ring, IORING_REGISTER_IOWQ_MAX_WORKERS, values, 2);
}

int io_uring_register_eventfd(struct io_uring *ring, int fd)
{
	return ring_register(ring, IORING_REGISTER_EVENTFD, &fd, 1);
}

int io_uring_register_eventfd_async(struct io_uring *ring, int fd)
{
	return ring_register(ring, IORING_REGISTER_EVENTFD_ASYNC, &fd, 1);
}

int io_uring_unregister_eventfd(struct io_uring *ring)
{
	return ring_register(ring, IORING_UNREGISTER_EVENTFD, NULL, 0);
}

int io_uring_register_probe(struct io_uring *ring, struct io_uring_probe *probe, unsigned nr)
{
	return ring_register(ring, IORING_REGISTER_PROBE, probe, nr);
}

struct io_uring_probe *io_uring_get_probe_ring(struct io_uring *ring)
{
	enum { OPS = 256 }; /* an opcode is one byte */
	struct io_uring_probe *probe = calloc(1, sizeof(*probe) + OPS * sizeof(probe->ops[0]));

	if (probe && io_uring_register_probe(ring, probe, OPS) < 0) {
		free(probe);
		return NULL;
	}
	return probe;
}

void io_uring_free_probe(struct io_uring_probe *probe)
{
	free(probe);
}

int io_uring_opcode_supported(const struct io_uring_probe *probe, int op)
{
	return op >= 0 && op < probe->ops_len && (probe->ops[op].flags & IO_URING_OP_SUPPORTED);
}
