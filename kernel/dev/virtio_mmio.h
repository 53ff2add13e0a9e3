/* virtio_mmio.h - virtio over memory-mapped registers (Virtual I/O Device 1.2, section 4.2), modern and legacy.
 *
 * A driver's probe function starts its device in the order of section 3.1.1:
 *
 *     virtio_negotiate      reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK     steps 1 - 6
 *     virtio_queue_attach   its queues, and what it reads from the config space   step 7
 *     virtio_go             DRIVER_OK                                             step 8
 *     virtio_fail           instead, at any point: the device is given up
 */
#pragma once

#include "kernel/dev/virtqueue.h"
#include "kernel/hart/fdt.h"
#include "lib/types.h"

enum virtio_id {
	VIRTIO_NET = 1,
	VIRTIO_BLK = 2,
	VIRTIO_CONSOLE = 3,
	VIRTIO_RNG = 4,
	VIRTIO_GPU = 16,
	VIRTIO_INPUT = 18
};

/* Bits of virtio_acknowledge(). */
enum { VIRTIO_INTERRUPT_USED = 1, VIRTIO_INTERRUPT_CONFIG = 2 };

#define VIRTIO_F_VERSION_1 BIT(32)

struct virtio_device {
	volatile u8 *base;
	u32 bytes;  /* of its register window */
	u32 id;	    /* enum virtio_id */
	u32 source; /* interrupt */
	bool legacy;
	u64 features; /* negotiated */
};

/* Is there a device behind the node's registers? Fills DEVICE in: 0, -ENODEV (an empty slot), -EINVAL (a version or a
 * node that makes no sense). */
int virtio_find(struct virtio_device *device, const struct fdt_node *node);

/* WANTED: the feature bits the driver understands; those that the device offers, too, end up in device->features.
 * 0, or -ENODEV when the device refuses; it has been given up then. */
int virtio_negotiate(struct virtio_device *device, u64 wanted);

/* Make QUEUE, of at most SIZE descriptors, the device's queue INDEX: 0, -ENOENT (no such queue), -ENOMEM. */
int virtio_queue_attach(struct virtio_device *device, u32 index, struct virtqueue *queue, u32 size);

void virtio_go(struct virtio_device *device);
void virtio_fail(struct virtio_device *device);
/* After this the device touches no memory any more. */
void virtio_reset(struct virtio_device *device);

/* What was published in queue INDEX can be taken. */
void virtio_notify(struct virtio_device *device, u32 index);
/* Interrupt handler: quiet the device. What it wanted to say. */
u32 virtio_acknowledge(struct virtio_device *device);

/* A field of BYTES (1, 2, 4 or 8) of the config space, read in one piece even if the device changes it meanwhile;
 * 0 behind the end of the register window. */
u64 virtio_config(struct virtio_device *device, u32 offset, u32 bytes);
