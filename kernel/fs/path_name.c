/* path_name.c - see path_name.h.
 *
 * The path grows from the end of the text to its start, one name for each step to the root:
 *
 *     [             /bin]     the entry for `at` is looked for in `parent`, by its number; then parent becomes `at`
 *     [         /usr/bin]
 */
#include "kernel/fs/path_name.h"

#include "kernel/abi/errno.h"
#include "kernel/task/task.h"
#include "lib/string.h"

struct path_name {
	struct co co;
	struct inode *root;
	struct inode *at, *parent; /* referenced; parent: NULL between two steps */
	char *text;
	u32 start, bytes;
	struct dir_sink sink;
	u64 position, before; /* in the parent */
	long found;	      /* 1, or -ENAMETOOLONG; 0: not yet */
};

/* Is this the entry we came from? Its name goes in front of the path. */
static bool name_put(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next)
{
	struct path_name *f = container_of(sink, struct path_name, sink);

	(void)type, (void)next;
	if (number != f->at->number)
		return true;
	f->found = -ENAMETOOLONG;
	if (length + 1 > f->start)
		return false;
	f->start -= length;
	memcpy(f->text + f->start, name, length);
	f->text[--f->start] = '/';
	f->found = 1;
	return false;
}

/* The root of a mount is named by the directory it covers. True: the path is complete. */
static bool name_is_complete(struct path_name *f)
{
	struct inode *covered;

	while (f->at != f->root && f->at == f->at->fs->root && f->at->fs->covered) {
		covered = f->at->fs->covered;
		inode_get(covered);
		inode_put(f->at);
		f->at = covered;
	}
	return f->at == f->root || f->at == f->at->fs->root;
}

/* Put the name that the parent has for f->at in front. */
struct name_search {
	struct co co;
	struct path_name *path;
	long error;
};

CO_STEP(name_search)
{
	CO_FRAME(name_search);
	struct path_name *path = f->path;
	struct inode *dir = path->parent;
	long err;

	CO_BEGIN;
	if (!dir || !inode_is(dir, MODE_DIRECTORY) || !dir->ops->read_dir || !dir->ops->lookup)
		CO_RETURN(-ENOENT);
	AWAIT(err, mutex_lock(co, &dir->names));
	if (err)
		CO_RETURN(err);
	path->position = 0;
	path->found = 0;
	do {
		/* a listing may stop early to let others run: it is over when it does not get on */
		path->before = path->position;
		AWAIT(err, dir->ops->read_dir(co, dir, &path->position, &path->sink));
		f->error = err;
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	} while (!f->error && !path->found && path->position != path->before);
	mutex_unlock(co, &dir->names);
	CO_RETURN(f->error ? f->error : path->found ? min(path->found, 0l) : -ENOENT);
	CO_END;
}

/* One step up is done: the parent takes its child's place. */
static void name_go_up(struct path_name *f)
{
	inode_put(f->at);
	f->at = f->parent;
	f->parent = NULL;
}

/* The whole path stands at the text's end: it goes to its start. */
static long name_finish(struct path_name *f, long err)
{
	u32 length = f->bytes - f->start;

	inode_put(f->at);
	if (f->parent)
		inode_put(f->parent);
	if (err)
		return err;
	memmove(f->text, f->text + f->start, length);
	if (!length)
		f->text[length++] = '/';
	return length;
}

CO_STEP(path_name)
{
	CO_FRAME(path_name);
	long err;

	CO_BEGIN;
	inode_get(f->at);
	if (inode_is(f->at, MODE_DIRECTORY))
		f->parent = NULL;
	if (f->parent)
		inode_get(f->parent);
	while (!name_is_complete(f)) {
		err = 0;
		if (inode_is(f->at, MODE_DIRECTORY))
			AWAIT(err, f->at->ops->lookup(co, f->at, "..", 2, &f->parent));
		if (!err)
			AWAIT(err, CO_CALL(name_search, co, .path = f));
		if (err)
			CO_RETURN(name_finish(f, err));
		name_go_up(f);
	}
	CO_RETURN(name_finish(f, 0));
	CO_END;
}

long path_name(struct co *caller, struct inode *root, struct inode *inode, struct inode *parent, char *text, u32 bytes)
{
	if (!bytes)
		return -ENAMETOOLONG;
	return CO_CALL(path_name, caller, .root = root, .at = inode, .parent = parent, .text = text, .start = bytes,
		       .bytes = bytes, .sink = { name_put });
}
