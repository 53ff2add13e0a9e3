/* open.c - openat, close and fsync. */
#include "kernel/sys/open.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/io_uring.h"
#include "kernel/fs/files.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/pipe.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/process.h"
#include "kernel/ring/ring.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

enum {
	OPEN_KNOWN = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | O_DIRECT |
		     O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_ASYNC,
	OPEN_DONE = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC,	 /* what F_GETFL does not tell */
	OPEN_PATH_KNOWN = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_PATH, /* with O_PATH all else means nothing */
};

/* What O_PATH opens is a name for the inode: nothing can be done with the file itself. */
static const struct file_ops path_file_ops = { .name = "path" };

struct op_openat {
	struct co co;
	struct op *op;
	struct path_arg path;
	struct inode *inode; /* referenced */
	struct file *file;
	bool created;
};

static u32 walk_flags(u32 flags)
{
	u32 walk = flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL) ? 0 : PATH_FOLLOW;

	walk |= PATH_PLACE;
	if (flags & O_CREAT)
		walk |= PATH_CREATE;
	if (flags & O_DIRECTORY)
		walk |= PATH_DIRECTORY;
	return walk;
}

/* What opening INODE gives; NULL: nothing does. */
static const struct file_ops *open_ops(const struct inode *inode)
{
	return inode_is(inode, MODE_FIFO) ? &fifo_file_ops : inode->file_ops;
}

/* What the opened file will be able to do. */
static u32 open_needs(u32 flags)
{
	static const u8 needs[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE };

	return needs[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

/* May INODE be opened with these flags? Who has just made it may use it whatever its mode. */
static long open_check(const struct co *co, const struct inode *inode, u32 flags, bool created)
{
	bool write = (flags & O_ACCMODE) != O_RDONLY;

	if (!created && (flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (flags & O_PATH)
		return 0;
	if (inode_is(inode, MODE_LINK))
		return -ELOOP;
	if (inode_is(inode, MODE_DIRECTORY) && (write || flags & O_CREAT))
		return -EISDIR;
	if ((write || flags & O_TRUNC) && inode_is(inode, MODE_REGULAR) && inode->fs->read_only)
		return -EROFS;
	if (!created && permission_check(co, inode, open_needs(flags)))
		return -EACCES;
	return open_ops(inode) ? 0 : -ENXIO;
}

/* The name did not exist: make it, unless somebody was faster. */
struct open_create {
	struct co co;
	struct op_openat *open;
	u32 mode;
	long error;
};

CO_STEP(open_create)
{
	CO_FRAME(open_create);
	struct path_result *at = &f->open->path.at;
	struct inode *dir = at->parent;
	long err;

	CO_BEGIN;
	if (!dir || at->slash)
		CO_RETURN(-EISDIR);
	if (dir->fs->read_only || !dir->ops->create)
		CO_RETURN(-EROFS);
	err = permission_names(co, dir);
	if (err)
		CO_RETURN(err);
	AWAIT(err, mutex_lock(co, &dir->names));
	if (err)
		CO_RETURN(err);
	AWAIT(f->error, dir->ops->create(co, dir, at->name, at->length, f->mode | MODE_REGULAR, &f->open->inode));
	f->open->created = !f->error;
	if (f->error == -EEXIST && !(f->open->op->flags & O_EXCL))
		AWAIT(f->error, dir->ops->lookup(co, dir, at->name, at->length, &f->open->inode));
	mutex_unlock(co, &dir->names);
	CO_RETURN(f->error);
	CO_END;
}

CO_STEP(op_openat)
{
	CO_FRAME(op_openat);
	struct process *process = process_of(co);
	struct op *op = f->op;
	long err, fd;

	CO_BEGIN;
	AWAIT(err, path_arg_find(co, &f->path, op->fd, op->address, walk_flags(op->flags) | op->length));
	if (err)
		goto out;
	f->inode = f->path.at.inode;
	if (f->inode)
		inode_get(f->inode);
	else
		AWAIT(err, CO_CALL(open_create, co, .open = f, .mode = op->mode & 07777 & ~paths_umask(process)));
	if (!err)
		err = open_check(co, f->inode, op->flags, f->created);
	if (!err && (op->flags & O_TRUNC) && !f->created && f->inode->ops->truncate) {
		permission_written(co, f->inode);
		AWAIT(err, f->inode->ops->truncate(co, f->inode, 0));
	}
	if (err)
		goto out;
	f->file = file_alloc(
		op->flags & O_PATH ? &path_file_ops : open_ops(f->inode), f->inode,
		(op->flags & ~(u32)OPEN_DONE) | (op->flags & O_PATH ? 0 : O_LARGEFILE | (op->flags & O_NOCTTY)), NULL);
	if (!f->file) {
		err = -ENOMEM;
		goto out;
	}
	f->inode = NULL; /* the file's now, and so is where it was found */
	f->file->place = f->path.at.parent;
	f->path.at.parent = NULL;
	if (f->file->ops->open)
		AWAIT(err, f->file->ops->open(co, f->file));
	if (err)
		goto out;
	f->file->flags &= ~(u32)O_NOCTTY; /* it was for opening alone */
	fd = files_add(process->files, f->file, op->flags & O_CLOEXEC, 0);
	err = fd;
	if (fd >= 0)
		f->file = NULL;
out:
	if (f->file)
		file_put(f->file);
	if (f->inode)
		inode_put(f->inode);
	path_arg_done(&f->path);
	CO_RETURN(err);
	CO_END;
}

u32 open_known_flags(u32 flags)
{
	return flags & O_PATH ? OPEN_PATH_KNOWN : OPEN_KNOWN;
}

long op_openat(struct co *caller, struct op *op)
{
	if (op->flags & O_PATH)
		op->flags &= OPEN_PATH_KNOWN;
	if (op->flags & ~(u32)OPEN_KNOWN)
		return (op->flags & O_TMPFILE) == O_TMPFILE ? -EOPNOTSUPP : -EINVAL;
	return CO_CALL(op_openat, caller, .op = op);
}

/* A ring cannot close itself or another: what would wait for its end? */
static bool ring_closes_ring(struct co *caller, struct files *files, s32 fd)
{
	struct file *file = task_of(caller)->user ? NULL : files_get(files, fd);
	bool is_ring = file && file_is_ring(file);

	if (file)
		file_put(file);
	return is_ring;
}

long op_close(struct co *caller, struct op *op)
{
	struct files *files = process_of(caller)->files;
	struct file *file;

	if (ring_closes_ring(caller, files, op->fd))
		return -EBADF;
	file = files_remove(files, op->fd);
	if (!file)
		return -EBADF;
	file_put(file);
	return 0;
}

struct op_fsync {
	struct co co;
	struct file *file;
	bool data_only;
};

CO_STEP(op_fsync)
{
	CO_FRAME(op_fsync);
	long err;

	CO_BEGIN;
	AWAIT(err, f->file->ops->fsync(co, f->file, f->data_only));
	file_put(f->file);
	CO_RETURN(err);
	CO_END;
}

long op_fsync(struct co *caller, struct op *op)
{
	struct file *file = descriptor_file(caller, op->fd);

	if (!file)
		return -EBADF;
	if (file->ops->fsync)
		return CO_CALL_OR(file_put(file), op_fsync, caller, .file = file, .data_only = op->flags & 1);
	file_put(file);
	return -EINVAL;
}

long prepare_openat(struct op *op, const u64 *args)
{
	op->fd = (s32)args[0];
	op->address = args[1];
	op->flags = (u32)args[2];
	op->mode = (u32)args[3];
	op->length = 0;
	return 0;
}

long prepare_close(struct op *op, const u64 *args)
{
	op->fd = (s32)args[0];
	return 0;
}

long prepare_fsync(struct op *op, const u64 *args)
{
	op->fd = (s32)args[0];
	op->flags = 0;
	return 0;
}

long prepare_fdatasync(struct op *op, const u64 *args)
{
	op->fd = (s32)args[0];
	op->flags = 1;
	return 0;
}

long openat_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (sqe->ioprio || sqe->buf_index || sqe->file_index)
		return -EINVAL;
	op->fd = sqe->fd;
	op->address = sqe->addr;
	op->flags = sqe->open_flags;
	op->mode = sqe->len;
	op->length = 0;
	return 0;
}

long close_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (sqe->ioprio || sqe->off || sqe->addr || sqe->len || sqe->rw_flags || sqe->buf_index || sqe->file_index)
		return -EINVAL;
	op->fd = sqe->fd;
	return 0;
}

long fsync_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	/* a range (off, len) may be given; the whole file is a correct answer to it */
	if (sqe->addr || sqe->buf_index || sqe->splice_fd_in || sqe->ioprio || (sqe->fsync_flags & ~1u))
		return -EINVAL;
	op->fd = sqe->fd;
	op->flags = sqe->fsync_flags & 1;
	return 0;
}
