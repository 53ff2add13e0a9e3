/* virtqueue.h - a split virtqueue (Virtual I/O Device 1.2, section 2.7).
 *
 *     driver                                                                        device
 *     descriptor table   [ address, bytes, flags, next ] x size     chains of pieces of memory
 *     available ring     heads of chains ------------------------------------------> takes
 *     used ring          <----------------------------------------- heads, bytes written
 *
 * Contract: the owner of the queue has a lock for all calls. The memory of a chain belongs to the device from
 * virtqueue_publish until virtqueue_take has returned its token, or the device has been reset.
 * The device is not trusted: a used entry that no honest device can have written marks the queue broken and nothing
 * more is taken from it. The owner then resets the device and ends what is in flight (virtqueue_abandon).
 * Invariant: free_count + the lengths of all chains in flight == size. Chains are remembered in private memory, never
 * read back from what the device can write.
 */
#pragma once

#include "lib/types.h"

enum { VIRTQUEUE_SIZE_MAX = 256, VIRTQUEUE_ALIGN = 4096 /* of the used ring, for legacy devices */ };

/* Layouts of section 2.7.5 to 2.7.8. */
struct virtqueue_descriptor {
	u64 address;
	u32 bytes;
	u16 flags, next;
};

struct virtqueue_available {
	u16 flags, index;
	u16 ring[];
};

struct virtqueue_used {
	u16 flags, index;
	struct virtqueue_used_entry {
		u32 head, bytes;
	} ring[];
};

/* A physically contiguous piece of memory. */
struct virtqueue_piece {
	u64 phys;
	u32 bytes;
};

struct virtqueue_chain;

struct virtqueue {
	struct virtqueue_descriptor *descriptors;
	struct virtqueue_available *available;
	struct virtqueue_used *used;
	struct virtqueue_chain *chains; /* private, by descriptor number */
	u16 size;
	u16 free_head, free_count;
	u16 available_next; /* where the next head goes; published up to available->index */
	u16 used_seen;	    /* taken up to here */
	u16 in_flight;	    /* chains */
	bool broken;
	u32 errors; /* things no honest device does */
};

/* Memory for a queue of SIZE descriptors: 0, -EINVAL (SIZE is no power of two up to VIRTQUEUE_SIZE_MAX), -ENOMEM. */
int virtqueue_create(struct virtqueue *queue, u32 size);
/* The device has been reset, or never saw the queue. */
void virtqueue_destroy(struct virtqueue *queue);

/* Put a chain in: READABLE pieces that the device reads, then WRITABLE pieces that it writes. TOKEN, not NULL, comes
 * back from virtqueue_take. The device sees it after virtqueue_publish. 0; -EAGAIN: no room now; -EINVAL: never. */
int virtqueue_add(struct virtqueue *queue, const struct virtqueue_piece *pieces, u32 readable, u32 writable,
		  void *token);

/* Let the device see what was added. True: it wants to be notified. */
bool virtqueue_publish(struct virtqueue *queue);

/* Has the device returned something that was not taken yet? */
bool virtqueue_has_used(const struct virtqueue *queue);
/* The token of the next chain the device returned, and how many bytes it wrote (never more than there was room for).
 * NULL: none now, or the queue is broken. */
void *virtqueue_take(struct virtqueue *queue, u32 *bytes);

/* The device has been reset: the token of one chain that was in flight, NULL when there is none left. */
void *virtqueue_abandon(struct virtqueue *queue);
