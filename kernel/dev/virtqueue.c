/* virtqueue.c - descriptors, available ring, used ring.
 *
 * One piece of memory, laid out as legacy devices want it, which modern ones accept too:
 *
 *     descriptors (16 x size) | available (6 + 2 x size) | up to a page | used (6 + 8 x size)
 *
 * Free descriptors form a list through chains[].next, as do the descriptors of a chain.
 */
#include "kernel/dev/virtqueue.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "lib/order.h"
#include "lib/ring.h"

enum { DESCRIPTOR_NEXT = 1, DESCRIPTOR_WRITE = 2 };
enum { USED_NO_NOTIFY = 1 };

/* What a descriptor is used for. As the head of a chain in flight: token is not NULL. */
struct virtqueue_chain {
	void *token;
	u16 next;
	u16 count;    /* descriptors of the chain */
	u32 writable; /* bytes that the device may write */
};

static u32 used_offset(u32 size)
{
	return ALIGN_UP(size * 16 + 6 + size * 2, (u32)VIRTQUEUE_ALIGN);
}

static u32 order_for(u32 bytes)
{
	u32 order = 0;

	while (((u32)PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

static u32 memory_order(u32 size)
{
	return order_for(used_offset(size) + 6 + size * 8);
}

static u32 chains_order(u32 size)
{
	return order_for(size * (u32)sizeof(struct virtqueue_chain));
}

int virtqueue_create(struct virtqueue *queue, u32 size)
{
	struct page *memory, *chains;
	u8 *base;

	*queue = (struct virtqueue){ 0 };
	if (size > VIRTQUEUE_SIZE_MAX || !ring_is_size(size))
		return -EINVAL;
	memory = page_alloc(memory_order(size));
	chains = page_alloc(chains_order(size));
	if (!memory || !chains)
		goto out;
	base = page_to_virt(memory);
	for (u32 i = 0; i < 1u << memory_order(size); i++)
		page_zero(base + (size_t)i * PAGE_SIZE);
	queue->descriptors = (struct virtqueue_descriptor *)base;
	queue->available = (struct virtqueue_available *)(base + size * 16);
	queue->used = (struct virtqueue_used *)(base + used_offset(size));
	queue->chains = page_to_virt(chains);
	queue->size = queue->free_count = (u16)size;
	for (u32 i = 0; i < size; i++)
		queue->chains[i] = (struct virtqueue_chain){ .next = (u16)(i + 1) };
	return 0;
out:
	if (memory)
		page_free(memory, memory_order(size));
	if (chains)
		page_free(chains, chains_order(size));
	return -ENOMEM;
}

void virtqueue_destroy(struct virtqueue *queue)
{
	if (!queue->size)
		return;
	page_free(virt_to_page(queue->descriptors), memory_order(queue->size));
	page_free(virt_to_page(queue->chains), chains_order(queue->size));
	*queue = (struct virtqueue){ 0 };
}

/* LAB 3 { */
/* LAB 3: the drawing in virtqueue.h, sections 2.7.5 to 2.7.14 of the specification, and a device that may lie. */
int virtqueue_add(struct virtqueue *queue, const struct virtqueue_piece *pieces, u32 readable, u32 writable,
		  void *token)
{
	u32 count = readable + writable, writable_bytes = 0;
	u16 head = queue->free_head, at = head;
	struct virtqueue_descriptor *d;

	if (!count || count > queue->size)
		return -EINVAL;
	if (count > queue->free_count)
		return -EAGAIN;
	for (u32 i = 0; i < count; i++) {
		d = &queue->descriptors[at];
		d->address = pieces[i].phys;
		d->bytes = pieces[i].bytes;
		d->flags = (u16)((i + 1 < count ? DESCRIPTOR_NEXT : 0) | (i >= readable ? DESCRIPTOR_WRITE : 0));
		d->next = queue->chains[at].next;
		writable_bytes += i >= readable ? pieces[i].bytes : 0;
		at = queue->chains[at].next;
	}
	queue->free_head = at;
	queue->free_count -= (u16)count;
	queue->in_flight++;
	queue->chains[head].token = token;
	queue->chains[head].count = (u16)count;
	queue->chains[head].writable = writable_bytes;
	/* Relaxed: the device looks at the slot only after it has seen the index that virtqueue_publish stores. */
	store_relaxed(&queue->available->ring[ring_slot(queue->available_next++, queue->size - 1u)], head);
	return 0;
}

bool virtqueue_publish(struct virtqueue *queue)
{
	/* Descriptors and ring slots before the index. Partner: the device's read of the index before it reads
	 * those. */
	fence_to_device();
	store_relaxed(&queue->available->index, queue->available_next);
	/* Store index, fence, load flags. Partner: the device stores flags ("notify me"), fences, loads the index.
	 * One of the two sees the other's store, so a chain is never left lying unnoticed. */
	fence_full();
	return !(load_relaxed(&queue->used->flags) & USED_NO_NOTIFY);
}

bool virtqueue_has_used(const struct virtqueue *queue)
{
	return queue->size && !queue->broken && load_relaxed(&queue->used->index) != queue->used_seen;
}

/* Give the descriptors of the chain at HEAD back: its token. */
static void *chain_free(struct virtqueue *queue, u16 head)
{
	struct virtqueue_chain *chain = &queue->chains[head];
	void *token = chain->token;
	u16 last = head;

	for (u32 i = 1; i < chain->count; i++)
		last = queue->chains[last].next;
	queue->chains[last].next = queue->free_head;
	queue->free_head = head;
	queue->free_count += chain->count;
	queue->in_flight--;
	chain->token = NULL;
	return token;
}

static void *queue_broken(struct virtqueue *queue)
{
	queue->errors++;
	queue->broken = true;
	return NULL;
}

void *virtqueue_take(struct virtqueue *queue, u32 *bytes)
{
	u16 index = load_relaxed(&queue->used->index);
	const struct virtqueue_used_entry *entry;
	u32 head;

	if (queue->broken || index == queue->used_seen)
		return NULL;
	if (ring_count16(queue->used_seen, index) > queue->in_flight)
		return queue_broken(queue);
	/* The index before the entry, and before the data the device wrote. Partner: the device writes data and entry
	 * before it stores the index. */
	fence_from_device();
	entry = &queue->used->ring[ring_slot(queue->used_seen++, queue->size - 1u)];
	head = load_relaxed(&entry->head); /* once: the device may change it under our eyes */
	*bytes = load_relaxed(&entry->bytes);
	if (head >= queue->size || !queue->chains[head].token)
		return queue_broken(queue);
	if (*bytes > queue->chains[head].writable) {
		*bytes = queue->chains[head].writable;
		queue->errors++;
	}
	return chain_free(queue, (u16)head);
}

void *virtqueue_abandon(struct virtqueue *queue)
{
	queue->broken = true;
	for (u32 head = 0; queue->in_flight && head < queue->size; head++)
		if (queue->chains[head].token)
			return chain_free(queue, (u16)head);
	return NULL;
}
/* LAB 3 ELSE
// What everybody writes first: descriptors are taken in turn, the device is believed, and memory is one place where
// everybody sees everything at once. Replace all of it.
int virtqueue_add(struct virtqueue *queue, const struct virtqueue_piece *pieces, u32 readable, u32 writable,
		  void *token)
{
	u32 count = readable + writable, mask = queue->size - 1u;
	u16 head = queue->free_head;

	if (count > queue->free_count)
		return -EAGAIN;
	for (u32 i = 0; i < count; i++) {
		u32 at = (head + i) & mask;

		queue->descriptors[at] = (struct virtqueue_descriptor){
			.address = pieces[i].phys,
			.bytes = pieces[i].bytes,
			.flags = (u16)((i + 1 < count ? DESCRIPTOR_NEXT : 0) | (i >= readable ? DESCRIPTOR_WRITE : 0)),
			.next = (u16)((at + 1) & mask),
		};
	}
	queue->free_head = (u16)((head + count) & mask);
	queue->free_count -= (u16)count;
	queue->in_flight++;
	queue->chains[head].token = token;
	queue->chains[head].count = (u16)count;
	queue->available->ring[queue->available_next++ & mask] = head;
	return 0;
}

bool virtqueue_publish(struct virtqueue *queue)
{
	queue->available->index = queue->available_next;
	return !(queue->used->flags & USED_NO_NOTIFY);
}

bool virtqueue_has_used(const struct virtqueue *queue)
{
	return queue->size && queue->used->index != queue->used_seen;
}

void *virtqueue_take(struct virtqueue *queue, u32 *bytes)
{
	struct virtqueue_used_entry *entry = &queue->used->ring[queue->used_seen & (queue->size - 1u)];

	if (!virtqueue_has_used(queue))
		return NULL;
	queue->used_seen++;
	*bytes = entry->bytes;
	queue->free_count += queue->chains[entry->head].count;
	queue->in_flight--;
	return queue->chains[entry->head].token;
}

void *virtqueue_abandon(struct virtqueue *queue)
{
	(void)queue;
	return NULL;
}
 */
/* } LAB 3 */
