/* proc_mounts.c - what is mounted, and what it is mounted from: file systems and devices. */
#include "kernel/fs/block_file.h"
#include "kernel/fs/device.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/proc_system.h"

/* The parts of a device number, see device_make. */
static u32 major_of(u32 device)
{
	return device >> 8 & 0xfff;
}

static u32 minor_of(u32 device)
{
	return (device & 0xff) | (device >> 12 & ~0xffu);
}

static const char *access_of(const struct file_system *fs)
{
	return fs->read_only ? "ro" : "rw";
}

void proc_mounts(struct fmt_text *text)
{
	struct file_system *fs;
	const char *path;

	for (u32 i = 0; (fs = mount_get(i, &path)); i++)
		fmt_add(text, "%s %s %s %s 0 0\n", i ? fs->name : "/dev/root", path, fs->name, access_of(fs));
}

/* The number of the mount that FS is mounted on; the root's is its own. */
static u32 parent_of(const struct file_system *fs)
{
	return mount_number(fs->covered ? fs->covered->fs : fs);
}

void proc_mountinfo(struct fmt_text *text)
{
	struct file_system *fs;
	const char *path;

	for (u32 i = 0; (fs = mount_get(i, &path)); i++)
		fmt_add(text, "%u %u %u:%u / %s %s - %s %s %s\n", i + 1, parent_of(fs), major_of(fs->device),
			minor_of(fs->device), path, access_of(fs), fs->name, i ? fs->name : "/dev/root", access_of(fs));
}

void proc_filesystems(struct fmt_text *text)
{
	fmt_add(text, "\text2\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevfs\n");
}

void proc_partitions(struct fmt_text *text)
{
	const struct block_device *device;
	u32 number;

	fmt_add(text, "major minor  #blocks  name\n\n");
	for (const char *const *name = block_names; *name; name++) {
		device = block_find(*name);
		if (!device)
			continue;
		number = block_device_number(device->name);
		fmt_add(text, "%4u  %7u %10lu %s\n", major_of(number), minor_of(number), device->sectors / 2,
			device->name);
	}
}

void proc_devices(struct fmt_text *text)
{
	fmt_add(text, "Character devices:\n  1 mem\n  4 ttyS\n  5 /dev/tty\n 10 misc\n\n");
	fmt_add(text, "Block devices:\n  1 ramdisk\n254 virtblk\n259 blkext\n");
}
