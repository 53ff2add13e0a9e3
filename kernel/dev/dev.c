/* dev.c - which driver drives what.
 *
 *     device tree node --"compatible"--> row of drivers[] --> probe_node
 *                      "virtio,mmio" --> what is in the slot? --> row of drivers[] --> probe_virtio
 *
 * Invariant: each row has a name, exactly one thing it is matched by, and the probe function that belongs to it;
 * dev_init asserts this before anything is probed.
 */
#include "kernel/dev/dev.h"

#include "kernel/abi/errno.h"
#include "kernel/dev/poweroff.h"
#include "kernel/dev/ramdisk_boot.h"
#include "kernel/dev/random.h"
#include "kernel/dev/uart.h"
#include "kernel/hart/panic.h"
#include "kernel/hart/print.h"

struct driver {
	const char *name;
	const char *compatible; /* matched by this */
	enum virtio_id id;	/* ... or by this */
	int (*probe_node)(const struct fdt_node *node);
	int (*probe_virtio)(struct virtio_device *device);
};

static const struct driver drivers[] = {
	{ .name = "uart", .compatible = "ns16550a", .probe_node = uart_probe },
	{ .name = "virtio-blk", .id = VIRTIO_BLK, .probe_virtio = virtio_blk_probe },
	{ .name = "virtio-console", .id = VIRTIO_CONSOLE, .probe_virtio = virtio_console_probe },
	{ .name = "virtio-rng", .id = VIRTIO_RNG, .probe_virtio = virtio_rng_probe },
};

enum { SLOTS_MAX = 16 };

/* The virtio devices of the machine: where a driver finds its own for ever. */
static struct virtio_device slots[SLOTS_MAX];
static u32 slot_count;

static void table_check(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(drivers); i++) {
		const struct driver *d = &drivers[i];

		ASSERT(d->name && !d->compatible == !d->probe_node && !d->id == !d->probe_virtio);
		ASSERT(!d->compatible != !d->id);
	}
}

static void report(const struct driver *driver, int err)
{
	if (err)
		print("%s: the device did not start (error %d)\n", driver->name, -err);
}

static void probe_nodes(const struct driver *driver)
{
	struct fdt_node node = { 0 };

	while (fdt_next_compatible(&node, driver->compatible))
		report(driver, driver->probe_node(&node));
}

/* QEMU fills its slots from the highest address down, in the order of its command line, so that is the order in which
 * disks get their names, however the tree lists the slots. */
static void slots_find(void)
{
	struct fdt_node node = { 0 };
	struct virtio_device found;
	u32 at;

	while (fdt_next_compatible(&node, "virtio,mmio")) {
		if (virtio_find(&found, &node) || slot_count == SLOTS_MAX)
			continue;
		for (at = slot_count++; at && slots[at - 1].base < found.base; at--)
			slots[at] = slots[at - 1];
		slots[at] = found;
	}
}

static void probe_slot(struct virtio_device *slot)
{
	for (u32 i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (drivers[i].id == slot->id) {
			report(&drivers[i], drivers[i].probe_virtio(slot));
			return;
		}
	}
	print("virtio: no driver for device id %u\n", slot->id);
}

void dev_init(void)
{
	table_check();
	poweroff_init();
	uart_init();
	random_init();
	for (u32 i = 0; i < ARRAY_SIZE(drivers); i++)
		if (drivers[i].compatible)
			probe_nodes(&drivers[i]);
	slots_find();
	for (u32 i = 0; i < slot_count; i++)
		probe_slot(&slots[i]);
	ramdisk_boot();
}
