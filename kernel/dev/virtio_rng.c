/* virtio_rng.c - the host's randomness, once (Virtual I/O Device 1.2, section 5.4).
 *
 * A task asks for 64 bytes, waits for the interrupt, mixes them into the generator (dev/random) and switches the device
 * off: from then on the generator needs nothing.
 */
#include "kernel/abi/errno.h"
#include "kernel/dev/dev.h"
#include "kernel/dev/random.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/page.h"
#include "kernel/task/wait.h"

enum { QUEUE = 0, QUEUE_SIZE = 8, SEED_BYTES = 64 };

static struct {
	struct virtio_device *device; /* NULL: there is none, or the seed has been taken */
	struct spinlock lock;	      /* guards queue and waiting */
	struct virtqueue queue;
	struct wait_queue waiting;
	void *seed; /* a page */
} rng = { .lock = SPINLOCK_INIT(RANK_DEVICE), .waiting = { LIST_INIT(rng.waiting.waits) } };

static void virtio_rng_interrupt(void *unused)
{
	(void)unused;
	virtio_acknowledge(rng.device);
	spin_lock(&rng.lock);
	wait_wake_one(&rng.waiting);
	spin_unlock(&rng.lock);
}

struct virtio_rng_seed {
	struct co co;
};

CO_STEP(virtio_rng_seed)
{
	CO_FRAME(virtio_rng_seed);
	u32 bytes = 0;
	long err;

	CO_BEGIN;
	AWAIT_UNTIL_DISK(err, &rng.lock, &rng.waiting, virtqueue_has_used(&rng.queue));
	if (virtqueue_take(&rng.queue, &bytes))
		random_seed(rng.seed, bytes);
	spin_unlock(&rng.lock);
	virtio_reset(rng.device);
	virtqueue_destroy(&rng.queue);
	page_put(virt_to_page(rng.seed));
	CO_RETURN(err);
	CO_END;
}

static long seed_once(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(virtio_rng_seed, caller);
}

static int rng_prepare(struct virtio_device *device)
{
	struct page *page;
	int err = virtio_negotiate(device, 0);

	if (!err)
		err = virtio_queue_attach(device, QUEUE, &rng.queue, QUEUE_SIZE);
	if (err)
		return err;
	page = page_alloc_zeroed();
	if (!page)
		return -ENOMEM;
	rng.seed = page_to_virt(page);
	err = irq_register(device->source, hart()->index, "virtio-rng", virtio_rng_interrupt, NULL);
	return err ? err : task_spawn("virtio-rng", PRIORITY_SERVICE, seed_once, NULL);
}

int virtio_rng_probe(struct virtio_device *device)
{
	struct virtqueue_piece piece;
	int err;

	if (rng.device) /* one is enough */
		return -EBUSY;
	rng.device = device;
	err = rng_prepare(device);
	if (err) {
		virtio_fail(device);
		virtqueue_destroy(&rng.queue);
		if (rng.seed)
			page_put(virt_to_page(rng.seed));
		return err;
	}
	virtio_go(device);
	piece = (struct virtqueue_piece){ virt_to_phys(rng.seed), SEED_BYTES };
	spin_lock(&rng.lock);
	virtqueue_add(&rng.queue, &piece, 0, 1, &rng);
	if (virtqueue_publish(&rng.queue))
		virtio_notify(device, QUEUE);
	spin_unlock(&rng.lock);
	return 0;
}
