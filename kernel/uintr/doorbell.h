/* doorbell.h - a function of the kernel that a program runs by a store.
 *
 * Life: doorbell_open (any hart) -> doorbell_begin (on the file's hart) -> arm, rings, arm, ... -> doorbell_close (on
 * the file's hart, if it was begun). Who owns it is pinned to that hart from begin to close.
 */
#pragma once

#include "lib/types.h"

struct direct_hart;
struct space;

enum { DOORBELL_ANY_HART = ~0u };

struct doorbell {
	struct direct_hart *at; /* whose file it is; NULL: not open. Set by open, for good until close */
	u32 slot;
	bool begun;
	void (*rings)(struct doorbell *bell); /* called by the event loop of the file's hart */
};

/* A doorbell of SPACE, on hart HART or the one that suits best: 0. -EOPNOTSUPP, -EBUSY: no file; -ENOSPC, -ENOMEM. */
long doorbell_open(struct doorbell *bell, struct space *space, u32 hart);
/* Where the program stores, and what. */
u64 doorbell_address(const struct doorbell *bell);
u32 doorbell_identity(const struct doorbell *bell);
/* The hart that it rings on. */
u32 doorbell_hart(const struct doorbell *bell);
/* No store of SPACE reaches it any more. */
void doorbell_close(struct doorbell *bell, struct space *space);

/* On its hart: */
void doorbell_begin(struct doorbell *bell);
/* It rings once for what is stored from now on: what came before is forgotten. */
void doorbell_arm(struct doorbell *bell);
/* It does not ring any more until it is armed. */
void doorbell_disarm(struct doorbell *bell);
/* Something may be waiting in the hart's file that nobody was told of: see direct_suspended. */
bool doorbell_is_pending(void);
/* Let those ring that have it. No lock is held. */
void doorbell_look(void);
