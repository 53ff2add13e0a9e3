/* inbox.h - tasks that other harts hand to this one, and how a hart goes to sleep without missing one.
 *
 *     sender                              owner
 *                                           claim interrupts
 *       push (compare and swap)             idle = 1
 *       full fence                          full fence
 *       if idle: interrupt the owner        drain, look at the run queue
 *                                           nothing: wfi       (returns on a pending interrupt, even a masked one)
 *                                           idle = 0
 *
 * Either the sender sees idle = 1 and interrupts, or the owner sees the push: the two fences make the third case, that
 * each looks before the other's store arrives, impossible.
 * An interrupt is claimed once. Claimed after the fence it would be gone, while the drain's load may have been made
 * before the claim and have missed the push that it was sent for; so it is claimed before the fence, which orders
 * devices and memory alike. One that comes later stays pending, and wfi returns at once.
 *
 * Contract: any hart pushes, only the owner drains. The order of pushes is kept.
 */
#pragma once

#include "lib/types.h"

struct inbox_node {
	struct inbox_node *next;
};

struct inbox {
	struct inbox_node *head; /* newest first */
	u32 idle;
};

/* Hand NODE to the owner of INBOX. True: the owner may sleep and the caller must interrupt it. */
bool inbox_push(struct inbox *inbox, struct inbox_node *node);

/* Everything that was pushed, oldest first; NULL when there is nothing. */
struct inbox_node *inbox_drain(struct inbox *inbox);

/* The owner is about to sleep: after this it looks at everything once more, and only then sleeps. */
void inbox_sleep_begin(struct inbox *inbox);
void inbox_sleep_end(struct inbox *inbox);
