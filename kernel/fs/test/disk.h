/* disk.h - a disk for tests: an array of bytes.
 *
 * Requests lie in a queue until the test lets the disk answer one, in a random order; so tasks really wait for it.
 */
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/dev/block.h"
#include "lib/test/check.h"

enum { DISK_QUEUE = 256 };

struct test_disk {
	struct block_device device;
	u8 *data;
	struct block_request *queue[DISK_QUEUE];
	u32 count;
	u64 served;
	u32 fail_every; /* every n-th request is -EIO; 0: none */
};

static inline int test_disk_submit(struct block_device *device, struct block_request *request)
{
	struct test_disk *disk = device->driver;

	if (disk->count == DISK_QUEUE)
		return -EAGAIN;
	disk->queue[disk->count++] = request;
	return 0;
}

static inline void test_disk_init(struct test_disk *disk, void *data, u64 bytes)
{
	*disk = (struct test_disk){ .data = data };
	disk->device = (struct block_device){ .name = "vda",
					      .sectors = bytes / SECTOR_SIZE,
					      .read_only = true,
					      .submit = test_disk_submit,
					      .driver = disk };
	block_init(&disk->device);
}

/* Answer one request; false: there is none. */
static inline bool test_disk_serve(struct test_disk *disk)
{
	struct block_request *request;
	u64 at, i;

	if (!disk->count)
		return false;
	i = test_random_below(disk->count);
	request = disk->queue[i];
	disk->queue[i] = disk->queue[--disk->count];
	at = request->sector * SECTOR_SIZE;
	for (u32 n = 0; n < request->segment_count; n++) {
		memcpy(request->segments[n].data, disk->data + at, request->segments[n].bytes);
		at += request->segments[n].bytes;
	}
	disk->served++;
	block_complete(request, disk->fail_every && disk->served % disk->fail_every == 0 ? -EIO : 0);
	return true;
}
