/* inode.c - the inode table, the name cache, poll queues and open files.
 *
 * links: @cache kernel/task/mutex.c kernel/fs/inode.c kernel/fs/name_cache.c kernel/fs/poll.c kernel/fs/file.c
 * links: kernel/dev/block.c kernel/fs/file_lock.c
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/fs/inode.h"

#include "kernel/fs/file.h"
#include "kernel/fs/name_cache.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/test/run.h"

#include <pthread.h>

enum { MEMORY_PAGES = 3000, HARTS = 4, ROUNDS = 20000, NUMBERS = 40 };

static u32 evicted; /* atomic */

static void evict(struct inode *inode)
{
	(void)inode;
	atomic_add_relaxed(&evicted, 1u);
}

static const struct inode_ops ops = { .evict = evict };
static struct file_system fs = { .name = "test", .cached = true }, other = { .name = "other", .cached = false };

static struct inode *get(struct file_system *file_system, u64 number)
{
	struct inode *inode = inode_find(file_system, number);

	if (inode)
		return inode;
	inode = inode_alloc(file_system, number, MODE_REGULAR);
	CHECK(inode);
	inode->ops = &ops;
	return inode_enter(inode);
}

TEST(once_in_memory)
{
	struct inode *a, *b;

	run_init(MEMORY_PAGES);
	CHECK(!inode_find(&fs, 1));
	a = get(&fs, 1);
	b = get(&fs, 1);
	CHECK_EQ(a, b);
	CHECK_EQ(a->refs, 2);
	CHECK(get(&other, 1) != a);
	/* entering a second one gives the first */
	b = inode_alloc(&fs, 1, 0);
	b->ops = &ops;
	CHECK_EQ(inode_enter(b), a);
	CHECK_EQ(evicted, 1);
	CHECK_EQ(a->refs, 3);
}

TEST(cached_without_users)
{
	struct inode *a;

	run_init(MEMORY_PAGES);
	a = get(&fs, 1);
	inode_put(a);
	CHECK_EQ(evicted, 0);
	CHECK_EQ(get(&fs, 1), a);
	inode_put(a);
	CHECK_EQ(inode_shrink(10), 1);
	CHECK_EQ(evicted, 1);
	CHECK(!inode_find(&fs, 1));
	/* not when it has no links, or cannot be read again */
	a = get(&fs, 2);
	a->links = 0;
	inode_put(a);
	CHECK_EQ(evicted, 2);
	inode_put(get(&other, 2));
	CHECK_EQ(evicted, 3);
	CHECK_EQ(inode_shrink(10), 0);
}

TEST(the_longest_unused_goes_first)
{
	run_init(MEMORY_PAGES);
	for (u64 i = 1; i <= 1024; i++)
		inode_put(get(&fs, i));
	inode_put(get(&fs, 1)); /* used again */
	CHECK_EQ(evicted, 0);
	inode_put(get(&fs, 5000));
	CHECK_EQ(evicted, 1);
	CHECK(!inode_find(&fs, 2));
	inode_put(inode_find(&fs, 1));
}

TEST(a_file_system_goes)
{
	struct inode *used;
	u64 slab_before;

	run_init(MEMORY_PAGES);
	slab_before = slab_live_bytes();
	other.cached = true;
	used = get(&other, 99);
	for (u64 i = 1; i <= 20; i++) {
		inode_put(get(&fs, i));
		inode_put(get(&other, i));
	}
	inode_forget_all(&fs);
	CHECK_EQ(evicted, 20);
	CHECK(!inode_find(&fs, 7));
	inode_put(inode_find(&other, 7));
	inode_put(used);
	inode_forget_all(&other);
	CHECK_EQ(slab_live_bytes(), slab_before);
}

/* Harts that find, enter and drop the same few inodes: each number is one inode at any time. */
static void *hart_main(void *argument)
{
	u64 random = (u64)argument * 0x9e3779b97f4a7c15ul + test_seed(), number;
	struct inode *inode;

	host_be((u32)(size_t)argument);
	for (u32 i = 0; i < ROUNDS; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		number = random % NUMBERS;
		inode = get(&fs, number + 1);
		CHECK(inode->number == number + 1 && inode->fs == &fs);
		CHECK_EQ(inode_find(&fs, number + 1), inode);
		inode_put(inode);
		if (random >> 60 == 3)
			inode_shrink(2);
		inode_put(inode);
	}
	return NULL;
}

TEST(harts_at_once)
{
	pthread_t threads[HARTS];
	u64 slab_before;

	host_init(HARTS);
	host_ram_init(0, MEMORY_PAGES);
	host_executor_init();
	slab_before = slab_live_bytes();
	for (u64 i = 0; i < HARTS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, hart_main, (void *)i), 0);
	for (u64 i = 0; i < HARTS; i++)
		pthread_join(threads[i], NULL);
	inode_forget_all(&fs);
	CHECK_EQ(slab_live_bytes(), slab_before);
}

/* --- name cache --- */

TEST(names_are_remembered)
{
	struct inode *a, *b, *c;
	char name[100];

	run_init(MEMORY_PAGES);
	a = get(&fs, 1), b = get(&fs, 2), c = get(&other, 1);
	CHECK_EQ(name_cache_find(a, "x", 1), 0);
	name_cache_enter(a, "x", 1, 17);
	CHECK_EQ(name_cache_find(a, "x", 1), 17);
	CHECK_EQ(name_cache_find(b, "x", 1), 0);
	CHECK_EQ(name_cache_find(c, "x", 1), 0);
	CHECK_EQ(name_cache_find(a, "xy", 2), 0);
	name_cache_forget(b, "x", 1);
	CHECK_EQ(name_cache_find(a, "x", 1), 17);
	name_cache_forget(a, "x", 1);
	CHECK_EQ(name_cache_find(a, "x", 1), 0);
	memset(name, 'n', sizeof(name));
	name_cache_enter(a, name, 39, 1);
	name_cache_enter(a, name, 40, 2);
	CHECK_EQ(name_cache_find(a, name, 39), 1);
	CHECK_EQ(name_cache_find(a, name, 40), 0);
	name_cache_forget_all(&fs);
	CHECK_EQ(name_cache_find(a, name, 39), 0);
}

/* Whatever replaces whatever: an answer is right, or there is none. */
TEST(names_are_never_confused)
{
	static u64 truth[5000];
	struct inode *dir;
	u64 answer, hits = 0;
	char name[20];

	run_init(MEMORY_PAGES);
	dir = get(&fs, 1);
	for (u32 i = 0; i < 100000; i++) {
		u64 n = test_random_below(ARRAY_SIZE(truth));
		u32 length = (u32)snprintf(name, sizeof(name), "name%lu", (unsigned long)n);

		answer = name_cache_find(dir, name, length);
		CHECK(!answer || answer == truth[n]);
		hits += answer != 0;
		if (test_random_below(3)) {
			truth[n] = i + 1;
			name_cache_enter(dir, name, length, truth[n]);
		} else {
			truth[n] = 0;
			name_cache_forget(dir, name, length);
		}
	}
	CHECK(hits > 1000);
}

/* --- poll queues --- */

static u32 told;

static void changed(struct poll_node *node, u32 events)
{
	(void)node;
	told = told * 100 + events;
}

TEST(poll_tells_who_wants_to_know)
{
	struct poll_node in = { .events = POLL_IN, .changed = changed },
			 out = { .events = POLL_OUT, .changed = changed };
	struct poll_table table = { &in };
	struct poll_queue queue;

	run_init(MEMORY_PAGES);
	poll_queue_init(&queue);
	poll_table_add(NULL, &queue);
	poll_table_add(&table, &queue);
	table.node = &out;
	poll_table_add(&table, &queue);
	poll_queue_signal(&queue, POLL_IN);
	CHECK_EQ(told, 1);
	poll_queue_signal(&queue, POLL_HUP);
	CHECK_EQ(told, 11616);
	poll_node_remove(&in);
	poll_node_remove(&in);
	told = 0;
	poll_queue_signal(&queue, POLL_IN | POLL_OUT);
	CHECK_EQ(told, 5);
	poll_node_remove(&out);
}

/* --- open files --- */

static u32 released;

static void release(struct file *file)
{
	CHECK(file->inode && file->inode->refs);
	released++;
}

TEST(the_last_reference_releases)
{
	static const struct file_ops file_ops = { .release = release };
	struct inode *inode;
	struct file *file;

	run_init(MEMORY_PAGES);
	inode = get(&other, 1);
	alloc_fail_set(1);
	CHECK(!file_alloc(&file_ops, inode, 0, NULL));
	CHECK_EQ(inode->refs, 1);
	file = file_alloc(&file_ops, inode, 1, &told);
	CHECK(!file_can_read(file) && file_can_write(file));
	file_get(file);
	file_put(file);
	CHECK_EQ(released, 0);
	file_put(file);
	CHECK_EQ(released, 1);
	CHECK_EQ(evicted, 1);
}

static const struct test tests[] = {
	TEST_ROW(once_in_memory),
	TEST_ROW(cached_without_users),
	TEST_ROW(the_longest_unused_goes_first),
	TEST_ROW(a_file_system_goes),
	TEST_ROW(harts_at_once),
	TEST_ROW(names_are_remembered),
	TEST_ROW(names_are_never_confused),
	TEST_ROW(poll_tells_who_wants_to_know),
	TEST_ROW(the_last_reference_releases),
};
TEST_MAIN(tests)
