/* name.c - making, removing and moving names: mkdirat, mknodat, symlinkat, linkat, unlinkat, renameat2.
 *
 * A path is walked up to its last component, whose name and directory are then in hand. The directory's `names` is held
 * from the first look at the name to the change, so what is looked at is what is changed. Two directories: in order of
 * address, so that two renames cannot wait for each other.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file.h"
#include "kernel/fs/permission.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"

/* --- mkdirat, mknodat, symlinkat, linkat --- */

enum make_kind { MAKE_DIRECTORY, MAKE_NODE, MAKE_SYMLINK, MAKE_LINK };

struct make {
	struct co co;
	enum make_kind kind;
	s32 fd, old_fd;
	u64 address;	 /* of the new name's path */
	u64 old_address; /* of the link's text or of the file that gets another name */
	u32 old_flags;	 /* of path_arg_find */
	u32 mode;
	u32 text_length;
	char *text; /* of a symbolic link, a page */
	long error;
	struct inode *made; /* referenced */
	struct path_arg path, old;
};

/* Why the file system would not do it; 0: it might. That the name is taken comes before all of these. */
static long make_refusal(const struct co *co, const struct make *f)
{
	const struct inode *dir = f->path.at.parent, *old = f->old.at.inode;
	const bool can[] = {
		[MAKE_DIRECTORY] = dir->ops->create,
		[MAKE_NODE] = dir->ops->create,
		[MAKE_SYMLINK] = dir->ops->symlink,
		[MAKE_LINK] = dir->ops->link,
	};

	if (f->kind != MAKE_DIRECTORY && f->path.at.slash)
		return -ENOENT;
	if (dir->fs->read_only)
		return -EROFS;
	if (f->kind == MAKE_LINK && (!old || old->fs != dir->fs))
		return -EXDEV;
	if (f->kind == MAKE_LINK && inode_is(old, MODE_DIRECTORY))
		return -EPERM;
	return can[f->kind] ? permission_names(co, dir) : -EPERM;
}

static long make_start(struct co *co, struct make *f)
{
	const struct path_result *at = &f->path.at;
	struct inode *dir = at->parent;

	if (f->kind == MAKE_DIRECTORY || f->kind == MAKE_NODE)
		return dir->ops->create(co, dir, at->name, at->length, f->mode, &f->made);
	if (f->kind == MAKE_SYMLINK)
		return dir->ops->symlink(co, dir, at->name, at->length, f->text, f->text_length);
	return dir->ops->link(co, dir, at->name, at->length, f->old.at.inode);
}

/* The path has been walked: give the name to what is made. */
struct make_name {
	struct co co;
	struct make *make;
	long error;
};

CO_STEP(make_name)
{
	CO_FRAME(make_name);
	struct make *make = f->make;
	struct path_result *at = &make->path.at;
	struct inode *dir = at->parent;
	long err;

	CO_BEGIN;
	if (at->last != PATH_LAST_NAME)
		CO_RETURN(-EEXIST);
	AWAIT(err, mutex_lock(co, &dir->names));
	if (err)
		CO_RETURN(err);
	f->error = make_refusal(co, make);
	if (!f->error) {
		AWAIT(err, make_start(co, make));
		f->error = err;
	} else {
		AWAIT(err, dir->ops->lookup(co, dir, at->name, at->length, &make->made));
		if (err != -ENOENT)
			f->error = err ? err : -EEXIST;
	}
	mutex_unlock(co, &dir->names);
	CO_RETURN(f->error);
	CO_END;
}

/* What the new name will stand for: the text of a link, or a file that is there. */
static long make_prepare(struct co *co, struct make *f)
{
	struct page *page;

	if (f->kind == MAKE_DIRECTORY || f->kind == MAKE_NODE)
		return 0;
	if (f->kind == MAKE_LINK)
		return path_arg_find(co, &f->old, f->old_fd, f->old_address, f->old_flags);
	page = page_alloc(0);
	if (!page)
		return -ENOMEM;
	f->text = page_to_virt(page);
	return user_read_text(co, user_space_of(co), f->text, f->old_address, PATH_MAX_BYTES);
}

static void make_end(struct make *f)
{
	path_arg_done(&f->path);
	path_arg_done(&f->old);
	if (f->made)
		inode_put(f->made);
	if (f->text)
		page_put(virt_to_page(f->text));
}

CO_STEP(make)
{
	CO_FRAME(make);
	long err;

	CO_BEGIN;
	AWAIT(err, make_prepare(co, f));
	if (err >= 0 && f->kind == MAKE_SYMLINK) {
		f->text_length = (u32)err;
		err = err ? 0 : -ENOENT;
	}
	if (!err)
		AWAIT(err, path_arg_find(co, &f->path, f->fd, f->address, PATH_PARENT));
	if (!err)
		AWAIT(err, CO_CALL(make_name, co, .make = f));
	make_end(f);
	CO_RETURN(err);
	CO_END;
}

long sys_mkdirat(struct co *caller, const u64 *args)
{
	u32 mode = (u32)args[2] & 01777 & ~paths_umask(process_of(caller));

	return CO_CALL(make, caller, .kind = MAKE_DIRECTORY, .fd = (s32)args[0], .address = args[1],
		       .mode = mode | MODE_DIRECTORY);
}

/* Devices are devfs' alone. */
long sys_mknodat(struct co *caller, const u64 *args)
{
	u32 type = (u32)args[2] & MODE_TYPE, mode = (u32)args[2] & 07777 & ~paths_umask(process_of(caller));

	if (!type)
		type = MODE_REGULAR;
	if (type == MODE_CHAR || type == MODE_BLOCK || type == MODE_SOCKET || type == MODE_DIRECTORY)
		return -EPERM;
	if (type != MODE_REGULAR && type != MODE_FIFO)
		return -EINVAL;
	return CO_CALL(make, caller, .kind = MAKE_NODE, .fd = (s32)args[0], .address = args[1], .mode = mode | type);
}

long sys_symlinkat(struct co *caller, const u64 *args)
{
	return CO_CALL(make, caller, .kind = MAKE_SYMLINK, .old_address = args[0], .fd = (s32)args[1],
		       .address = args[2]);
}

long sys_linkat(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[4], old = flags & AT_SYMLINK_FOLLOW ? PATH_FOLLOW : 0;

	if (flags & ~(u32)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		old |= PATH_EMPTY_OK;
	return CO_CALL(make, caller, .kind = MAKE_LINK, .old_fd = (s32)args[0], .old_address = args[1],
		       .old_flags = old, .fd = (s32)args[2], .address = args[3]);
}

/* --- unlinkat --- */

struct unlink_call {
	struct co co;
	s32 fd;
	u64 address;
	bool directory; /* rmdir */
	long error;
	struct inode *victim; /* referenced */
	struct path_arg path;
};

/* What can be said before the name is looked up. */
static long unlink_check_path(const struct unlink_call *f)
{
	static const s32 rmdir_errors[] = {
		[PATH_LAST_ROOT] = -EBUSY, [PATH_LAST_DOT] = -EINVAL, [PATH_LAST_DOT_DOT] = -ENOTEMPTY
	};
	const struct path_result *at = &f->path.at;

	if (at->last != PATH_LAST_NAME)
		return f->directory ? rmdir_errors[at->last] : -EISDIR;
	return at->parent->fs->read_only ? -EROFS : 0;
}

static long unlink_check_victim(const struct co *co, const struct unlink_call *f)
{
	bool is_directory = inode_is(f->victim, MODE_DIRECTORY);
	long err = permission_unlink(co, f->path.at.parent, f->victim);

	if (err)
		return err;
	if (f->directory && !is_directory)
		return -ENOTDIR;
	if (!f->directory && is_directory)
		return -EISDIR;
	if (f->path.at.slash && !is_directory)
		return -ENOTDIR;
	if (f->victim->mounted)
		return -EBUSY;
	return f->path.at.parent->ops->unlink ? 0 : -EPERM;
}

CO_STEP(unlink_call)
{
	CO_FRAME(unlink_call);
	struct path_result *at = &f->path.at;
	long err;

	CO_BEGIN;
	AWAIT(err, path_arg_find(co, &f->path, f->fd, f->address, PATH_PARENT));
	if (!err)
		err = unlink_check_path(f);
	if (err)
		goto out;
	AWAIT(err, mutex_lock(co, &at->parent->names));
	if (err)
		goto out;
	AWAIT(err, at->parent->ops->lookup(co, at->parent, at->name, at->length, &f->victim));
	if (!err)
		err = unlink_check_victim(co, f);
	if (!err)
		AWAIT(err, at->parent->ops->unlink(co, at->parent, at->name, at->length, f->directory));
	mutex_unlock(co, &at->parent->names);
	if (f->victim)
		inode_put(f->victim);
out:
	path_arg_done(&f->path);
	CO_RETURN(err);
	CO_END;
}

long sys_unlinkat(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[2];

	if (flags & ~(u32)AT_REMOVEDIR)
		return -EINVAL;
	return CO_CALL(unlink_call, caller, .fd = (s32)args[0], .address = args[1], .directory = flags & AT_REMOVEDIR);
}

/* --- renameat2 --- */

enum { RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2, RENAME_WHITEOUT = 4 };

struct rename_call {
	struct co co;
	s32 from_fd, to_fd;
	u64 from_address, to_address;
	u32 flags;
	struct inode *first, *second;	/* the directories in the order of locking; second: NULL if they are the same */
	struct inode *moved, *replaced; /* referenced */
	struct path_arg from, to;
};

/* What can be said before names are looked up. */
static long rename_check_paths(const struct rename_call *f)
{
	const struct path_result *from = &f->from.at, *to = &f->to.at;
	const struct inode *from_dir = from->parent ? from->parent : from->inode;
	const struct inode *to_dir = to->parent ? to->parent : to->inode;

	if (from_dir->fs != to_dir->fs)
		return -EXDEV;
	if (from->last != PATH_LAST_NAME)
		return -EBUSY;
	if (to->last != PATH_LAST_NAME)
		return f->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	return from_dir->fs->read_only ? -EROFS : 0;
}

/* A path that ends with a slash means a directory. */
static long rename_check_moved(const struct co *co, const struct rename_call *f)
{
	long err = permission_unlink(co, f->from.at.parent, f->moved);

	if (!err)
		err = permission_names(co, f->to.at.parent);
	if (err)
		return err;
	if (!inode_is(f->moved, MODE_DIRECTORY) && (f->from.at.slash || f->to.at.slash))
		return -ENOTDIR;
	return f->from.at.parent->ops->rename ? 0 : -EPERM;
}

/* Both directories are locked. What fits in whose place is for the file system to say, which knows its tree. */
static long rename_start(struct co *co, const struct rename_call *f)
{
	const struct path_result *from = &f->from.at, *to = &f->to.at;

	return from->parent->ops->rename(co, from->parent, from->name, from->length, to->parent, to->name, to->length,
					 f->flags);
}

/* Which directory is locked first, and which one after it. */
static void rename_order(struct rename_call *f)
{
	struct inode *a = f->from.at.parent, *b = f->to.at.parent;

	f->first = min(a, b);
	f->second = a == b ? NULL : max(a, b);
}

static void rename_end(struct rename_call *f)
{
	if (f->moved)
		inode_put(f->moved);
	if (f->replaced)
		inode_put(f->replaced);
	path_arg_done(&f->from);
	path_arg_done(&f->to);
}

/* Both directories are locked. */
struct rename_locked {
	struct co co;
	struct rename_call *call;
};

CO_STEP(rename_locked)
{
	CO_FRAME(rename_locked);
	struct path_result *from = &f->call->from.at, *to = &f->call->to.at;
	long err;

	CO_BEGIN;
	AWAIT(err, from->parent->ops->lookup(co, from->parent, from->name, from->length, &f->call->moved));
	if (!err)
		err = rename_check_moved(co, f->call);
	if (err)
		CO_RETURN(err);
	AWAIT(err, to->parent->ops->lookup(co, to->parent, to->name, to->length, &f->call->replaced));
	if (!err)
		err = permission_unlink(co, to->parent, f->call->replaced);
	if (!err || err == -ENOENT)
		AWAIT(err, rename_start(co, f->call));
	CO_RETURN(err);
	CO_END;
}

CO_STEP(rename_call)
{
	CO_FRAME(rename_call);
	long err;

	CO_BEGIN;
	AWAIT(err, path_arg_find(co, &f->from, f->from_fd, f->from_address, PATH_PARENT));
	if (!err)
		AWAIT(err, path_arg_find(co, &f->to, f->to_fd, f->to_address, PATH_PARENT));
	if (!err)
		err = rename_check_paths(f);
	if (err)
		goto out;
	rename_order(f);
	AWAIT(err, mutex_lock(co, &f->first->names));
	if (err)
		goto out;
	if (f->second)
		AWAIT(err, mutex_lock(co, &f->second->names));
	if (!err) {
		AWAIT(err, CO_CALL(rename_locked, co, .call = f));
		if (f->second)
			mutex_unlock(co, &f->second->names);
	}
	mutex_unlock(co, &f->first->names);
out:
	rename_end(f);
	CO_RETURN(err);
	CO_END;
}

long sys_renameat2(struct co *caller, const u64 *args)
{
	u32 flags = (u32)args[4];

	if (flags & ~(u32)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if ((flags & RENAME_EXCHANGE) && (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)))
		return -EINVAL;
	return CO_CALL(rename_call, caller, .from_fd = (s32)args[0], .from_address = args[1], .to_fd = (s32)args[2],
		       .to_address = args[3], .flags = flags);
}

/* Nothing is kept back that would have to be written. */
long sys_sync(struct co *caller, const u64 *args)
{
	(void)caller, (void)args;
	return 0;
}
