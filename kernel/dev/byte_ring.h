/* byte_ring.h - bytes on their way to or from a slow device: first in, first out, in memory of a fixed size.
 *
 * Contract: whoever owns the ring has a lock for it; nothing here waits. SIZE is a power of two (lib/ring.h).
 */
#pragma once

#include "lib/ring.h"
#include "lib/types.h"

struct byte_ring {
	u8 *data;
	u32 size;
	u32 head, tail; /* free-running: taken from head, put at tail */
};

/* A ring over the array ARRAY, as a static initialiser. */
#define BYTE_RING(array)                               \
	{                                              \
		.data = (array), .size = sizeof(array) \
	}

static inline u32 byte_ring_count(const struct byte_ring *ring)
{
	return ring_count(ring->head, ring->tail);
}

static inline u32 byte_ring_room(const struct byte_ring *ring)
{
	return ring_room(ring->head, ring->tail, ring->size);
}

/* False: the ring is full and the byte was not put in. */
static inline bool byte_ring_put(struct byte_ring *ring, u8 byte)
{
	if (!byte_ring_room(ring))
		return false;
	ring->data[ring_slot(ring->tail++, ring->size - 1)] = byte;
	return true;
}

/* The oldest byte; the ring is not empty. */
static inline u8 byte_ring_get(struct byte_ring *ring)
{
	return ring->data[ring_slot(ring->head++, ring->size - 1)];
}
