/* area.h - inside map/: single areas, and the parts of unmapping. */
#pragma once

#include "kernel/map/map.h"

struct area *area_alloc(void);
/* A copy of AREA from START on, which holds the file, too; in no space yet. NULL: no memory. */
struct area *area_copy(const struct area *area, u64 start);
void area_free(struct area *area); /* drops the file, too */
void area_insert(struct space *space, struct area *area);
void area_remove(struct space *space, struct area *area);
/* Make ADDRESS a border: an area that spans it becomes two. 0 or -ENOMEM. Lock held. */
int area_split_at(struct space *space, u64 address);
/* The lowest address where BYTES fit: ADDRESS itself if that is not 0. -EEXIST, -ENOMEM. Lock held. */
long space_place(struct space *space, u64 address, u64 bytes);
/* Take up to a batch of pages out of [*at, end), and *AT behind them: false when there were none left. */
bool space_drop_pages(struct space *space, u64 *at, u64 end);
/* Take one dying area out of [start, end) and free it: false when there is none left. */
bool space_bury_area(struct space *space, u64 start, u64 end);
/* Join AREA with its neighbours where they continue each other. Lock held. */
void area_merge(struct space *space, struct area *area);
