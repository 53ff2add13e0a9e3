/* ramdisk.h - a disk in memory whose requests take time: the kernel's clock, a seed, and nothing of the host.
 *
 * Each request ends after a pseudo-random latency, so requests overtake each other, and under -icount every run is the
 * same. It stands behind the same interface as virtio-blk and is what benches, fault injection and labs use.
 */
#pragma once

#include "lib/types.h"

struct ramdisk_options {
	u64 bytes;		      /* rounded up to a MiB; at most RAMDISK_BYTES_MAX */
	u64 latency_min, latency_max; /* nanoseconds */
	u64 seed;
	u32 fail_every; /* each request whose number divides by this ends with -EIO, its data untouched; 0: none */
};

#define RAMDISK_BYTES_MAX (128ul << 20)

/* Make the next disk, "ram0", "ram1", ...: zeroed memory from the page allocator, kept for ever. Its number, or -EINVAL
 * (no bytes, too many, latencies the wrong way round), -ENOMEM, -EUSERS (no name left). */
int ramdisk_create_with(const struct ramdisk_options *options);
int ramdisk_create(u64 bytes, u64 latency_min, u64 latency_max, u64 seed);

/* Change the fault plan of disk NUMBER and count requests from 1 again. -ENODEV. */
int ramdisk_fail_every(u32 number, u32 fail_every);
