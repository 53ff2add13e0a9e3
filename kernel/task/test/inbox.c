/* inbox.c - what is pushed comes out, in order, once; and who is told to wake the owner.
 *
 * links: kernel/task/inbox.c kernel/test/host/host.c
 */
#include "kernel/task/inbox.h"

#include "lib/order.h"
#include "lib/test/check.h"

#include <pthread.h>
#include <sched.h>

static struct item {
	struct inbox_node node;
	u32 sender, number;
} items[5];

static struct inbox inbox;

TEST(an_empty_inbox_drains_nothing)
{
	CHECK(!inbox_drain(&inbox));
}

TEST(the_order_of_pushes_is_kept)
{
	struct inbox_node *node;

	for (u32 i = 0; i < ARRAY_SIZE(items); i++)
		CHECK(!inbox_push(&inbox, &items[i].node));
	node = inbox_drain(&inbox);
	for (u32 i = 0; i < ARRAY_SIZE(items); i++, node = node->next)
		CHECK(node == &items[i].node);
	CHECK(!node);
	CHECK(!inbox_drain(&inbox));
}

TEST(a_sleeping_owner_is_to_be_interrupted)
{
	CHECK(!inbox_push(&inbox, &items[0].node));
	inbox_sleep_begin(&inbox);
	CHECK(inbox_push(&inbox, &items[1].node));
	CHECK(inbox_push(&inbox, &items[2].node));
	inbox_sleep_end(&inbox);
	CHECK(!inbox_push(&inbox, &items[3].node));
}

/* --- threads as harts --- */

enum { SENDERS = 3, SENT = 20000 };

static struct item sent[SENDERS][SENT];

static void *sender(void *argument)
{
	struct item *mine = argument;

	for (u32 i = 0; i < SENT; i++) {
		mine[i].sender = (u32)((struct item(*)[SENT])argument - sent);
		mine[i].number = i;
		inbox_push(&inbox, &mine[i].node);
	}
	return NULL;
}

TEST(senders_do_not_disturb_each_other)
{
	u32 expected[SENDERS] = { 0 }, got = 0;
	pthread_t threads[SENDERS];
	struct inbox_node *node, *next;

	for (u32 i = 0; i < SENDERS; i++)
		pthread_create(&threads[i], NULL, sender, sent[i]);
	while (got < SENDERS * SENT) {
		for (node = inbox_drain(&inbox); node; node = next, got++) {
			struct item *item = container_of(node, struct item, node);

			next = node->next;
			CHECK_EQ(item->number, expected[item->sender]++);
		}
		sched_yield();
	}
	for (u32 i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	CHECK(!inbox_drain(&inbox));
}

static const struct test tests[] = {
	TEST_ROW(an_empty_inbox_drains_nothing),
	TEST_ROW(the_order_of_pushes_is_kept),
	TEST_ROW(a_sleeping_owner_is_to_be_interrupted),
	TEST_ROW(senders_do_not_disturb_each_other),
};

TEST_MAIN(tests)
