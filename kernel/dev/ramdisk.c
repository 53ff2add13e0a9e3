/* ramdisk.c - the virtual-time RAM disk.
 *
 *     submit: a slot, its deadline = now + latency --> tree of slots by deadline --> ramdisk_serve (task) sleeps until
 *                                                                                   the first is due; copies, completes
 *
 * Lock: block.lock guards the tree, the slots and the numbers. The request's memory is copied without it: until the
 * request is completed, that memory belongs to the disk.
 * Invariant: a slot is in the tree, on the free list, or in the hands of ramdisk_serve.
 */
#include "kernel/dev/ramdisk.h"

#include "kernel/abi/errno.h"
#include "kernel/dev/block.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/task/wait.h"
#include "lib/fmt.h"
#include "lib/rbtree.h"
#include "lib/string.h"

enum { CHUNK_ORDER = 8, CHUNK_BYTES = PAGE_SIZE << CHUNK_ORDER /* 1 MiB */, CHUNKS_MAX = 128 };
enum { DISKS_MAX = 4, SLOTS = PAGE_SIZE / 64 };
_Static_assert(RAMDISK_BYTES_MAX == (u64)CHUNK_BYTES * CHUNKS_MAX, "RAMDISK_BYTES_MAX");

struct ram_slot {
	struct rb_node node; /* in the tree */
	struct ram_slot *next_free;
	u64 deadline;
	struct block_request *request;
	long result;
};
_Static_assert(sizeof(struct ram_slot) <= 64, "the slots of a disk fill one page");

struct ramdisk {
	struct block_device block;
	struct ramdisk_options options;
	u64 random, requests; /* state of the latency generator; requests since the fault plan was set */
	struct rb_tree due;
	struct ram_slot *free;
	struct wait_queue sooner; /* the server: the first deadline has changed */
	char name[8];
	u8 *chunks[CHUNKS_MAX];
};
_Static_assert(sizeof(struct ramdisk) <= 2048, "a disk comes from kzalloc");

static struct ramdisk *disks[DISKS_MAX];
static u32 disk_count;

/* ---- submission */

/* xorshift64*: the next latency. */
static u64 latency_next_locked(struct ramdisk *disk)
{
	u64 x = disk->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	disk->random = x;
	return disk->options.latency_min +
	       x * 0x2545f4914f6cdd1dul % (disk->options.latency_max - disk->options.latency_min + 1);
}

/* Equal deadlines: first come, first served. */
static void due_insert_locked(struct ramdisk *disk, struct ram_slot *slot)
{
	struct rb_node **link = &disk->due.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = slot->deadline < rb_entry(parent, struct ram_slot, node)->deadline ? &parent->left
											  : &parent->right;
	}
	rb_insert(&disk->due, &slot->node, parent, link);
}

static struct ram_slot *due_first(struct ramdisk *disk)
{
	struct rb_node *first = rb_first(&disk->due);

	return first ? rb_entry(first, struct ram_slot, node) : NULL;
}

static int ramdisk_submit(struct block_device *device, struct block_request *request)
{
	struct ramdisk *disk = device->driver;
	struct ram_slot *slot = disk->free;

	if (!slot)
		return -EAGAIN;
	disk->free = slot->next_free;
	disk->requests++;
	slot->request = request;
	slot->deadline = clock_now() + latency_next_locked(disk);
	slot->result = disk->options.fail_every && disk->requests % disk->options.fail_every == 0 ? -EIO : 0;
	due_insert_locked(disk, slot);
	if (due_first(disk) == slot)
		wait_wake_one(&disk->sooner);
	return 0;
}

/* ---- service */

/* Copy at most a page of REQUEST, from its byte DONE on: how much; 0 at its end. */
static u32 copy_piece(struct ramdisk *disk, const struct block_request *request, u64 done)
{
	u64 at = request->sector * SECTOR_SIZE + done, piece;
	const struct block_segment *s = request->segments, *end = s + request->segment_count;
	u8 *memory;

	for (; s < end && done >= s->bytes; s++)
		done -= s->bytes;
	if (s == end)
		return 0;
	memory = disk->chunks[at / CHUNK_BYTES] + at % CHUNK_BYTES;
	piece = min(s->bytes - done, CHUNK_BYTES - at % CHUNK_BYTES);
	piece = min(piece, (u64)PAGE_SIZE);
	if (request->op == BLOCK_WRITE)
		memcpy(memory, (u8 *)s->data + done, piece);
	else
		memcpy((u8 *)s->data + done, memory, piece);
	return (u32)piece;
}

static bool is_due(struct ramdisk *disk)
{
	struct ram_slot *first = due_first(disk);

	return first && first->deadline <= clock_now();
}

static u64 first_deadline(struct ramdisk *disk)
{
	struct ram_slot *first = due_first(disk);

	return first ? first->deadline : TIME_NEVER;
}

static void slot_end(struct ramdisk *disk, struct ram_slot *slot)
{
	struct block_request *request = slot->request;
	long result = slot->result;

	spin_lock(&disk->block.lock);
	slot->next_free = disk->free;
	disk->free = slot;
	spin_unlock(&disk->block.lock);
	block_complete(request, result);
}

struct ramdisk_serve {
	struct co co;
	struct ramdisk *disk;
	struct ram_slot *slot;
	u64 done; /* bytes of its request that are copied */
};

CO_STEP(ramdisk_serve)
{
	CO_FRAME(ramdisk_serve);
	u32 piece;
	long err;

	CO_BEGIN;
	for (;;) {
		/* The deadline is read again each time: a request that came meanwhile may be due earlier. */
		AWAIT_UNTIL_FULL(err, &f->disk->block.lock, &f->disk->sooner, WAIT_DISK, first_deadline(f->disk),
				 is_due(f->disk));
		if (err) { /* -ETIME: look again */
			spin_unlock(&f->disk->block.lock);
			continue;
		}
		f->slot = due_first(f->disk);
		rb_remove(&f->disk->due, &f->slot->node);
		f->disk->block.interrupts++;
		spin_unlock(&f->disk->block.lock);
		f->done = 0;
		while (!f->slot->result && (piece = copy_piece(f->disk, f->slot->request, f->done))) {
			f->done += piece;
			if (task_should_yield())
				AWAIT(err, task_yield(co));
		}
		slot_end(f->disk, f->slot);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	CO_END;
}

static long serve(struct co *caller, void *disk)
{
	return CO_CALL(ramdisk_serve, caller, .disk = disk);
}

/* ---- making one */

static void disk_free(struct ramdisk *disk, struct page *slots)
{
	for (u32 i = 0; i < CHUNKS_MAX && disk->chunks[i]; i++)
		page_free(virt_to_page(disk->chunks[i]), CHUNK_ORDER);
	if (slots)
		page_put(slots);
	kfree(disk, sizeof(*disk));
}

static int chunks_create(struct ramdisk *disk)
{
	struct page *chunk;

	for (u64 at = 0; at < disk->options.bytes; at += CHUNK_BYTES) {
		chunk = page_alloc(CHUNK_ORDER);
		if (!chunk)
			return -ENOMEM;
		disk->chunks[at / CHUNK_BYTES] = page_to_virt(chunk);
		for (u32 i = 0; i < CHUNK_BYTES; i += PAGE_SIZE)
			page_zero(disk->chunks[at / CHUNK_BYTES] + i);
	}
	return 0;
}

static void disk_prepare(struct ramdisk *disk, struct page *slots)
{
	struct ram_slot *slot = page_to_virt(slots);

	for (u32 i = 0; i < SLOTS; i++) {
		slot[i].next_free = disk->free;
		disk->free = &slot[i];
	}
	wait_queue_init(&disk->sooner);
	disk->random = disk->options.seed * 2 + 1; /* never 0 */
	disk->block.name = disk->name;
	disk->block.sectors = disk->options.bytes / SECTOR_SIZE;
	disk->block.has_cache = true;
	disk->block.submit = ramdisk_submit;
	disk->block.driver = disk;
	block_init(&disk->block);
}

int ramdisk_create_with(const struct ramdisk_options *options)
{
	struct ramdisk *disk;
	struct page *slots;
	int err = -ENOMEM;

	if (!options->bytes || options->bytes > RAMDISK_BYTES_MAX || options->latency_min > options->latency_max ||
	    options->latency_max == UINT64_MAX)
		return -EINVAL;
	if (disk_count == DISKS_MAX)
		return -EUSERS;
	disk = kzalloc(sizeof(*disk));
	if (!disk)
		return -ENOMEM;
	disk->options = *options;
	disk->options.bytes = ALIGN_UP(options->bytes, (u64)CHUNK_BYTES);
	fmt(disk->name, sizeof(disk->name), "ram%u", disk_count);
	slots = page_alloc_zeroed();
	if (slots && !chunks_create(disk)) {
		disk_prepare(disk, slots);
		err = task_spawn(disk->name, PRIORITY_DRIVER, serve, disk);
	}
	if (err) {
		disk_free(disk, slots);
		return err;
	}
	disks[disk_count] = disk;
	block_register(&disk->block);
	return (int)disk_count++;
}

int ramdisk_create(u64 bytes, u64 latency_min, u64 latency_max, u64 seed)
{
	return ramdisk_create_with(&(struct ramdisk_options){ bytes, latency_min, latency_max, seed, 0 });
}

int ramdisk_fail_every(u32 number, u32 fail_every)
{
	struct ramdisk *disk;

	if (number >= disk_count)
		return -ENODEV;
	disk = disks[number];
	spin_lock(&disk->block.lock);
	disk->options.fail_every = fail_every;
	disk->requests = 0;
	spin_unlock(&disk->block.lock);
	return 0;
}
