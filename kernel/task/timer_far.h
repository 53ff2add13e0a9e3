/* timer_far.h - timers that are not due for a while, put away unsorted: for timer.c alone.
 *
 * Most timers are taken back long before their time, so sorting them all would be lost work. Time is cut into drawers
 * of about a second. What belongs to a drawer that was opened lies sorted in the tree; the rest lies in drawers, and 64
 * drawers in a drawer of the next level:
 *
 *     tree |      level 0: 2^30 ns each       |    level 1: 2^36 ns    | level 2: 2^42 ns ...
 *      ....|[ ][ ][x][ ][x x] ... up to 64    |[x ][  ][xx] ... 64     |[ ][xxx] ...
 *          opened
 *
 * A timer lies in the level of the highest digit (base 64) in which the number of its drawer differs from `opened`, in
 * the drawer of that digit. When `opened` goes on, the drawers that it stands at now, one in each level where a digit
 * has changed, are poured, a few timers at a time: into the tree, or into drawers of lower levels. So a timer is poured
 * at most once a level, and a full drawer makes nobody wait.
 * Invariant: with nothing left to pour, all timers before the end of drawer `opened` are in the tree.
 */
#pragma once

#include "kernel/task/timer.h"

enum { DRAWER_SHIFT = 30, DIGIT_BITS = 6, DIGITS = 1 << DIGIT_BITS, FAR_LEVELS = 6 };
_Static_assert(DRAWER_SHIFT + FAR_LEVELS * DIGIT_BITS >= 64, "every deadline has a drawer");

struct timer_far {
	u64 opened;  /* number of the last drawer that was opened */
	u64 count;   /* timers in drawers */
	u32 pouring; /* bit n: the drawer of level n at which `opened` stands may have timers still */
	struct timer *drawers[FAR_LEVELS][DIGITS];
};

/* Timers before this belong into the tree. */
static inline u64 far_begin(const struct timer_far *far)
{
	return (far->opened + 1) << DRAWER_SHIFT;
}

/* Up to here the tree is complete: what it holds before this may fire. */
static inline u64 far_sorted(const struct timer_far *far)
{
	return (far->opened + !far->pouring) << DRAWER_SHIFT;
}

/* Put TIMER, which is due at far_begin or later, into its drawer. */
static inline void far_insert(struct timer_far *far, struct timer *timer)
{
	u64 drawer = timer->deadline >> DRAWER_SHIFT, differs = (drawer ^ far->opened) >> DIGIT_BITS;
	struct timer **list = far->drawers[0];

	for (; differs; differs >>= DIGIT_BITS, drawer >>= DIGIT_BITS)
		list += DIGITS;
	list += drawer % DIGITS;
	timer->place = TIMER_FAR;
	timer->next = *list;
	timer->link = list;
	if (timer->next)
		timer->next->link = &timer->next;
	*list = timer;
	far->count++;
}

static inline void far_remove(struct timer_far *far, struct timer *timer)
{
	struct timer *next = timer->next, **link = timer->link;

	*link = next;
	if (next)
		next->link = link;
	far->count--;
}

/* Is it time to open the next drawer? That is a whole drawer before its first timer can be due. */
static inline bool far_is_behind(const struct timer_far *far, u64 now)
{
	return far->opened <= now >> DRAWER_SHIFT;
}

/* When it will be. */
static inline u64 far_next(const struct timer_far *far)
{
	return far->opened << DRAWER_SHIFT;
}

/* Nothing is left to pour: go on to the next drawer. */
static inline void far_open(struct timer_far *far)
{
	u64 level = 0;

	far->opened++;
	do
		far->pouring |= 1u << level;
	while (!(far->opened >> level * DIGIT_BITS & (DIGITS - 1)) && ++level < FAR_LEVELS);
}

/* There are no timers: open drawers for nothing up to NOW and the next one. */
static inline void far_skip(struct timer_far *far, u64 now)
{
	far->opened = max(far->opened, (now >> DRAWER_SHIFT) + 1);
	far->pouring = 0;
}

/* Take out a timer that is to be poured; NULL: all have been. */
static inline struct timer *far_take(struct timer_far *far)
{
	struct timer *timer;

	for (u32 level = 0; far->pouring; level++) {
		timer = far->drawers[level][far->opened >> level * DIGIT_BITS & (DIGITS - 1)];
		if (timer) {
			far_remove(far, timer);
			return timer;
		}
		far->pouring &= ~(1u << level);
	}
	return NULL;
}
