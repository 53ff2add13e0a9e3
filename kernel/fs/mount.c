/* mount.c - the root file system, and what is mounted on its directories.
 *
 * Invariant: a mount holds a reference on the directory it covers, so inode->mounted lasts as long as the mount, which
 * is for ever.
 */
#include "kernel/fs/mount.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/devfs.h"
#include "kernel/fs/ext2.h"
#include "kernel/fs/path.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/hart/print.h"

struct inode *root_inode;

static struct mount {
	const char *path;
	long (*make)(struct file_system **out);
	struct file_system *fs; /* NULL: not mounted */
} mounts[] = {
	{ "/", NULL, NULL },	       { "/dev", devfs_mount, NULL },	  { "/proc", procfs_mount, NULL },
	{ "/tmp", tmpfs_mount, NULL }, { "/dev/shm", tmpfs_mount, NULL },
};

struct file_system *mount_get(u32 i, const char **path)
{
	for (struct mount *mount = mounts; mount < mounts + ARRAY_SIZE(mounts); mount++) {
		if (!mount->fs || i--)
			continue;
		*path = mount->path;
		return mount->fs;
	}
	return NULL;
}

u32 mount_number(const struct file_system *fs)
{
	const struct file_system *other;
	const char *path;

	for (u32 i = 0; (other = mount_get(i, &path)); i++)
		if (other == fs)
			return i + 1;
	return 0;
}

/* Cover DIRECTORY, whose reference is taken over, with a new file system. */
static long mount_on(struct mount *mount, struct inode *directory)
{
	struct file_system *fs;
	long err = mount->make(&fs);

	if (err) {
		inode_put(directory);
		return err;
	}
	fs->covered = directory;
	directory->mounted = fs;
	mount->fs = fs;
	return 0;
}

struct mount_root {
	struct co co;
	struct block_device *device;
	struct inode *directory;
	u32 i;
};

CO_STEP(mount_root)
{
	CO_FRAME(mount_root);
	long err;

	CO_BEGIN;
	AWAIT(err, ext2_mount(co, f->device, &mounts[0].fs));
	if (err)
		CO_RETURN(err);
	root_inode = mounts[0].fs->root;
	for (f->i = 1; f->i < ARRAY_SIZE(mounts); f->i++) {
		AWAIT(err, path_find(co, root_inode, root_inode, mounts[f->i].path, PATH_FOLLOW | PATH_DIRECTORY,
				     &f->directory));
		if (!err)
			err = mount_on(&mounts[f->i], f->directory);
		if (err)
			print("mount: nothing is mounted on %s: error %ld\n", mounts[f->i].path, -err);
	}
	CO_RETURN(0);
	CO_END;
}

long mount_root(struct co *caller, const char *device_name)
{
	struct block_device *device = block_find(device_name);

	if (!device) {
		print("mount: there is no block device %s\n", device_name ? device_name : "at all");
		return -ENODEV;
	}
	return CO_CALL(mount_root, caller, .device = device);
}
