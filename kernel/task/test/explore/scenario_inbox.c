/* scenario_inbox.c - push against sleep: the owner never sleeps while something lies in its inbox.
 *
 *     owner                                   senders
 *       claim the interrupt                     push
 *       sleep_begin                             if told so: interrupt
 *       drain
 *       nothing: wfi
 *       sleep_end
 *
 * The interrupt orders nothing (a message through the interrupt controller), so the inbox has to.
 */
#include "kernel/task/test/explore/scenarios.h"

#include "kernel/task/inbox.h"
#include "lib/order.h"

enum { ITEMS = 3 };

static struct item {
	struct inbox_node node;
	u32 sender, number; /* plain: the push orders them */
} items[ITEMS];

static struct inbox inbox;
static u32 interrupt;
static u32 got, last_of[2]; /* the owner's */

static void setup(void)
{
	for (u32 i = 0; i < ITEMS; i++)
		items[i].node.next = NULL;
}

static bool claim(void)
{
	return MODEL_RMW(&interrupt, RMW_EXCHANGE, 0, ORDER_ATOMIC);
}

/* True if there was something. */
static bool drain(void)
{
	struct inbox_node *node = inbox_drain(&inbox), *next;
	bool any = node;

	for (; node; node = next) {
		struct item *item = container_of(node, struct item, node);

		next = node->next;
		if (item->number <= last_of[item->sender])
			model_fail("the order of pushes is lost");
		last_of[item->sender] = item->number;
		got++;
	}
	return any;
}

static void owner(void)
{
	for (;;) {
		claim();
		inbox_sleep_begin(&inbox);
		if (!drain())
			MODEL_AWAIT(&interrupt);
		inbox_sleep_end(&inbox);
	}
}

static void send(struct item *item, u32 sender, u32 number)
{
	item->sender = sender;
	item->number = number;
	if (inbox_push(&inbox, &item->node))
		store_relaxed(&interrupt, 1);
}

static void sender_first(void)
{
	send(&items[0], 0, 1);
}

static void sender_of_two(void)
{
	send(&items[0], 0, 1);
	send(&items[1], 0, 2);
}

static void sender_second(void)
{
	send(&items[2], 1, 1);
}

static void two_arrived(void)
{
	MODEL_CHECK(got == 2, "the owner sleeps on a full inbox");
}

static const struct scenario one_sender = { "inbox", setup, { owner, sender_of_two }, two_arrived, NULL };
static const struct scenario two_senders = {
	"inbox-two-senders", setup, { owner, sender_first, sender_second }, two_arrived, NULL
};

/* --- planted mistakes --- */

static void owner_looks_once(void)
{
	for (;;) {
		drain();
		inbox_sleep_begin(&inbox);
		MODEL_AWAIT(&interrupt);
		inbox_sleep_end(&inbox);
	}
}

static void owner_claims_late(void)
{
	for (;;) {
		inbox_sleep_begin(&inbox);
		claim();
		if (!drain())
			MODEL_AWAIT(&interrupt);
		inbox_sleep_end(&inbox);
	}
}

static void owner_claims_last(void)
{
	for (;;) {
		inbox_sleep_begin(&inbox);
		if (!drain()) {
			claim();
			MODEL_AWAIT(&interrupt);
		}
		inbox_sleep_end(&inbox);
	}
}

static const struct scenario looks_once = {
	"inbox-looks-once", setup, { owner_looks_once, sender_of_two }, two_arrived, "no second look before wfi"
};
static const struct scenario claims_last = { "inbox-claims-last",
					     setup,
					     { owner_claims_last, sender_of_two },
					     two_arrived,
					     "the interrupt is claimed after the drain" };

static const struct scenario claims_late = { "inbox-claims-late",
					     setup,
					     { owner_claims_late, sender_of_two },
					     two_arrived,
					     "no fence between the claim and the drain" };

const struct scenario *const inbox_scenarios[] = {
	&one_sender, &two_senders, &looks_once, &claims_last, &claims_late, NULL,
};
