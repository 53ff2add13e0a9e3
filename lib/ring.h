/* ring.h - index arithmetic of rings that two sides share: virtqueues, the SQ and CQ of io_uring.
 *
 * A ring has a power of two of slots. Its two indices run freely through all 32 bits and wrap there; the slot is the
 * low bits. So an empty and a full ring look different, and no index is ever set back:
 *
 *     slot     0   1   2   3   4   5   6   7         8 entries, mask 7
 *            +---+---+---+---+---+---+---+---+
 *            | j |   |   |   |   | g | h | i |       head 13 (slot 5), tail 17 (slot 1)
 *            +---+---+---+---+---+---+---+---+       ring_count 4, ring_room 4
 *                  ^ tail          ^ head
 *          producer puts here      consumer takes here
 *
 * Contract: pure arithmetic on values that were loaded before; each side loads the other's index once (acquire: pairs
 * with the release store that published it) and works with that copy. A side never trusts the index of the other: it
 * asks ring_clamp, and masks with its own mask.
 * Invariant between honest sides: 0 <= tail - head <= entries, modulo 2^32.
 */
#pragma once

#include "lib/types.h"

/* Entries that are in the ring. */
static inline u32 ring_count(u32 head, u32 tail)
{
	return tail - head;
}

/* Entries that still fit in. */
static inline u32 ring_room(u32 head, u32 tail, u32 entries)
{
	return entries - ring_count(head, tail);
}

/* ring_count when the other side wrote one of the indices and may lie: a nonsensical index makes the ring full, which
 * hurts the liar alone. ring_room of such a ring is ENTRIES less this. */
static inline u32 ring_clamp(u32 head, u32 tail, u32 entries)
{
	return min(ring_count(head, tail), entries);
}

/* Where the entry of a free-running index lies. */
static inline u32 ring_slot(u32 index, u32 mask)
{
	return index & mask;
}

/* ring_count for the 16-bit indices of a virtqueue. */
static inline u32 ring_count16(u16 head, u16 tail)
{
	return (u16)(tail - head);
}

/* Is ENTRIES a size that a ring can have? */
static inline bool ring_is_size(u32 entries)
{
	return entries && !(entries & (entries - 1));
}
