/* list.c - every operation of lib/list.h, against what it must leave.
 * variants: plain
 */
#include "lib/list.h"

#include "lib/test/check.h"

struct item {
	u32 number;
	struct list link;
};

/* The numbers in LIST, as text, forwards; and backwards they must be the reverse. */
static const char *numbers(const struct list *head)
{
	static char text[256];
	struct item *item;
	char back[256] = "", one[16];
	size_t used = 0;

	text[0] = 0;
	list_for_each (item, head, link)
		used += (size_t)sprintf(text + used, "%u ", item->number);
	for (struct list *node = head->prev; node != head; node = node->prev) {
		sprintf(one, "%u ", list_entry(node, struct item, link)->number);
		memmove(back + strlen(one), back, strlen(back) + 1);
		memcpy(back, one, strlen(one));
	}
	CHECK_STR_EQ(back, text);
	return text;
}

static void fill(struct list *head, struct item *items, u32 count)
{
	list_init(head);
	for (u32 i = 0; i < count; i++) {
		items[i].number = i;
		list_push_back(head, &items[i].link);
	}
}

TEST(pushes_at_both_ends)
{
	struct list head = LIST_INIT(head);
	struct item items[3] = { { 0, { NULL, NULL } }, { 1, { NULL, NULL } }, { 2, { NULL, NULL } } };

	CHECK(list_is_empty(&head));
	list_push_back(&head, &items[0].link);
	list_push_front(&head, &items[1].link);
	list_insert_before(&items[0].link, &items[2].link);
	CHECK_STR_EQ(numbers(&head), "1 2 0 ");
	CHECK(!list_is_empty(&head));
}

TEST(removes_and_stays_answerable)
{
	struct item items[4];
	struct list head;

	fill(&head, items, 4);
	list_remove(&items[2].link);
	CHECK(!list_is_linked(&items[2].link));
	CHECK(list_is_linked(&items[1].link));
	list_remove(&items[2].link); /* harmless */
	CHECK_STR_EQ(numbers(&head), "0 1 3 ");
}

TEST(pops_in_order)
{
	struct item items[3];
	struct list head;

	fill(&head, items, 3);
	for (u32 i = 0; i < 3; i++)
		CHECK_EQ(list_entry(list_pop_front(&head), struct item, link)->number, i);
	CHECK(!list_pop_front(&head));
}

TEST(splices)
{
	struct item a[2], b[2];
	struct list x, y, none = LIST_INIT(none);

	fill(&x, a, 2);
	fill(&y, b, 2);
	list_splice_back(&x, &none);
	CHECK_STR_EQ(numbers(&x), "0 1 ");
	list_splice_back(&x, &y);
	CHECK_STR_EQ(numbers(&x), "0 1 0 1 ");
	CHECK(list_is_empty(&y));
	list_splice_back(&y, &x);
	CHECK_STR_EQ(numbers(&y), "0 1 0 1 ");
	CHECK(list_is_empty(&x));
}

TEST(safe_loop_survives_removal)
{
	struct item items[6], *item, *next;
	struct list head;

	fill(&head, items, 6);
	list_for_each_safe (item, next, &head, link)
		if (item->number % 2)
			list_remove(&item->link);
	CHECK_STR_EQ(numbers(&head), "0 2 4 ");
}

static const struct test tests[] = {
	TEST_ROW(pushes_at_both_ends),
	TEST_ROW(removes_and_stays_answerable),
	TEST_ROW(pops_in_order),
	TEST_ROW(splices),
	TEST_ROW(safe_loop_survives_removal),
};
TEST_MAIN(tests)
