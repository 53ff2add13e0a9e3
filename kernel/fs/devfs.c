/* devfs.c - /dev, from three tables: character devices, block devices that may have registered, and links to what a
 * process has open.
 *
 *     number     1            2            3 ...                     64 ...            BLOCK + i
 *                the root     shm, empty   a row of devices[]        links[]           (the block device's own inode)
 *
 * Invariant: the tables do not change, so an entry's position is its place in them.
 */
#include "kernel/fs/devfs.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/block_file.h"
#include "kernel/fs/console.h"
#include "kernel/fs/pseudo.h"
#include "lib/string.h"

const struct device devices[] = {
	{ "null", MODE_CHAR | 0666, 0x103, &null_file_ops },
	{ "zero", MODE_CHAR | 0666, 0x105, &zero_file_ops },
	{ "full", MODE_CHAR | 0666, 0x107, &full_file_ops },
	{ "random", MODE_CHAR | 0666, 0x108, &random_file_ops },
	{ "urandom", MODE_CHAR | 0666, 0x109, &random_file_ops },
	{ "tty", MODE_CHAR | 0666, TTY_DEVICE, &console_file_ops },
	{ "ttyS0", MODE_CHAR | 0600, SERIAL_DEVICE, &console_file_ops },
	{ "console", MODE_CHAR | 0600, CONSOLE_DEVICE, &console_file_ops },
	{ "verdict", MODE_CHAR | 0600, 0xafa, &verdict_file_ops },
	{ "trace", MODE_CHAR | 0400, 0xafb, &trace_file_ops },
	{ 0 },
};

const char *const block_names[] = { "vda", "vdb", "vdc", "vdd", "ram0", "ram1", NULL };

static const struct device_link {
	const char *name, *text;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

enum { NUMBER_ROOT = 1, NUMBER_SHM = 2, NUMBER_DEVICE = 3, NUMBER_LINK = 64, DEVICE_COUNT = ARRAY_SIZE(devices) - 1 };
enum { BLOCK_NAMES = ARRAY_SIZE(block_names) - 1 };

static struct file_system devfs = { .name = "devfs", .magic = 0x01021994, .block_bytes = PAGE_SIZE };

const struct file_ops *device_file_ops(u32 number)
{
	for (const struct device *device = devices; device->name; device++)
		if (device->number == number)
			return device->ops;
	return NULL;
}

static const struct inode_ops device_inode_ops;
static const struct inode_ops devfs_directory_ops;

static struct inode *device_inode(u32 i)
{
	struct inode *inode = pseudo_inode(&devfs, NUMBER_DEVICE + i, devices[i].mode, &device_inode_ops,
					   devices[i].ops);

	if (inode)
		inode->device = devices[i].number;
	return inode;
}

static long read_link(struct co *caller, struct inode *inode, char *buffer, u32 bytes)
{
	const char *text = links[inode->number - NUMBER_LINK].text;
	u32 length = min((u32)strlen(text), bytes);

	(void)caller;
	memcpy(buffer, text, length);
	return length;
}

static const struct inode_ops link_ops = { .read_link = read_link };

/* A link, or a device. */
static long find_named(const char *name, u32 length, struct inode **found)
{
	u32 i = 0;

	for (; i < ARRAY_SIZE(links); i++)
		if (name_is(name, length, links[i].name)) {
			*found = pseudo_inode(&devfs, NUMBER_LINK + i, MODE_LINK | 0777, &link_ops, NULL);
			return 0;
		}
	for (i = 0; i < DEVICE_COUNT; i++)
		if (name_is(name, length, devices[i].name)) {
			*found = device_inode(i);
			return 0;
		}
	return -ENOENT;
}

static struct inode *directory_inode(u64 number, u32 mode)
{
	struct inode *inode = pseudo_inode(&devfs, number, MODE_DIRECTORY | mode, &devfs_directory_ops,
					   &directory_file_ops);

	if (inode)
		inode->links = 2;
	return inode;
}

static struct inode *find_block(const char *name, u32 length)
{
	struct block_device *device;

	for (u32 i = 0; i < BLOCK_NAMES; i++) {
		if (!name_is(name, length, block_names[i]))
			continue;
		device = block_find(block_names[i]);
		return device ? block_inode(device) : NULL;
	}
	return NULL;
}

static bool is_block(const char *name, u32 length)
{
	for (u32 i = 0; i < BLOCK_NAMES; i++)
		if (name_is(name, length, block_names[i]))
			return block_find(block_names[i]);
	return false;
}

static long devfs_lookup(struct co *caller, struct inode *dir, const char *name, u32 length, struct inode **found)
{
	(void)caller;
	*found = NULL;
	if (name_is(name, length, "..")) {
		*found = directory_inode(NUMBER_ROOT, 0755);
		return *found ? 0 : -ENOMEM;
	}
	if (dir->number != NUMBER_ROOT)
		return -ENOENT;
	if (name_is(name, length, "shm"))
		*found = directory_inode(NUMBER_SHM, 01777);
	else if (is_block(name, length))
		*found = find_block(name, length);
	else if (find_named(name, length, found))
		return -ENOENT;
	return *found ? 0 : -ENOMEM;
}

/* Row I of the root directory, its number and type; NULL: nothing there (*END tells whether there is more). */
static const char *row_name(u64 i, u64 *number, u32 *mode)
{
	*number = NUMBER_DEVICE + i;
	if (i < DEVICE_COUNT) {
		*mode = devices[i].mode;
		return devices[i].name;
	}
	i -= DEVICE_COUNT;
	*mode = MODE_BLOCK;
	if (i < BLOCK_NAMES)
		return block_find(block_names[i]) ? block_names[i] : NULL;
	i -= BLOCK_NAMES;
	if (i < ARRAY_SIZE(links)) {
		*number = NUMBER_LINK + i;
		*mode = MODE_LINK;
		return links[i].name;
	}
	*number = NUMBER_SHM;
	*mode = MODE_DIRECTORY;
	return "shm";
}

static long devfs_read_dir(struct co *caller, struct inode *dir, u64 *position, struct dir_sink *sink)
{
	u64 rows = dir->number == NUMBER_ROOT ? DEVICE_COUNT + BLOCK_NAMES + ARRAY_SIZE(links) + 1 : 0;
	const char *name;
	u64 number;
	u32 mode;

	(void)caller;
	if (!pseudo_list_dots(dir, NUMBER_ROOT, position, sink))
		return 0;
	for (; *position - 2 < rows; (*position)++) {
		name = row_name(*position - 2, &number, &mode);
		if (name &&
		    !sink->put(sink, name, (u32)__builtin_strlen(name), number, mode_to_dirent(mode), *position + 1))
			break;
	}
	return 0;
}

static const struct inode_ops devfs_directory_ops = { .lookup = devfs_lookup, .read_dir = devfs_read_dir };

long devfs_mount(struct file_system **out)
{
	if (!devfs.root) {
		devfs.device = pseudo_device();
		devfs.root = directory_inode(NUMBER_ROOT, 0755);
	}
	*out = &devfs;
	return devfs.root ? 0 : -ENOMEM;
}
