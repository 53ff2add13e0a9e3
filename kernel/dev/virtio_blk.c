/* virtio_blk.c - block devices over virtio (Virtual I/O Device 1.2, section 5.2).
 *
 *     request = chain:  [ header: type, sector ] [ data ] ... [ data ] [ status byte ]
 *                         slot in DMA memory      the caller's pages     the same slot
 *
 * virtio_blk_submit puts a request into the queue and notifies the device. When the device interrupts, the handler only
 * acknowledges and wakes virtio_blk_reap, a task that takes what was used and completes it.
 * Nothing looks at the used ring unless an interrupt came: each look is paid for by an interrupt count that went up.
 * Lock: block.lock guards the queue, the slots and the counts.
 */
#include "kernel/abi/errno.h"
#include "kernel/dev/block.h"
#include "kernel/dev/dev.h"
#include "kernel/hart/print.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/task/wait.h"
#include "lib/fmt.h"

#define F_SEGMENTS_MAX BIT(2)
#define F_READ_ONLY    BIT(5)
#define F_FLUSH	       BIT(9)

enum { CONFIG_CAPACITY = 0, CONFIG_SEGMENTS_MAX = 12 };
enum { STATUS_OK = 0, STATUS_UNSUPPORTED = 2, STATUS_NONE = 0xff /* what no device writes */ };
enum { QUEUE = 0, QUEUE_SIZE_MIN = 32, SLOTS = VIRTQUEUE_SIZE_MAX / 2, DEVICES_MAX = 8 };

/* struct virtio_blk_req without its data. */
struct blk_slot {
	u32 type, reserved;
	u64 sector;
	u8 status; /* written by the device */
	u8 unused[15];
};
_Static_assert(SLOTS * sizeof(struct blk_slot) <= PAGE_SIZE, "the slots of a device fill one page");

struct virtio_blk {
	struct block_device block;
	struct virtio_device *device;
	struct virtqueue queue;
	struct blk_slot *slots; /* one page of DMA memory */
	struct wait_queue interrupted;
	u64 interrupts_seen;
	bool dead; /* the device broke its word and has been reset: every request ends with -EIO */
	char name[8];
	u8 free[SLOTS]; /* numbers of free slots, a stack */
	u32 free_count;
	struct block_request *requests[SLOTS]; /* the token of a chain is the address of its request's place here */
};
_Static_assert(sizeof(struct virtio_blk) <= 2048, "a device comes from kzalloc");

static const u32 types[] = { [BLOCK_READ] = 0, [BLOCK_WRITE] = 1, [BLOCK_FLUSH] = 4 };

/* ---- submission */

/* The chain of REQUEST in SLOT: how many pieces the device reads, and how many it writes. */
static void chain_build(struct blk_slot *slot, const struct block_request *request, struct virtqueue_piece *pieces,
			u32 *readable, u32 *writable)
{
	u32 count = 0;

	pieces[count++] = (struct virtqueue_piece){ virt_to_phys(slot), offsetof(struct blk_slot, status) };
	for (u32 i = 0; i < request->segment_count; i++)
		pieces[count++] = (struct virtqueue_piece){ virt_to_phys(request->segments[i].data),
							    request->segments[i].bytes };
	pieces[count++] = (struct virtqueue_piece){ virt_to_phys(&slot->status), 1 };
	*readable = request->op == BLOCK_WRITE ? count - 1 : 1;
	*writable = count - *readable;
}

static int virtio_blk_submit(struct block_device *device, struct block_request *request)
{
	struct virtio_blk *blk = device->driver;
	struct virtqueue_piece pieces[BLOCK_MAX_SEGMENTS + 2];
	u32 number, readable, writable;
	struct blk_slot *slot;
	int err;

	if (blk->dead)
		return -EIO;
	if (!blk->free_count)
		return -EAGAIN;
	number = blk->free[blk->free_count - 1];
	slot = &blk->slots[number];
	*slot = (struct blk_slot){ .type = types[request->op], .sector = request->sector, .status = STATUS_NONE };
	chain_build(slot, request, pieces, &readable, &writable);
	err = virtqueue_add(&blk->queue, pieces, readable, writable, &blk->requests[number]);
	if (err)
		return err;
	blk->free_count--;
	blk->requests[number] = request;
	if (virtqueue_publish(&blk->queue))
		virtio_notify(blk->device, QUEUE);
	return 0;
}

/* ---- completion */

static void virtio_blk_interrupt(void *argument)
{
	struct virtio_blk *blk = argument;

	if (!(virtio_acknowledge(blk->device) & VIRTIO_INTERRUPT_USED))
		return;
	spin_lock(&blk->block.lock);
	blk->block.interrupts++;
	wait_wake_one(&blk->interrupted);
	spin_unlock(&blk->block.lock);
}

static long status_result(u8 status)
{
	if (status == STATUS_OK)
		return 0;
	return status == STATUS_UNSUPPORTED ? -EOPNOTSUPP : -EIO;
}

static struct block_request *slot_free_locked(struct virtio_blk *blk, struct block_request **place)
{
	blk->free[blk->free_count++] = (u8)(place - blk->requests);
	return *place;
}

/* A device that broke the queue is not believed any more. After the reset it touches no memory, so what was in flight
 * can end. */
static struct block_request *take_from_broken_locked(struct virtio_blk *blk, long *result)
{
	struct block_request **place;

	if (!blk->dead) {
		blk->dead = true;
		virtio_fail(blk->device);
		print("%s: the device returned a request that it does not have; it is switched off\n", blk->block.name);
	}
	*result = -EIO;
	place = virtqueue_abandon(&blk->queue);
	return place ? slot_free_locked(blk, place) : NULL;
}

/* The next request that has ended, and its result; NULL: none now. */
static struct block_request *take_locked(struct virtio_blk *blk, long *result)
{
	struct block_request **place;
	u32 bytes;

	place = virtqueue_take(&blk->queue, &bytes);
	if (!place)
		return unlikely(blk->queue.broken) ? take_from_broken_locked(blk, result) : NULL;
	*result = status_result(load_relaxed(&blk->slots[place - blk->requests].status));
	return slot_free_locked(blk, place);
}

struct virtio_blk_reap {
	struct co co;
	struct virtio_blk *blk;
	bool announced;
};

CO_STEP(virtio_blk_reap)
{
	CO_FRAME(virtio_blk_reap);
	struct block_device *block = &f->blk->block;
	struct block_request *request;
	long err, result;

	CO_BEGIN;
	for (;;) {
		AWAIT_UNTIL_DISK(err, &f->blk->block.lock, &f->blk->interrupted,
				 f->blk->block.interrupts != f->blk->interrupts_seen);
		f->announced = block->interrupts != f->blk->interrupts_seen;
		f->blk->interrupts_seen = block->interrupts;
		while ((request = take_locked(f->blk, &result))) {
			block->unannounced += !f->announced;
			spin_unlock(&block->lock);
			block_complete(request, result);
			if (task_should_yield())
				AWAIT(err, task_yield(co));
			spin_lock(&f->blk->block.lock);
		}
		spin_unlock(&f->blk->block.lock);
	}
	CO_END;
}

static long reap(struct co *caller, void *blk)
{
	return CO_CALL(virtio_blk_reap, caller, .blk = blk);
}

/* ---- start */

static int blk_features(struct virtio_blk *blk)
{
	struct virtio_device *device = blk->device;
	int err = virtio_negotiate(device, F_SEGMENTS_MAX | F_READ_ONLY | F_FLUSH);

	if (err)
		return err;
	if ((device->features & F_SEGMENTS_MAX) && virtio_config(device, CONFIG_SEGMENTS_MAX, 4) < BLOCK_MAX_SEGMENTS)
		return -EOPNOTSUPP;
	blk->block.sectors = virtio_config(device, CONFIG_CAPACITY, 8);
	blk->block.read_only = device->features & F_READ_ONLY;
	/* Without FLUSH the device keeps no written data in a volatile cache (section 5.2.6.2). */
	blk->block.has_cache = device->features & F_FLUSH;
	return 0;
}

/* Queue, slots, handler and task of the device, which is not alive yet. */
static int blk_prepare(struct virtio_blk *blk)
{
	struct page *page;
	int err = virtio_queue_attach(blk->device, QUEUE, &blk->queue, VIRTQUEUE_SIZE_MAX);

	if (err)
		return err;
	if (blk->queue.size < QUEUE_SIZE_MIN)
		return -EOPNOTSUPP;
	page = page_alloc_zeroed();
	if (!page)
		return -ENOMEM;
	blk->slots = page_to_virt(page);
	while (blk->free_count < SLOTS) {
		blk->free[blk->free_count] = (u8)blk->free_count;
		blk->free_count++;
	}
	err = irq_register(blk->device->source, hart()->index, blk->name, virtio_blk_interrupt, blk);
	return err ? err : task_spawn("virtio-blk", PRIORITY_DRIVER, reap, blk);
}

static struct virtio_blk *blk_create(struct virtio_device *device)
{
	static u32 created;
	struct virtio_blk *blk = created < DEVICES_MAX ? kzalloc(sizeof(*blk)) : NULL;

	if (!blk)
		return NULL;
	fmt(blk->name, sizeof(blk->name), "vd%c", (char)('a' + created++));
	wait_queue_init(&blk->interrupted);
	blk->device = device;
	blk->block.name = blk->name;
	blk->block.submit = virtio_blk_submit;
	blk->block.driver = blk;
	block_init(&blk->block);
	return blk;
}

int virtio_blk_probe(struct virtio_device *device)
{
	struct virtio_blk *blk = blk_create(device);
	int err;

	if (!blk)
		return -ENOMEM;
	err = blk_features(blk);
	if (!err)
		err = blk_prepare(blk);
	if (!err) {
		virtio_go(device);
		block_register(&blk->block);
		print("%s: %lu sectors%s%s\n", blk->name, blk->block.sectors, blk->block.read_only ? ", read-only" : "",
		      device->legacy ? ", legacy device" : "");
		return 0;
	}
	/* The struct itself stays: a handler may know it. */
	virtio_fail(device);
	virtqueue_destroy(&blk->queue);
	if (blk->slots)
		page_put(virt_to_page(blk->slots));
	return err;
}
