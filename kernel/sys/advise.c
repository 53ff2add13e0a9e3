/* advise.c - what a program tells of its plans with a file: fadvise64, readahead; and sync_file_range.
 *
 * An advice binds nobody: it is checked, and nothing follows from it. Nothing is written behind a program's back, so
 * there is nothing to wait for either.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

enum { ADVICE_LAST = 5 }; /* POSIX_FADV_NOREUSE */
enum { SYNC_FLAGS_KNOWN = 7 };

static long advise(const struct file *file, s64 bytes, u32 advice)
{
	if (file->inode && inode_is(file->inode, MODE_FIFO))
		return -ESPIPE;
	return bytes < 0 || advice > ADVICE_LAST ? -EINVAL : 0;
}

long sys_fadvise64(struct co *caller, const u64 *args)
{
	struct file *file = descriptor_file(caller, (s32)args[0]);
	long err = file ? advise(file, (s64)args[2], (u32)args[3]) : -EBADF;

	if (file)
		file_put(file);
	return err;
}

static inline bool has_pages(const struct file *file)
{
	return file->inode && (inode_is(file->inode, MODE_REGULAR) || inode_is(file->inode, MODE_BLOCK));
}

long sys_readahead(struct co *caller, const u64 *args)
{
	struct file *file = descriptor_file(caller, (s32)args[0]);
	long err = -EBADF;

	if (!file)
		return err;
	if (file_can_read(file))
		err = has_pages(file) ? 0 : -EINVAL;
	file_put(file);
	return err;
}

static long sync_range(const struct file *file)
{
	const struct inode *inode = file->inode;

	if (!inode || !(inode_is(inode, MODE_REGULAR) || inode_is(inode, MODE_BLOCK) ||
			inode_is(inode, MODE_DIRECTORY) || inode_is(inode, MODE_LINK)))
		return -ESPIPE;
	return 0;
}

long sys_sync_file_range(struct co *caller, const u64 *args)
{
	struct file *file = descriptor_file(caller, (s32)args[0]);
	s64 at = (s64)args[1], bytes = (s64)args[2];
	long err = -EINVAL;

	if (!file)
		return -EBADF;
	if (at >= 0 && bytes >= 0 && bytes <= INT64_MAX - at && !((u32)args[3] & ~(u32)SYNC_FLAGS_KNOWN))
		err = sync_range(file);
	file_put(file);
	return err;
}
