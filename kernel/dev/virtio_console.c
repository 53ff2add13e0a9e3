/* virtio_console.c - port 0 of a virtio console, output only (Virtual I/O Device 1.2, section 5.3).
 *
 * One write at a time, copied piece by piece into a page of the driver's own: the caller's memory need not be in the
 * direct map. Without the MULTIPORT feature queue 1 is the output of the one port there is.
 */
#include "kernel/dev/virtio_console.h"

#include "kernel/abi/errno.h"
#include "kernel/dev/dev.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/page.h"
#include "kernel/task/mutex.h"
#include "kernel/task/wait.h"
#include "lib/string.h"

enum { QUEUE_OUTPUT = 1, QUEUE_SIZE = 8 };

static struct {
	struct virtio_device *device; /* NULL: no port */
	struct co_mutex mutex;	      /* held over a whole write */
	struct spinlock lock;	      /* guards queue and written */
	struct virtqueue queue;
	struct wait_queue written;
	u8 *page; /* belongs to the device while a chain is in flight */
} verdict = { .lock = SPINLOCK_INIT(RANK_DEVICE), .written = { LIST_INIT(verdict.written.waits) } };

bool verdict_present(void)
{
	return verdict.device != NULL;
}

static void virtio_console_interrupt(void *device)
{
	virtio_acknowledge(device);
	spin_lock(&verdict.lock);
	wait_wake_one(&verdict.written);
	spin_unlock(&verdict.lock);
}

/* Hand BYTES, at most a page, to the device. */
static int piece_start(const u8 *data, u32 bytes)
{
	struct virtqueue_piece piece = { virt_to_phys(verdict.page), bytes };
	int err;

	memcpy(verdict.page, data, bytes);
	spin_lock(&verdict.lock);
	err = verdict.queue.broken ? -EIO : virtqueue_add(&verdict.queue, &piece, 1, 0, verdict.page);
	if (!err && virtqueue_publish(&verdict.queue))
		virtio_notify(verdict.device, QUEUE_OUTPUT);
	spin_unlock(&verdict.lock);
	return err;
}

struct verdict_write {
	struct co co;
	const u8 *data;
	u32 bytes, piece;
};

CO_STEP(verdict_write)
{
	CO_FRAME(verdict_write);
	u32 written;
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &verdict.mutex));
	if (err)
		CO_RETURN(err);
	while (!err && f->bytes) {
		f->piece = min(f->bytes, (u32)PAGE_SIZE);
		err = piece_start(f->data, f->piece);
		if (err)
			break;
		AWAIT_UNTIL_DISK(err, &verdict.lock, &verdict.written, virtqueue_has_used(&verdict.queue));
		if (!virtqueue_take(&verdict.queue, &written))
			err = -EIO;
		spin_unlock(&verdict.lock);
		f->data += f->piece;
		f->bytes -= f->piece;
	}
	mutex_unlock(co, &verdict.mutex);
	CO_RETURN(err);
	CO_END;
}

long verdict_write(struct co *caller, const void *data, u32 bytes)
{
	if (!verdict_present())
		return -ENODEV;
	return CO_CALL(verdict_write, caller, .data = data, .bytes = bytes);
}

static int console_prepare(struct virtio_device *device)
{
	struct page *page;
	int err = virtio_negotiate(device, 0);

	if (!err)
		err = virtio_queue_attach(device, QUEUE_OUTPUT, &verdict.queue, QUEUE_SIZE);
	if (err)
		return err;
	page = page_alloc_zeroed();
	if (!page)
		return -ENOMEM;
	verdict.page = page_to_virt(page);
	return irq_register(device->source, hart()->index, "verdict", virtio_console_interrupt, device);
}

int virtio_console_probe(struct virtio_device *device)
{
	int err;

	if (verdict.device) /* the first one is the verdict port */
		return -EBUSY;
	mutex_init(&verdict.mutex);
	err = console_prepare(device);
	if (!err) {
		virtio_go(device);
		verdict.device = device;
		return 0;
	}
	virtio_fail(device);
	virtqueue_destroy(&verdict.queue);
	if (verdict.page)
		page_put(virt_to_page(verdict.page));
	verdict.page = NULL;
	return err;
}
