/* virtqueue.c - the driver's half of a virtqueue against a device that is modelled in memory.
 *
 * links: @pages kernel/dev/virtqueue.c
 * variants: plain
 *
 * The model knows nothing of the driver but the addresses of the three rings. An honest device takes chains in order
 * and returns them in any order; a hostile one writes what it likes where a device may write. (The order of memory
 * accesses is for explore_virtqueue.c.)
 */
#include "kernel/dev/virtqueue.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/page.h"
#include "kernel/test/host/host.h"
#include "lib/order.h"
#include "lib/test/check.h"

enum { SIZE = 64, PIECES_MAX = 9, REQUESTS = SIZE };

/* What was put in under a token. */
struct request {
	struct virtqueue_piece pieces[PIECES_MAX];
	u32 readable, writable, writable_bytes;
	bool in_flight;
};

static struct virtqueue queue;
static struct request requests[REQUESTS];

/* The device: the next available entry, and the heads it holds. */
static u16 device_seen, held[SIZE];
static u32 held_count;

static void begin(u32 size)
{
	static bool again;

	if (!again) {
		host_init(1);
		host_ram_init(0, 256);
	}
	again = true;
	virtqueue_destroy(&queue);
	CHECK_EQ(virtqueue_create(&queue, size), 0);
	memset(requests, 0, sizeof(requests));
	device_seen = 0;
	held_count = 0;
}

static void device_fetch(void)
{
	while (device_seen != load_acquire(&queue.available->index) && held_count < SIZE)
		held[held_count++] = queue.available->ring[device_seen++ % queue.size];
}

static void device_return(u32 head, u32 bytes)
{
	u16 index = queue.used->index;

	queue.used->ring[index % queue.size] = (struct virtqueue_used_entry){ head, bytes };
	store_release(&queue.used->index, (u16)(index + 1));
}

/* The chain at HEAD is exactly one of the requests in flight: which. */
static u32 device_read_chain(u16 head)
{
	const struct virtqueue_descriptor *d = &queue.descriptors[head];
	struct request *r = &requests[d->address >> 32];

	CHECK((d->address >> 32) < REQUESTS && r->in_flight);
	for (u32 i = 0; i < r->readable + r->writable; i++, d = &queue.descriptors[d->next]) {
		CHECK_EQ(d->address, r->pieces[i].phys);
		CHECK_EQ(d->bytes, r->pieces[i].bytes);
		CHECK_EQ(d->flags, (i + 1 < r->readable + r->writable ? 1 : 0) | (i >= r->readable ? 2 : 0));
	}
	return (u32)(r - requests);
}

/* Put request NUMBER in, with random pieces; their addresses tell its number. */
static int driver_add(u32 number)
{
	struct request *r = &requests[number];
	int err;

	memset(r, 0, sizeof(*r));
	r->readable = (u32)test_random_below(5);
	r->writable = (u32)test_random_below(5);
	r->readable += !(r->readable + r->writable);
	for (u32 i = 0; i < r->readable + r->writable; i++) {
		r->pieces[i] = (struct virtqueue_piece){ (u64)number << 32 | test_random_below(1u << 31),
							 (u32)test_random_below(70000) };
		r->writable_bytes += i >= r->readable ? r->pieces[i].bytes : 0;
	}
	err = virtqueue_add(&queue, r->pieces, r->readable, r->writable, r);
	r->in_flight = !err;
	return err;
}

/* Free descriptors and the chains in flight are all there are. */
static void check_conservation(void)
{
	u32 count = queue.free_count, chains = 0;

	for (u32 i = 0; i < REQUESTS; i++) {
		count += requests[i].in_flight ? requests[i].readable + requests[i].writable : 0;
		chains += requests[i].in_flight;
	}
	CHECK_EQ(count, queue.size);
	CHECK_EQ(chains, queue.in_flight);
}

TEST(chains_go_there_and_come_back_in_any_order)
{
	struct request *r, *expected;
	u32 bytes, at, written, full = 0;

	begin(SIZE);
	for (u32 round = 0; round < 30000; round++) {
		for (u32 i = 0; i < REQUESTS && test_random_below(6); i++)
			if (!requests[i].in_flight)
				full += driver_add(i) == -EAGAIN;
		virtqueue_publish(&queue);
		device_fetch();
		while (held_count && test_random_below(4)) {
			at = (u32)test_random_below(held_count);
			expected = &requests[device_read_chain(held[at])];
			written = (u32)test_random_below(expected->writable_bytes + 1ul);
			device_return(held[at], written);
			held[at] = held[--held_count];
			CHECK(virtqueue_has_used(&queue));
			r = virtqueue_take(&queue, &bytes);
			CHECK_EQ(r, expected);
			CHECK_EQ(bytes, written);
			r->in_flight = false;
		}
		CHECK(!virtqueue_has_used(&queue));
		CHECK_EQ(virtqueue_take(&queue, &bytes), NULL);
		check_conservation();
	}
	CHECK(full > 0);
	CHECK_EQ(queue.errors, 0);
}

TEST(a_full_queue_says_so)
{
	struct virtqueue_piece piece = { 4096, 8 };
	u32 bytes;

	begin(SIZE);
	CHECK_EQ(virtqueue_add(&queue, &piece, 0, 0, &piece), -EINVAL);
	CHECK_EQ(virtqueue_add(&queue, &piece, SIZE + 1, 0, &piece), -EINVAL);
	for (u32 i = 0; i < SIZE; i++)
		CHECK_EQ(virtqueue_add(&queue, &piece, 1, 0, &requests[i]), 0);
	CHECK_EQ(virtqueue_add(&queue, &piece, 1, 0, &piece), -EAGAIN);
	virtqueue_publish(&queue);
	device_fetch();
	device_return(held[0], 0);
	CHECK_EQ(virtqueue_take(&queue, &bytes), &requests[0]);
	CHECK_EQ(virtqueue_add(&queue, &piece, 1, 0, &piece), 0);
}

TEST(sizes_are_checked_and_memory_comes_back)
{
	u64 before;

	begin(SIZE);
	virtqueue_destroy(&queue);
	before = page_free_count();
	CHECK_EQ(virtqueue_create(&queue, 0), -EINVAL);
	CHECK_EQ(virtqueue_create(&queue, 48), -EINVAL);
	CHECK_EQ(virtqueue_create(&queue, 512), -EINVAL);
	for (u64 nth = 1; nth <= 2; nth++) {
		alloc_fail_set(nth);
		CHECK_EQ(virtqueue_create(&queue, 256), -ENOMEM);
		CHECK_EQ(page_free_count(), before);
	}
	for (u32 size = 1; size <= 256; size *= 2) {
		CHECK_EQ(virtqueue_create(&queue, size), 0);
		CHECK_EQ((u64)queue.descriptors % 16 + (u64)queue.used % VIRTQUEUE_ALIGN, 0);
		virtqueue_destroy(&queue);
	}
	CHECK_EQ(page_free_count(), before);
}

/* Three requests in flight, numbers 0 to 2; the heads the device knows are in held[]. */
static void begin_three(void)
{
	begin(SIZE);
	for (u32 i = 0; i < 3; i++)
		CHECK_EQ(driver_add(i), 0);
	virtqueue_publish(&queue);
	device_fetch();
}

/* The queue is broken, takes nothing more, and gives up each of COUNT requests once. */
static void check_broken(u32 count)
{
	struct request *r;
	u32 bytes;

	CHECK_EQ(virtqueue_take(&queue, &bytes), NULL);
	CHECK(queue.broken);
	CHECK(queue.errors > 0);
	device_return(held[2], 0);
	CHECK(!virtqueue_has_used(&queue));
	CHECK_EQ(virtqueue_take(&queue, &bytes), NULL);
	while ((r = virtqueue_abandon(&queue))) {
		CHECK(r->in_flight);
		r->in_flight = false;
		count--;
	}
	CHECK_EQ(count, 0);
	check_conservation();
}

TEST(a_head_out_of_range_breaks_the_queue)
{
	begin_three();
	device_return(SIZE, 0);
	check_broken(3);
	begin_three();
	device_return(0xffff0000u | held[0], 0);
	check_broken(3);
}

TEST(a_head_returned_twice_breaks_the_queue)
{
	u32 bytes;
	struct request *r;

	begin_three();
	device_return(held[1], 0);
	device_return(held[1], 0);
	r = virtqueue_take(&queue, &bytes);
	CHECK_EQ(r, &requests[1]);
	r->in_flight = false;
	check_broken(2);
}

TEST(the_middle_of_a_chain_breaks_the_queue)
{
	struct virtqueue_piece pieces[3] = { { 4096, 8 }, { 8192, 8 }, { 4096, 8 } };

	begin_three();
	CHECK_EQ(virtqueue_add(&queue, pieces, 1, 2, &requests[3]), 0);
	requests[3] = (struct request){ .readable = 1, .writable = 2, .in_flight = true };
	virtqueue_publish(&queue);
	device_fetch();
	device_return(queue.descriptors[held[3]].next, 0);
	check_broken(4);
}

TEST(an_index_that_leaps_breaks_the_queue)
{
	begin_three();
	queue.used->index += 4;
	check_broken(3);
	begin_three();
	queue.used->index--;
	check_broken(3);
}

TEST(a_length_that_lies_is_cut)
{
	u32 bytes;

	begin_three();
	device_return(held[0], UINT32_MAX);
	CHECK_EQ(virtqueue_take(&queue, &bytes), &requests[0]);
	CHECK_EQ(bytes, requests[0].writable_bytes);
	CHECK_EQ(queue.errors, requests[0].writable_bytes < UINT32_MAX);
	CHECK(!queue.broken);
}

/* Everything that a device can write, and what it should only read, too, changes at random between two calls. */
TEST(no_scribbling_hurts_the_driver)
{
	u8 *shared;
	struct request *r;
	u32 bytes, alive = 0;

	for (u32 game = 0; game < 400; game++) {
		begin(SIZE);
		shared = (u8 *)queue.descriptors;
		for (u32 step = 0; step < 60; step++) {
			for (u32 i = 0; i < REQUESTS && test_random_below(3); i++)
				if (!requests[i].in_flight)
					driver_add(i);
			virtqueue_publish(&queue);
			device_fetch();
			if (held_count && test_random_below(2))
				device_return(held[--held_count], (u32)test_random());
			if (!test_random_below(8))
				shared[test_random_below(2 * PAGE_SIZE)] = (u8)test_random();
			if (!test_random_below(16))
				((u8 *)queue.used)[test_random_below(8)] = (u8)test_random();
			held_count = min(held_count, 8u);
			device_seen = queue.available->index;
			while ((r = virtqueue_take(&queue, &bytes))) {
				CHECK(r->in_flight && bytes <= r->writable_bytes);
				r->in_flight = false;
			}
			check_conservation();
		}
		alive += !queue.broken;
		while ((r = virtqueue_abandon(&queue))) {
			CHECK(r->in_flight);
			r->in_flight = false;
		}
		check_conservation();
		CHECK_EQ(queue.free_count, queue.size);
	}
	CHECK(alive < 400);
}

static const struct test tests[] = {
	TEST_ROW(chains_go_there_and_come_back_in_any_order),
	TEST_ROW(a_full_queue_says_so),
	TEST_ROW(sizes_are_checked_and_memory_comes_back),
	TEST_ROW(a_head_out_of_range_breaks_the_queue),
	TEST_ROW(a_head_returned_twice_breaks_the_queue),
	TEST_ROW(the_middle_of_a_chain_breaks_the_queue),
	TEST_ROW(an_index_that_leaps_breaks_the_queue),
	TEST_ROW(a_length_that_lies_is_cut),
	TEST_ROW(no_scribbling_hurts_the_driver),
};
TEST_MAIN(tests)
