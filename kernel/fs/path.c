/* path.c - the path walk.
 *
 * The text still to walk is `at`, and after its end `rest`: once a link has been followed, `at` lies in a page of link
 * texts and `rest` is what was left of the caller's path. A link inside a link is put in front of what is left of the
 * page, so links need no recursion, and LINK_DEPTH_MAX of them no stack:
 *
 *     path  a/link/b            page  x/y          at = "x/y", rest = "/b"
 *              y -> p/q         page  p/q          at = "p/q", rest = "/b"
 *
 * Invariant: f->dir is referenced all the time, f->next and f->place while they are not NULL.
 */
#include "kernel/fs/path.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/permission.h"
#include "kernel/task/task.h"
#include "lib/string.h"

enum { YIELD_NAMES = 16 };

struct path_walk {
	struct co co;
	struct inode *root, *dir, *next;
	struct inode *place; /* the last step was a jump to f->dir, which was found here */
	struct path_result *out;
	const char *at, *rest; /* rest: NULL while `at` is the caller's path */
	const char *name;      /* the component in hand */
	struct page *text;
	u32 length, flags;
	u32 kept; /* bytes at the end of the page, while a link's text is read into its start */
	u8 links, names;
	u8 last; /* enum path_last of the component in hand */
	bool is_last, slash;
};

/* TO, whose reference is taken over, in the place of *WHERE. */
static void path_replace(struct inode **where, struct inode *to)
{
	if (*where)
		inode_put(*where);
	*where = to;
}

/* Go to the start of the next component; false: there is none. */
static bool path_has_more(struct path_walk *f)
{
	for (;;) {
		while (*f->at == '/')
			f->at++;
		if (*f->at || !f->rest)
			return *f->at;
		f->at = f->rest;
		f->rest = NULL;
	}
}

/* Is there nothing but slashes behind the component in hand? */
static bool path_is_last(struct path_walk *f)
{
	const char *at = f->at, *rest = f->rest;

	f->slash = false;
	for (;;) {
		for (; *at == '/'; at++)
			f->slash = true;
		if (*at || !rest)
			return !*at;
		at = rest;
		rest = NULL;
	}
}

/* Take the next component in hand: 0, -ENAMETOOLONG, or -ENOTDIR if there is no directory to look in. */
static long path_take(struct path_walk *f)
{
	path_replace(&f->place, NULL);
	f->name = f->at;
	while (*f->at && *f->at != '/')
		f->at++;
	if (f->at - f->name > NAME_MAX_BYTES)
		return -ENAMETOOLONG;
	f->length = (u32)(f->at - f->name);
	f->last = PATH_LAST_NAME;
	if (f->name[0] == '.' && f->length == 1)
		f->last = PATH_LAST_DOT;
	if (f->name[0] == '.' && f->length == 2 && f->name[1] == '.')
		f->last = PATH_LAST_DOT_DOT;
	f->is_last = path_is_last(f);
	return inode_is(f->dir, MODE_DIRECTORY) && f->dir->ops->lookup ? 0 : -ENOTDIR;
}

static struct inode *referenced(struct inode *inode)
{
	inode_get(inode);
	return inode;
}

/* '..' out of the root leads nowhere. */
static long path_above_root(const struct path_walk *f)
{
	return f->flags & PATH_BENEATH ? -EXDEV : 0;
}

/* '.' and '..': is there still something to look up? 1, 0, or an error. Mount points and mounted roots are pinned by
 * the mount. */
static long path_must_look(struct path_walk *f)
{
	if (f->last == PATH_LAST_DOT)
		return 0;
	if (f->last == PATH_LAST_DOT_DOT && f->dir == f->root)
		return path_above_root(f);
	while (f->last == PATH_LAST_DOT_DOT && f->dir == f->dir->fs->root && f->dir->fs->covered) {
		if (f->flags & PATH_NO_MOUNTS)
			return -EXDEV;
		path_replace(&f->dir, referenced(f->dir->fs->covered));
		if (f->dir == f->root)
			return path_above_root(f);
	}
	return 1;
}

/* Make room for the text of the link f->next in front of what is left in the page. 0 or an error. */
static long path_link_begin(struct path_walk *f)
{
	char *page;

	if (++f->links > LINK_DEPTH_MAX)
		return -ELOOP;
	if (!f->next->ops->read_link)
		return -EINVAL;
	if (!f->text)
		f->text = page_alloc(0);
	if (!f->text)
		return -ENOMEM;
	page = page_to_virt(f->text);
	if (!f->rest) {
		f->rest = f->at;
		page[0] = 0;
		f->at = page;
	}
	f->kept = (u32)strlen(f->at) + 1;
	memmove(page + PAGE_SIZE - f->kept, f->at, f->kept);
	return 0;
}

/* LENGTH bytes of link text stand at the page's start: go on there. */
static long path_link_end(struct path_walk *f, long length)
{
	char *page = page_to_virt(f->text);

	if (length < 0)
		return length;
	if (length >= PAGE_SIZE - (long)f->kept)
		return -ENAMETOOLONG;
	memmove(page + length, page + PAGE_SIZE - f->kept, f->kept);
	if (!length || !page[0])
		return -ENOENT;
	f->at = page;
	path_replace(&f->next, NULL);
	if (page[0] != '/')
		return 0;
	if ((f->flags & PATH_BENEATH) || ((f->flags & PATH_NO_MOUNTS) && f->root->fs != f->dir->fs))
		return -EXDEV;
	path_replace(&f->dir, referenced(f->root));
	f->last = PATH_LAST_ROOT;
	return 0;
}

struct path_follow {
	struct co co;
	struct path_walk *walk;
};

CO_STEP(path_follow)
{
	CO_FRAME(path_follow);
	struct path_walk *walk = f->walk;
	long err;

	CO_BEGIN;
	err = path_link_begin(walk);
	if (err)
		CO_RETURN(err);
	AWAIT(err, walk->next->ops->read_link(co, walk->next, page_to_virt(walk->text), PAGE_SIZE - walk->kept));
	CO_RETURN(path_link_end(walk, err));
	CO_END;
}

static bool path_must_be_directory(const struct path_walk *f)
{
	return f->slash || (f->flags & PATH_DIRECTORY);
}

/* The walk ends at the plain name in hand; f->next is what it names, or NULL. */
static long path_end_in_parent(struct path_walk *f)
{
	if (f->next && path_must_be_directory(f) && !inode_is(f->next, MODE_DIRECTORY))
		return -ENOTDIR;
	*f->out = (struct path_result){ .inode = f->next,
					.parent = f->dir,
					.name = f->name,
					.length = f->length,
					.last = PATH_LAST_NAME,
					.slash = f->slash,
					.text = f->text };
	f->next = f->dir = NULL;
	f->text = NULL;
	return 0;
}

/* The walk ends in f->dir, which need not be a directory. */
static long path_end(struct path_walk *f)
{
	if (path_must_be_directory(f) && !inode_is(f->dir, MODE_DIRECTORY))
		return -ENOTDIR;
	*f->out = (struct path_result){ .inode = f->dir, .last = (enum path_last)f->last, .slash = f->slash };
	f->dir = NULL;
	if (f->flags & PATH_PLACE) {
		f->out->parent = f->place;
		f->place = NULL;
	}
	return 0;
}

static bool path_ends_with(const struct path_walk *f, u32 flag)
{
	return f->is_last && f->last == PATH_LAST_NAME && (f->flags & flag);
}

/* f->next is a link that knows its target: go there. */
static long path_jump(struct path_walk *f)
{
	struct inode *target, *place;
	long err;

	if (f->flags & PATH_NO_MAGIC)
		return -ELOOP;
	if (f->flags & (PATH_BENEATH | PATH_IN_ROOT | PATH_NO_MOUNTS)) /* where it leads cannot be known before */
		return -EXDEV;
	err = f->next->ops->arrive(&f->co, f->next, &target, &place);
	if (err)
		return err;
	path_replace(&f->next, target);
	path_replace(&f->place, place);
	return 0;
}

/* The lookup answered ERR. PATH_IS_LINK: f->next must be followed; 0: go on in f->dir, or the walk is over and f->dir
 * is NULL; or an error. */
enum { PATH_IS_LINK = 1 };
static long path_arrive(struct path_walk *f, long err)
{
	if (err)
		return err == -ENOENT && path_ends_with(f, PATH_CREATE) ? path_end_in_parent(f) : err;
	if (f->next->mounted && (f->flags & PATH_NO_MOUNTS))
		return -EXDEV;
	while (f->next->mounted)
		path_replace(&f->next, referenced(f->next->mounted->root));
	if (inode_is(f->next, MODE_LINK) && (!f->is_last || f->slash || (f->flags & PATH_FOLLOW))) {
		if (f->flags & PATH_NO_LINKS)
			return -ELOOP;
		if (!f->next->ops->arrive)
			return PATH_IS_LINK;
		err = path_jump(f);
		if (err)
			return err;
	} else if (path_ends_with(f, PATH_CREATE | PATH_PLACE)) {
		return path_end_in_parent(f);
	}
	path_replace(&f->dir, f->next);
	f->next = NULL;
	return 0;
}

/* What is left when the walk is over, with or without a result. */
static long path_clean_up(struct path_walk *f, long err)
{
	if (f->dir)
		inode_put(f->dir);
	if (f->next)
		inode_put(f->next);
	if (f->place)
		inode_put(f->place);
	if (f->text)
		page_put(f->text);
	return err;
}

static bool path_should_yield(struct path_walk *f)
{
	return ++f->names % YIELD_NAMES == 0 && task_should_yield();
}

CO_STEP(path_walk)
{
	CO_FRAME(path_walk);
	long err;

	CO_BEGIN;
	inode_get(f->dir);
	while (path_has_more(f)) {
		err = path_take(f);
		if (!err)
			err = permission_search(co, f->dir);
		if (!err && path_ends_with(f, PATH_PARENT))
			err = path_end_in_parent(f);
		if (err || !f->dir)
			goto out;
		err = path_must_look(f);
		if (err < 0)
			goto out;
		if (!err)
			continue;
		AWAIT(err, f->dir->ops->lookup(co, f->dir, f->name, f->length, &f->next));
		err = path_arrive(f, err);
		if (err == PATH_IS_LINK)
			AWAIT(err, CO_CALL(path_follow, co, .walk = f));
		if (err || !f->dir)
			goto out;
		if (path_should_yield(f))
			AWAIT(err, task_yield(co));
	}
	err = path_end(f);
out:
	CO_RETURN(path_clean_up(f, err));
	CO_END;
}

long path_walk(struct co *caller, struct inode *root, struct inode *start, const char *path, u32 flags,
	       struct path_result *out)
{
	if (!path[0])
		return -ENOENT;
	return CO_CALL(path_walk, caller, .root = root, .dir = path[0] == '/' ? root : start, .out = out, .at = path,
		       .flags = flags);
}

void path_done(struct path_result *result)
{
	if (result->inode)
		inode_put(result->inode);
	if (result->parent)
		inode_put(result->parent);
	if (result->text)
		page_put(result->text);
	*result = (struct path_result){ 0 };
}

struct path_find {
	struct co co;
	struct inode *root, *start, **inode;
	const char *path;
	struct path_result result;
	u32 flags;
};

CO_STEP(path_find)
{
	CO_FRAME(path_find);
	long err;

	CO_BEGIN;
	AWAIT(err, path_walk(co, f->root, f->start, f->path, f->flags, &f->result));
	if (err)
		CO_RETURN(err);
	*f->inode = f->result.inode;
	f->result.inode = NULL; /* the caller's now */
	path_done(&f->result);
	CO_RETURN(0);
	CO_END;
}

long path_find(struct co *caller, struct inode *root, struct inode *start, const char *path, u32 flags,
	       struct inode **inode)
{
	return CO_CALL(path_find, caller, .root = root, .start = start, .path = path, .flags = flags, .inode = inode);
}
