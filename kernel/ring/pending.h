/* pending.h - the head of what is under way in a ring; what is done with it: ring.h, pending.c. */
#pragma once

#include "kernel/ring/index.h"

struct ring;

/* PENDING_BEGINS: a request that will be a timeout when its time has been read (op_timeout.c). */
enum pending_kind { PENDING_TIMEOUT, PENDING_BEGINS, PENDING_POLL, PENDING_OTHER, PENDING_KINDS };

/* The head of what is under way: a struct ring_request, or a struct ring_timeout (kind PENDING_TIMEOUT). */
struct ring_pending {
	struct index_entry entry; /* has the user data; entry.same is the link in told and overflow, too */
	struct ring *ring;	  /* referenced */
	s32 result;		  /* once there is one */
	u8 kind;		  /* enum pending_kind */
	bool indexed;		  /* a cancel finds it; guarded by the ring's lock, as is entry */
};

static inline struct ring_pending *pending_of(struct index_entry *entry)
{
	return container_of(entry, struct ring_pending, entry);
}
