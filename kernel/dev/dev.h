/* dev.h - the drivers of Chime, and what they are matched against. */
#pragma once

#include "kernel/dev/virtio_mmio.h"
#include "kernel/hart/fdt.h"

/* Take over the console, find the way to switch off, seed the random numbers; then walk the device tree and start the
 * driver of each device in it that has one. Boot hart, once, after clock_init and irq_init, when tasks can be spawned.
 * A device that does not start is reported and left alone. */
void dev_init(void);

/* The probe functions of the table in dev.c: 0, or a negative errno, with the device left quiet. A virtio probe owns
 * DEVICE, which stays for ever. */
int uart_probe(const struct fdt_node *node);
int virtio_blk_probe(struct virtio_device *device);
int virtio_rng_probe(struct virtio_device *device);
int virtio_console_probe(struct virtio_device *device);
