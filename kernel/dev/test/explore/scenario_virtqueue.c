/* scenario_virtqueue.c - the driver's half of a virtqueue, and a device as another hart.
 *
 *     driver                                  device
 *       add: descriptors, ring slot             index changed? read slot, descriptors
 *       publish: index; flags? notify           nothing new: flags = notify me; look again; sleep
 *
 *       interrupt: take: used index, entry,     data, used entry, used index; interrupt
 *                  data
 *
 * Neither the notification nor the interrupt orders anything by itself: the fences beside them do. Descriptors and data
 * are plain: the explorer fails if nothing orders them.
 */
#include "kernel/dev/test/explore/scenario_virtqueue.h"

#include "kernel/dev/virtqueue.h"
#include "kernel/mm/page.h"

enum { CHAINS = 2, SIZE = 4, RAM_PAGES = 4 };

/* page.h, on the host: two pages for the rings, one for the chains. */
struct page *pages;
u64 page_first, page_count, direct_base;
static struct page page_array[RAM_PAGES];
static u8 ram[RAM_PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u32 ram_used;

static struct virtqueue queue;
static u32 notification, interrupt; /* orderless messages */
static u64 data[CHAINS];	    /* written by the device; plain */
static u32 fetched, taken;	    /* the device's; the driver's */

struct page *page_alloc(u32 order)
{
	struct page *page = &page_array[ram_used];

	ram_used += 1u << order;
	return page;
}

void page_free(struct page *page, u32 order)
{
	(void)page, (void)order;
}

void page_zero(void *page)
{
	(void)page;
}

static void setup(void)
{
	pages = page_array;
	direct_base = (u64)ram;
	if (virtqueue_create(&queue, SIZE))
		model_fail("virtqueue_create");
}

/* --- the driver --- */

static void submit(u32 number)
{
	struct virtqueue_piece piece = { 4096 + number, 8 };

	virtqueue_add(&queue, &piece, 0, 1, &data[number]);
	if (virtqueue_publish(&queue)) {
		fence_to_device(); /* as in virtio_notify */
		store_relaxed(&notification, 1);
	}
}

static void take_all(void)
{
	u64 *token;
	u32 bytes;

	while ((token = virtqueue_take(&queue, &bytes))) {
		if (bytes != 8 || *token != (u64)(token - data) + 100)
			model_fail("a chain came back before its data");
		taken++;
	}
	if (queue.broken)
		model_fail("the queue broke");
}

static void driver_submits(void)
{
	for (u32 i = 0; i < CHAINS; i++)
		submit(i);
}

static void driver_waits(void)
{
	for (u32 i = 0; i < CHAINS; i++)
		submit(i);
	while (taken < CHAINS) {
		MODEL_AWAIT(&interrupt);
		fence_to_device(); /* as in virtio_acknowledge */
		take_all();
	}
}

/* --- the device --- */

/* Fetch what is available: the numbers of the chains, as their addresses tell them. */
static u32 fetch(u32 *numbers, u16 *heads)
{
	u16 index = load_relaxed(&queue.available->index);
	u32 count = 0;

	if (index == (u16)fetched)
		return 0;
	fence_from_device();
	for (; (u16)fetched != index; fetched++, count++) {
		heads[count] = load_relaxed(&queue.available->ring[fetched % SIZE]);
		numbers[count] = (u32)(queue.descriptors[heads[count]].address - 4096);
		if (numbers[count] != fetched || queue.descriptors[heads[count]].bytes != 8)
			model_fail("a descriptor came after its index");
	}
	return count;
}

static bool fetch_some(void)
{
	u32 numbers[CHAINS];
	u16 heads[CHAINS];

	return fetch(numbers, heads);
}

static void device_sleeps(void)
{
	for (;;) {
		store_relaxed(&queue.used->flags, 1);
		while (fetch_some())
			;
		store_relaxed(&queue.used->flags, 0);
		fence_full();
		if (!fetch_some())
			MODEL_AWAIT(&notification);
	}
}

static void device_answers(void)
{
	u32 numbers[CHAINS], count;
	u16 heads[CHAINS];

	for (u32 done = 0; done < CHAINS;) {
		count = fetch(numbers, heads);
		for (u32 i = 0; i < count; i++, done++) {
			data[numbers[i]] = numbers[i] + 100;
			store_relaxed(&queue.used->ring[done % SIZE].head, heads[i]);
			store_relaxed(&queue.used->ring[done % SIZE].bytes, 8);
			fence_full();
			store_relaxed(&queue.used->index, (u16)(done + 1));
			fence_full();
			store_relaxed(&interrupt, 1);
		}
		if (!count) {
			MODEL_AWAIT(&notification);
			fence_from_device();
		}
	}
}

/* --- ends, and planted mistakes --- */

static void all_fetched(void)
{
	MODEL_CHECK(fetched == CHAINS, "the device sleeps on a full queue");
}

static void all_taken(void)
{
	MODEL_CHECK(taken == CHAINS, "the driver waits for what has been returned");
}

static void device_no_fence(void)
{
	for (;;) {
		store_relaxed(&queue.used->flags, 1);
		while (fetch_some())
			;
		store_relaxed(&queue.used->flags, 0);
		if (!fetch_some())
			MODEL_AWAIT(&notification);
	}
}

static void device_looks_once(void)
{
	for (;;) {
		store_relaxed(&queue.used->flags, 1);
		while (fetch_some())
			;
		store_relaxed(&queue.used->flags, 0);
		fence_full();
		MODEL_AWAIT(&notification);
	}
}

/* The interrupt is taken back after the look at the used ring. */
static void driver_acknowledges_last(void)
{
	for (u32 i = 0; i < CHAINS; i++)
		submit(i);
	while (taken < CHAINS) {
		MODEL_AWAIT(&interrupt);
		fence_to_device();
		take_all();
		store_relaxed(&interrupt, 0);
	}
}

static const struct scenario notify = {
	"virtqueue-notify", setup, { driver_submits, device_sleeps }, all_fetched, NULL
};
static const struct scenario used = { "virtqueue-used", setup, { driver_waits, device_answers }, all_taken, NULL };
static const struct scenario no_fence = { "virtqueue-no-fence",
					  setup,
					  { driver_submits, device_no_fence },
					  all_fetched,
					  "no fence between flags and the second look" };
static const struct scenario looks_once = { "virtqueue-looks-once",
					    setup,
					    { driver_submits, device_looks_once },
					    all_fetched,
					    "no second look after the flags" };
static const struct scenario late = { "virtqueue-acknowledges-last",
				      setup,
				      { driver_acknowledges_last, device_answers },
				      all_taken,
				      "the interrupt is acknowledged after the look" };

const struct scenario *const virtqueue_scenarios[] = { &notify, &used, &no_fence, &looks_once, &late, NULL };
