/* paths.c - see paths.h. */
#include "kernel/proc/paths.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"

struct paths {
	u32 refs;	      /* atomic: processes */
	struct spinlock lock; /* guards all below */
	struct inode *root, *directory;
	u32 umask;
};

static struct slab_cache paths_cache = SLAB_CACHE(paths_cache, "paths", sizeof(struct paths));

static void put(struct paths *paths)
{
	/* the last one: what others did to it happened before */
	if (atomic_sub(&paths->refs, 1u) != 1)
		return;
	inode_put(paths->root);
	inode_put(paths->directory);
	slab_free(&paths_cache, paths);
}

static struct paths *make(struct inode *root, struct inode *directory, u32 umask)
{
	struct paths *paths = slab_zalloc(&paths_cache);

	if (!paths)
		return NULL;
	paths->refs = 1;
	spin_init(&paths->lock, RANK_FILES);
	paths->root = root;
	paths->directory = directory;
	paths->umask = umask;
	inode_get(root);
	inode_get(directory);
	return paths;
}

static struct paths *copy(struct paths *from)
{
	struct paths *paths;

	spin_lock(&from->lock);
	paths = make(from->root, from->directory, from->umask);
	spin_unlock(&from->lock);
	return paths;
}

bool paths_new(struct process *process, struct inode *root)
{
	process->paths = make(root, root, 022);
	return process->paths;
}

bool paths_inherit(struct process *child, struct process *parent, bool share)
{
	struct paths *own = parent->paths; /* PARENT clones: it does not end */

	if (share)
		atomic_add_relaxed(&own->refs, 1u);
	child->paths = share ? own : copy(own);
	return child->paths;
}

bool paths_are_shared(struct process *process)
{
	return load_relaxed(&process->paths->refs) > 1;
}

long paths_unshare(struct process *process)
{
	struct paths *own, *shared = process->paths;

	if (!paths_are_shared(process))
		return 0;
	own = copy(shared);
	if (!own)
		return -ENOMEM;
	spin_lock(&process->lock);
	process->paths = own;
	spin_unlock(&process->lock);
	put(shared);
	return 0;
}

void paths_leave(struct process *process)
{
	struct paths *own;

	spin_lock(&process->lock);
	own = process->paths;
	process->paths = NULL;
	spin_unlock(&process->lock);
	if (own)
		put(own);
}

struct inode *paths_inode(struct paths *paths, bool directory)
{
	struct inode *inode;

	if (!paths)
		return NULL;
	spin_lock(&paths->lock);
	inode = directory ? paths->directory : paths->root;
	inode_get(inode);
	spin_unlock(&paths->lock);
	return inode;
}

void paths_get(struct process *process, struct inode **root, struct inode **directory)
{
	spin_lock(&process->lock);
	*root = paths_inode(process->paths, false);
	*directory = paths_inode(process->paths, true);
	spin_unlock(&process->lock);
}

void paths_set_directory(struct process *process, struct inode *directory)
{
	struct paths *paths;
	struct inode *old;

	spin_lock(&process->lock);
	paths = process->paths;
	spin_lock(&paths->lock);
	old = paths->directory;
	paths->directory = directory;
	spin_unlock(&paths->lock);
	spin_unlock(&process->lock);
	inode_put(old);
}

u32 paths_umask_of(const struct paths *paths)
{
	return paths ? load_relaxed(&paths->umask) : 0;
}

u32 paths_umask(struct process *process)
{
	u32 mask;

	spin_lock(&process->lock);
	mask = paths_umask_of(process->paths);
	spin_unlock(&process->lock);
	return mask;
}

u32 paths_set_umask(struct process *process, u32 mask)
{
	u32 before;

	spin_lock(&process->lock);
	before = atomic_exchange(&process->paths->umask, mask);
	spin_unlock(&process->lock);
	return before;
}
