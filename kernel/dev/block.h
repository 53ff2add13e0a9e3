/* block.h - block devices: requests that are submitted now and completed later.
 *
 * A request is one transfer between consecutive sectors and a list of pieces of memory (scatter/gather), or a flush.
 * Its memory and the memory it points to belong to the device from block_submit until its task has been woken with the
 * result; nothing can take it back earlier, so waits for it are uninterruptible.
 *
 *     block_transfer(co, ...)     one request in the caller's frame, awaited: 0 or -EIO
 *
 * Devices (virtio-blk, the virtual-time RAM disk) register a struct block_device with a submit function that never
 * waits: -EAGAIN means that the device's queue is full, and the request is kept in `waiting` by block.c.
 */
#pragma once

#include "kernel/hart/lock.h"
#include "kernel/task/task.h"
#include "lib/co.h"
#include "lib/list.h"

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH };
enum { SECTOR_SIZE = 512, BLOCK_MAX_SEGMENTS = 16 };

struct block_segment {
	void *data; /* kernel address in the direct map, physically contiguous */
	u32 bytes;  /* a multiple of SECTOR_SIZE */
};

struct block_request {
	struct list link; /* in the device's list of waiting requests */
	struct block_device *device;
	u64 sector;
	struct co *waiter;		      /* resumed with the result */
	u64 submitted_at;		      /* clock_now(), for the latency histogram */
	u8 op;				      /* enum block_op */
	u8 segment_count;		      /* 0 for a flush */
	const struct block_segment *segments; /* the owner's array; lives as long as the request */
};

enum { BLOCK_LATENCIES = 24 }; /* row n of the histogram: 2^n .. 2^(n+1) microseconds; row 0 also less */

struct block_device {
	const char *name;
	u64 sectors;
	bool read_only;
	bool has_cache; /* a flush has something to do; without it, flushes end at once */
	/* Called with lock held. 0; -EAGAIN: queue full, and a request in flight will make room; another negative
	 * errno: the request has ended with it. */
	int (*submit)(struct block_device *device, struct block_request *request);
	void *driver;

	struct spinlock lock; /* RANK_DEVICE; guards what follows, and the driver's own queue */
	struct list waiting;  /* requests the device had no room for */
	u32 in_flight, in_flight_max;
	u64 reads, writes, flushes, errors;
	u64 interrupts, completions;
	u64 unannounced; /* completions taken though no interrupt came since the last look: 0, since nothing polls */
	u32 latencies[BLOCK_LATENCIES];
	struct list link;
};

/* Prepare the lock and the list of a DEVICE; the driver fills in name, sectors, read_only, has_cache, submit,
 * driver. */
void block_init(struct block_device *device);
/* DEVICE can be found, and takes requests, from now on; it stays for ever. */
void block_register(struct block_device *device);
/* By name ("vda", "ram0"), or the first one when NAME is NULL; NULL if there is none. */
struct block_device *block_find(const char *name);

/* Start REQUEST (all fields but link, device and submitted_at filled in; waiter has been parked: co_park). The waiter
 * is resumed with 0 or a negative errno when the request has ended; that may happen on another hart before this
 * returns:
 *     co_park(co); request->waiter = co; block_submit(device, request); return CO_PENDING;
 * -EINVAL: no segments, too many, not whole sectors, or past the end; -EROFS: a write to a read-only device. */
void block_submit(struct block_device *device, struct block_request *request);

/* For drivers: REQUEST has ended with RESULT (0 or -EIO ...). Wakes its waiter and starts what waits for room. */
void block_complete(struct block_request *request, long result);

/* Suspends. BYTES at DATA (direct map, at most one piece), from or to SECTOR. 0, -EIO, -EROFS, -EINVAL past the end. */
long block_transfer(struct co *caller, struct block_device *device, enum block_op op, u64 sector, void *data,
		    u32 bytes);

struct fmt_text;
/* The text of /proc/block: each device's counters and latencies. */
void block_report(struct fmt_text *text);
