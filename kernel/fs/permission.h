/* permission.h - who may do what with a file: the nine bits of its mode, the sticky bit, and root, who may nearly
 * everything.
 *
 * Asked with the credentials that the process has at that moment (kernel/proc/credentials.h). The kernel's own
 * tasks may everything. None of this suspends.
 */
#pragma once

#include "kernel/fs/caller.h"
#include "kernel/fs/inode.h"

enum { MAY_EXECUTE = 1, MAY_WRITE = 2, MAY_READ = 4 };
enum { MODE_STICKY = 01000, MODE_SET_GROUP = 02000, MODE_SET_USER = 04000, MODE_GROUP_EXECUTE = 010 };

/* May USER (with GROUP, and the further groups of PROCESS) do MAY with INODE? 0 or -EACCES. */
long permission_of(struct process *process, u32 user, u32 group, const struct inode *inode, u32 may);

/* May the process of CO? 0 or -EACCES. */
static inline long permission_check(const struct co *co, const struct inode *inode, u32 may)
{
	struct caller_ids ids = caller_ids(caller_of(co));

	/* root executes only what somebody may execute */
	if (likely(!caller_of(co) || (!ids.user && !(may & MAY_EXECUTE))))
		return 0;
	return permission_of(caller_of(co), ids.user, ids.group, inode, may);
}

/* May it look names up in DIR? 0 or -EACCES. */
static inline long permission_search(const struct co *co, const struct inode *dir)
{
	return likely(!caller_ids(caller_of(co)).user) ? 0 : permission_check(co, dir, MAY_EXECUTE);
}

/* May it change names in DIR? 0 or -EACCES. Take away or replace the name of VICTIM? Also -EPERM: the directory is
 * sticky, and neither is its own. */
long permission_names(const struct co *co, const struct inode *dir);
long permission_unlink(const struct co *co, const struct inode *dir, const struct inode *victim);
/* May it do what only the owner of INODE may? 0 or -EPERM. */
long permission_owner(const struct co *co, const struct inode *inode);
/* The bits that INODE loses when it gets other contents or another owner: whom it would act for has not seen that. */
u32 permission_lost(const struct co *co, const struct inode *inode);
/* CO, if it is not root's, changes the contents of INODE: these bits go. No lock is held. */
void permission_written_slow(const struct co *co, struct inode *inode);
static inline void permission_written(const struct co *co, struct inode *inode)
{
	if (unlikely(load_relaxed(&inode->mode) & (MODE_SET_USER | MODE_SET_GROUP)))
		permission_written_slow(co, inode);
}
/* MODE for INODE: without the set-group-id bit, if its group is none of CO's. */
u32 permission_mode(const struct co *co, const struct inode *inode, u32 mode);
/* A new INODE in DIR belongs to whoever makes it; its group is that of a directory with the set-group-id bit.
 * CO may be NULL: the kernel makes it; DIR too: it has no name. */
void permission_new(const struct co *co, const struct inode *dir, struct inode *inode);
