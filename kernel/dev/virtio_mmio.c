/* virtio_mmio.c - the registers of a virtio device.
 *
 *     0x000 magic, version, device id      0x030 queue select, size     0x060 interrupt status, acknowledge
 *     0x010 features, by 32 bits           0x050 queue notify           0x070 status       0x100 config space
 *
 * Modern devices (version 2) take three addresses per queue; legacy ones (version 1) take the page number of one piece
 * of memory with a fixed layout, have 32 feature bits, and no FEATURES_OK.
 */
#include "kernel/dev/virtio_mmio.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/page.h"
#include "lib/order.h"

enum virtio_register {
	MAGIC = 0x000,
	VERSION = 0x004,
	DEVICE_ID = 0x008,
	DEVICE_FEATURES = 0x010,
	DEVICE_FEATURES_SELECT = 0x014,
	DRIVER_FEATURES = 0x020,
	DRIVER_FEATURES_SELECT = 0x024,
	LEGACY_PAGE_SIZE = 0x028,
	QUEUE_SELECT = 0x030,
	QUEUE_SIZE_MAX = 0x034,
	QUEUE_SIZE = 0x038,
	LEGACY_QUEUE_ALIGN = 0x03c,
	LEGACY_QUEUE_PAGE = 0x040,
	QUEUE_READY = 0x044,
	QUEUE_NOTIFY = 0x050,
	INTERRUPT_STATUS = 0x060,
	INTERRUPT_ACKNOWLEDGE = 0x064,
	STATUS = 0x070,
	QUEUE_DESCRIPTORS = 0x080, /* each of the three: low half, high half */
	QUEUE_AVAILABLE = 0x090,
	QUEUE_USED = 0x0a0,
	CONFIG_GENERATION = 0x0fc,
	CONFIG = 0x100,
};

enum { MAGIC_VALUE = 0x74726976 /* "virt" */ };
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, FAILED = 128 };
enum { PATIENCE = 100000 /* reads of a register that does not become what it must */ };

static u32 get(struct virtio_device *device, u32 offset)
{
	return *(volatile u32 *)(device->base + offset);
}

static void set(struct virtio_device *device, u32 offset, u32 value)
{
	*(volatile u32 *)(device->base + offset) = value;
}

static void set_address(struct virtio_device *device, u32 offset, u64 phys)
{
	set(device, offset, (u32)phys);
	set(device, offset + 4, (u32)(phys >> 32));
}

static void status_add(struct virtio_device *device, u32 bits)
{
	set(device, STATUS, get(device, STATUS) | bits);
}

int virtio_find(struct virtio_device *device, const struct fdt_node *node)
{
	struct fdt_reg reg;
	u32 version;

	if (!fdt_reg(node, 0, &reg) || reg.bytes <= CONFIG)
		return -EINVAL;
	if (!kmap_device(reg.base, reg.bytes))
		return -ENXIO;
	*device = (struct virtio_device){ .base = phys_to_virt(reg.base), .bytes = (u32)reg.bytes };
	version = get(device, VERSION);
	if (get(device, MAGIC) != MAGIC_VALUE || version < 1 || version > 2)
		return -EINVAL;
	device->legacy = version == 1;
	device->id = get(device, DEVICE_ID);
	device->source = fdt_interrupt(node);
	return device->id ? 0 : -ENODEV;
}

void virtio_reset(struct virtio_device *device)
{
	set(device, STATUS, 0);
	for (u32 i = 0; i < PATIENCE && get(device, STATUS); i++)
		cpu_relax();
}

void virtio_fail(struct virtio_device *device)
{
	virtio_reset(device);
	set(device, STATUS, FAILED);
}

static u64 offered_features(struct virtio_device *device)
{
	u64 features;

	set(device, DEVICE_FEATURES_SELECT, 0);
	features = get(device, DEVICE_FEATURES);
	if (device->legacy)
		return features;
	set(device, DEVICE_FEATURES_SELECT, 1);
	return features | (u64)get(device, DEVICE_FEATURES) << 32;
}

static void accept_features(struct virtio_device *device)
{
	set(device, DRIVER_FEATURES_SELECT, 0);
	set(device, DRIVER_FEATURES, (u32)device->features);
	if (device->legacy)
		return;
	set(device, DRIVER_FEATURES_SELECT, 1);
	set(device, DRIVER_FEATURES, (u32)(device->features >> 32));
}

/* The steps are those of section 3.1.1. */
int virtio_negotiate(struct virtio_device *device, u64 wanted)
{
	/* 1. Reset the device. */
	virtio_reset(device);
	/* 2. The guest has noticed the device. */
	status_add(device, ACKNOWLEDGE);
	/* 3. The guest knows how to drive it. */
	status_add(device, DRIVER);
	/* 4. Read what it offers, write the subset that the driver understands. A modern device must be accepted as one
	 *    (section 6.1). */
	device->features = offered_features(device) & (wanted | VIRTIO_F_VERSION_1);
	accept_features(device);
	if (device->legacy) {
		/* Steps 5 and 6 do not exist (section 3.1.2); queue addresses are counted in pages of this size. */
		set(device, LEGACY_PAGE_SIZE, PAGE_SIZE);
		return 0;
	}
	/* 5. No more features after this. */
	status_add(device, FEATURES_OK);
	/* 6. The device takes the bit back if it cannot live with the subset. */
	if ((device->features & VIRTIO_F_VERSION_1) && (get(device, STATUS) & FEATURES_OK))
		return 0;
	virtio_fail(device);
	return -ENODEV;
}

int virtio_queue_attach(struct virtio_device *device, u32 index, struct virtqueue *queue, u32 size)
{
	u32 size_max;
	int err;

	set(device, QUEUE_SELECT, index);
	size_max = get(device, QUEUE_SIZE_MAX);
	if (!size_max)
		return -ENOENT;
	while (size > size_max)
		size /= 2;
	err = virtqueue_create(queue, size);
	if (err)
		return err;
	set(device, QUEUE_SIZE, size);
	if (device->legacy) {
		set(device, LEGACY_QUEUE_ALIGN, VIRTQUEUE_ALIGN);
		set(device, LEGACY_QUEUE_PAGE, (u32)(virt_to_phys(queue->descriptors) >> PAGE_SHIFT));
		return 0;
	}
	set_address(device, QUEUE_DESCRIPTORS, virt_to_phys(queue->descriptors));
	set_address(device, QUEUE_AVAILABLE, virt_to_phys(queue->available));
	set_address(device, QUEUE_USED, virt_to_phys(queue->used));
	/* The addresses and the zeroed memory come before the device may use them. */
	fence_to_device();
	set(device, QUEUE_READY, 1);
	return 0;
}

void virtio_go(struct virtio_device *device)
{
	/* 8. From here on the device is alive. */
	status_add(device, DRIVER_OK);
}

void virtio_notify(struct virtio_device *device, u32 index)
{
	/* The published index (RAM) before the notification (a register). Partner: the device reads the index
	 * because it was notified. */
	fence_to_device();
	set(device, QUEUE_NOTIFY, index);
}

u32 virtio_acknowledge(struct virtio_device *device)
{
	u32 status = get(device, INTERRUPT_STATUS);

	/* Only what was read: a bit that rises now raises the line again. */
	set(device, INTERRUPT_ACKNOWLEDGE, status);
	/* The acknowledgement before any later look at the used ring. Partner: the device stores used.index before
	 * it sets the status bit. So an entry is either seen by that look, or announced again. */
	fence_to_device();
	return status;
}

static u64 config_read(struct virtio_device *device, u32 offset, u32 bytes)
{
	volatile u8 *at = device->base + CONFIG + offset;

	switch (bytes) {
	case 1:
		return *at;
	case 2:
		return *(volatile u16 *)at;
	case 4:
		return *(volatile u32 *)at;
	default:
		return *(volatile u32 *)at | (u64) * (volatile u32 *)(at + 4) << 32;
	}
}

static u32 generation(struct virtio_device *device)
{
	return device->legacy ? 0 : get(device, CONFIG_GENERATION);
}

u64 virtio_config(struct virtio_device *device, u32 offset, u32 bytes)
{
	u32 before;
	u64 value;

	if (offset > device->bytes - CONFIG || bytes > device->bytes - CONFIG - offset)
		return 0;
	for (u32 i = 0; i < PATIENCE; i++) {
		before = generation(device);
		value = config_read(device, offset, bytes);
		if (generation(device) == before)
			break;
	}
	return value;
}
