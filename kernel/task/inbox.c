/* inbox.c - a stack with many pushers and one drainer, and the two halves of the idle protocol. */
#include "kernel/task/inbox.h"

#include "lib/order.h"

bool inbox_push(struct inbox *inbox, struct inbox_node *node)
{
	struct inbox_node *head = load_relaxed(&inbox->head);

	do {
		node->next = head;
		/* release: pairs with the exchange in inbox_drain, so the owner sees the node and the task behind it */
	} while (!atomic_cas(&inbox->head, &head, node));
	/* store (the push), fence, load (idle): the sender's half of the idle protocol; partner: inbox_sleep_begin */
	fence_full();
	return load_relaxed(&inbox->idle);
}

struct inbox_node *inbox_drain(struct inbox *inbox)
{
	struct inbox_node *node, *next, *oldest = NULL;

	if (!load_relaxed(&inbox->head))
		return NULL;
	/* acquire: pairs with the compare-and-swap in inbox_push */
	for (node = atomic_exchange(&inbox->head, NULL); node; node = next) {
		next = node->next;
		node->next = oldest;
		oldest = node;
	}
	return oldest;
}

void inbox_sleep_begin(struct inbox *inbox)
{
	store_relaxed(&inbox->idle, 1u);
	/* store (idle), fence, load (the inbox): the owner's half of the idle protocol; partner: inbox_push. And claim
	 * (of an interrupt), fence, load: so the kind of fence that orders devices, too. */
	fence_io();
}

void inbox_sleep_end(struct inbox *inbox)
{
	store_relaxed(&inbox->idle, 0u);
}
