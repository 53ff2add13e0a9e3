/* block.c - block requests between those who wait for them and the drivers.
 *
 *     block_submit -> device->submit() -> 0: in flight .............. block_complete -> waiter resumed
 *                                      -> -EAGAIN: device->waiting --^ the next one is submitted
 *
 * Locking: device->lock guards the list and the counters and is held around submit(). A waiter is resumed without it.
 * Invariant: waiting is not empty only while something is in flight, so every waiting request has a completion ahead of
 * it that starts it.
 */
#include "kernel/dev/block.h"

#include "kernel/abi/errno.h"
#include "kernel/task/timer.h"
#include "kernel/trace/trace.h"
#include "lib/fmt.h"
#include "lib/string.h"

static struct spinlock devices_lock = SPINLOCK_INIT(RANK_REGISTRY);
static struct list devices = LIST_INIT(devices);

void block_init(struct block_device *device)
{
	spin_init(&device->lock, RANK_DEVICE);
	list_init(&device->waiting);
}

void block_register(struct block_device *device)
{
	spin_lock(&devices_lock);
	list_push_back(&devices, &device->link);
	spin_unlock(&devices_lock);
}

struct block_device *block_find(const char *name)
{
	struct block_device *device, *found = NULL;

	spin_lock(&devices_lock);
	list_for_each (device, &devices, link) {
		if (!name || !strcmp(device->name, name)) {
			found = device;
			break;
		}
	}
	spin_unlock(&devices_lock);
	return found;
}

static u64 request_bytes(const struct block_request *request)
{
	u64 bytes = 0;

	for (u32 i = 0; i < request->segment_count; i++)
		bytes += request->segments[i].bytes;
	return bytes;
}

/* What no driver should have to look at. */
static int request_check(const struct block_device *device, const struct block_request *request)
{
	u64 sectors = request_bytes(request) / SECTOR_SIZE;

	if (request->op == BLOCK_FLUSH)
		return request->segment_count ? -EINVAL : 0;
	if (request->op > BLOCK_FLUSH || !request->segment_count || request->segment_count > BLOCK_MAX_SEGMENTS)
		return -EINVAL;
	for (u32 i = 0; i < request->segment_count; i++)
		if (!request->segments[i].bytes || request->segments[i].bytes % SECTOR_SIZE)
			return -EINVAL;
	if (request->sector > device->sectors || sectors > device->sectors - request->sector)
		return -EINVAL;
	return request->op == BLOCK_WRITE && device->read_only ? -EROFS : 0;
}

static void count_start_locked(struct block_device *device, u8 op)
{
	device->reads += op == BLOCK_READ;
	device->writes += op == BLOCK_WRITE;
	device->flushes += op == BLOCK_FLUSH;
	device->in_flight++;
	device->in_flight_max = max(device->in_flight_max, device->in_flight);
}

/* Hand REQUEST to the driver. Only with -EAGAIN is it still ours. */
static int start_locked(struct block_device *device, struct block_request *request)
{
	u64 sector = request->sector;
	u8 op = request->op;
	int err = device->submit(device, request);

	trace_event(TRACE_BLOCK, sector, device->name);
	if (!err)
		count_start_locked(device, op);
	else if (err != -EAGAIN)
		device->errors++;
	return err;
}

void block_submit(struct block_device *device, struct block_request *request)
{
	int err = request_check(device, request);

	if (err || (request->op == BLOCK_FLUSH && !device->has_cache)) {
		co_wake(request->waiter, err);
		return;
	}
	request->device = device;
	request->submitted_at = clock_now();
	spin_lock(&device->lock);
	err = list_is_empty(&device->waiting) ? start_locked(device, request) : -EAGAIN;
	if (err == -EAGAIN)
		list_push_back(&device->waiting, &request->link);
	spin_unlock(&device->lock);
	/* Started or waiting: the request may have ended by now, and its memory be something else. */
	if (err && err != -EAGAIN)
		co_wake(request->waiter, err);
}

/* Submit what waits for room, as long as there is room. The first that the driver refuses for good: *ERR is why. */
static struct block_request *start_waiting_locked(struct block_device *device, int *err)
{
	struct block_request *request;
	struct list *node;

	while ((node = list_pop_front(&device->waiting))) {
		request = list_entry(node, struct block_request, link);
		*err = start_locked(device, request);
		if (*err == -EAGAIN) {
			list_push_front(&device->waiting, node);
			break;
		}
		if (*err)
			return request;
	}
	return NULL;
}

static void count_end_locked(struct block_device *device, const struct block_request *request, long result)
{
	u64 us = (clock_now() - request->submitted_at) / 1000;
	u32 row = 0;

	while (row < BLOCK_LATENCIES - 1 && us >> (row + 1))
		row++;
	trace_event(TRACE_BLOCK_ENDED, request->sector, device->name);
	device->in_flight--;
	device->completions++;
	device->errors += result != 0;
	device->latencies[row]++;
}

void block_complete(struct block_request *request, long result)
{
	struct block_device *device = request->device;
	struct block_request *refused = NULL;
	int err = 0;

	spin_lock(&device->lock);
	count_end_locked(device, request, result);
	if (unlikely(!list_is_empty(&device->waiting)))
		refused = start_waiting_locked(device, &err);
	spin_unlock(&device->lock);
	co_wake(request->waiter, result);
	while (refused) {
		co_wake(refused->waiter, err);
		spin_lock(&device->lock);
		refused = start_waiting_locked(device, &err);
		spin_unlock(&device->lock);
	}
}

struct block_transfer {
	struct co co;
	struct block_device *device;
	struct block_request request;
	struct block_segment segment;
};

static long submit_and_wait(struct co *co, struct block_device *device, struct block_request *request)
{
	request->waiter = co;
	co_park(co);
	block_submit(device, request);
	return CO_PENDING;
}

CO_STEP(block_transfer)
{
	CO_FRAME(block_transfer);
	long err;

	CO_BEGIN;
	f->request.segments = &f->segment;
	f->request.segment_count = f->segment.bytes != 0;
	AWAIT(err, submit_and_wait(co, f->device, &f->request));
	CO_RETURN(err);
	CO_END;
}

long block_transfer(struct co *caller, struct block_device *device, enum block_op op, u64 sector, void *data, u32 bytes)
{
	return CO_CALL(block_transfer, caller, .device = device, .request = { .op = (u8)op, .sector = sector },
		       .segment = { data, bytes });
}

static void report_latencies(struct fmt_text *text, const struct block_device *device)
{
	for (u32 i = 0; i < BLOCK_LATENCIES; i++)
		if (device->latencies[i])
			fmt_add(text, "  >=%luus:%u", i ? BIT(i) : 0, device->latencies[i]);
	fmt_add(text, "\n");
}

void block_report(struct fmt_text *text)
{
	struct block_device *device;

	spin_lock(&devices_lock);
	list_for_each (device, &devices, link) {
		fmt_add(text,
			"%s: sectors %lu reads %lu writes %lu flushes %lu errors %lu in_flight %u in_flight_max %u ",
			device->name, device->sectors, device->reads, device->writes, device->flushes, device->errors,
			device->in_flight, device->in_flight_max);
		fmt_add(text, "interrupts %lu completions %lu unannounced %lu latency", device->interrupts,
			device->completions, device->unannounced);
		report_latencies(text, device);
	}
	spin_unlock(&devices_lock);
}
