/* space_free.h - inside mm/: the parts of an address space that its files share with each other alone. */
#pragma once

#include "kernel/mm/space.h"

/* Drop a reference on the struct and its root table. */
void space_put_ref(struct space *space);

struct area *area_alloc(void);
/* A copy of AREA from START on, which holds the file, too; in no space yet. NULL: no memory. */
struct area *area_copy(const struct area *area, u64 start);
void area_free(struct area *area); /* drops the file, too */
void area_insert(struct space *space, struct area *area);
void area_remove(struct space *space, struct area *area);
/* Make ADDRESS a border: an area that spans it becomes two. 0 or -ENOMEM. Lock held. */
int area_split_at(struct space *space, u64 address);
/* Take out a batch of what SPACE holds, which nobody uses any more; *AT starts as 0. False: it is empty. */
bool space_clear(struct space *space, u64 *at);
/* Join AREA with its neighbours where they continue each other. Lock held. */
void area_merge(struct space *space, struct area *area);
