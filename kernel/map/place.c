/* place.c - where a new area goes: where it is asked for, or the highest gap below the stack. */
#include "kernel/abi/errno.h"
#include "kernel/map/area.h"

enum { AREAS_MAX = 65530 };

/* Is [start, start + bytes) free and in range? */
static bool range_is_free(struct space *space, u64 start, u64 bytes)
{
	struct area *area = area_find(space, start);

	return start >= USER_MIN && start + bytes <= USER_MAX && (!area || area->start >= start + bytes);
}

/* Highest gap of BYTES below MAP_TOP; 0: none. The hint makes the common case one look-up. */
static u64 find_gap(struct space *space, u64 bytes)
{
	u64 top = space->map_hint;
	struct rb_node *node;
	struct area *area;

	if (bytes > MAP_TOP)
		return 0;
	if (top > bytes + USER_MIN && range_is_free(space, top - bytes, bytes))
		return top - bytes;
	top = MAP_TOP;
	area = area_find(space, top);
	node = area ? rb_prev(&area->node) : NULL;
	if (!area)
		for (node = space->areas.root; node && node->right; node = node->right)
			;
	for (; node; node = rb_prev(node)) {
		area = rb_entry(node, struct area, node);
		if (area->end + bytes <= top)
			break;
		top = area->start;
	}
	return top >= bytes + USER_MIN && range_is_free(space, top - bytes, bytes) ? top - bytes : 0;
}

long space_place(struct space *space, u64 address, u64 bytes)
{
	if (space->area_count >= AREAS_MAX)
		return -ENOMEM;
	if (address)
		return range_is_free(space, address, bytes) ? (long)address : -EEXIST;
	address = find_gap(space, bytes);
	if (!address)
		return -ENOMEM;
	space->map_hint = address;
	return (long)address;
}

long space_map(struct space *space, u64 address, u64 bytes, u32 prot, u32 flags, struct file *file, u64 offset)
{
	struct area *area = area_alloc();
	long at;

	if (!area)
		return -ENOMEM;
	spin_lock(&space->lock);
	at = space_place(space, address, bytes);
	if (likely(at > 0)) {
		*area = (struct area){ .start = (u64)at,
				       .end = (u64)at + bytes,
				       .prot = prot,
				       .flags = flags | space->lock_future,
				       .file = file,
				       .offset = offset };
		area_insert(space, area);
		area_merge(space, area);
	}
	spin_unlock(&space->lock);
	if (unlikely(at < 0))
		area_free(area); /* it knows of no file yet: that is still the caller's */
	return at;
}
