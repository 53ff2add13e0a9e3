/* permission.c - see permission.h. */
#include "kernel/fs/permission.h"

#include "kernel/abi/errno.h"

long permission_of(struct process *process, u32 user, u32 group, const struct inode *inode, u32 may)
{
	u32 mode = load_relaxed(&inode->mode);

	if (!user)
		return (may & MAY_EXECUTE) && !inode_is(inode, MODE_DIRECTORY) && !(mode & 0111) ? -EACCES : 0;
	if (load_relaxed(&inode->uid) == user)
		mode >>= 6;
	else if (load_relaxed(&inode->gid) == group || caller_has_group(process, load_relaxed(&inode->gid)))
		mode >>= 3;
	return (mode & may) == may ? 0 : -EACCES;
}

long permission_names(const struct co *co, const struct inode *dir)
{
	long err = permission_search(co, dir);

	return err ? err : permission_check(co, dir, MAY_WRITE);
}

long permission_unlink(const struct co *co, const struct inode *dir, const struct inode *victim)
{
	long err = permission_names(co, dir);

	if (err || !(load_relaxed(&dir->mode) & MODE_STICKY) || !permission_owner(co, dir))
		return err;
	return permission_owner(co, victim);
}

long permission_owner(const struct co *co, const struct inode *inode)
{
	u32 user = caller_ids(caller_of(co)).user;

	return !user || user == load_relaxed(&inode->uid) ? 0 : -EPERM;
}

/* Does CO belong to GROUP, or to root? */
static bool belongs_to(const struct co *co, u32 group)
{
	struct caller_ids ids = caller_ids(caller_of(co));

	return !ids.user || ids.group == group || caller_has_group(caller_of(co), group);
}

u32 permission_lost(const struct co *co, const struct inode *inode)
{
	u32 mode = load_relaxed(&inode->mode), lost = mode & MODE_SET_USER;

	if ((mode & MODE_SET_GROUP) && ((mode & MODE_GROUP_EXECUTE) || !belongs_to(co, load_relaxed(&inode->gid))))
		lost |= MODE_SET_GROUP;
	return lost;
}

void permission_written_slow(const struct co *co, struct inode *inode)
{
	u32 lost = permission_lost(co, inode);

	if (!caller_ids(caller_of(co)).user || !inode_is(inode, MODE_REGULAR))
		return;
	spin_lock(&inode->lock);
	store_relaxed(&inode->mode, inode->mode & ~lost);
	spin_unlock(&inode->lock);
}

u32 permission_mode(const struct co *co, const struct inode *inode, u32 mode)
{
	return (mode & MODE_SET_GROUP) && !belongs_to(co, load_relaxed(&inode->gid)) ? mode & ~(u32)MODE_SET_GROUP
										     : mode;
}

void permission_new(const struct co *co, const struct inode *dir, struct inode *inode)
{
	struct caller_ids ids;

	if (!co || !caller_of(co))
		return;
	ids = caller_ids(caller_of(co));
	inode->uid = ids.user;
	inode->gid = ids.group;
	if (!dir || !(load_relaxed(&dir->mode) & MODE_SET_GROUP))
		return;
	inode->gid = load_relaxed(&dir->gid);
	if (inode_is(inode, MODE_DIRECTORY))
		inode->mode |= MODE_SET_GROUP;
	else if (inode->mode & MODE_GROUP_EXECUTE)
		inode->mode = permission_mode(co, inode, inode->mode);
}
