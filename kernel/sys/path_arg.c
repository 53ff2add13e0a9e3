/* path_arg.c - see path_arg.h. */
#include "kernel/sys/path_arg.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/files.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/paths.h"
#include "kernel/proc/process.h"

/* Where the walk starts. */
static long find_start(struct process *process, struct path_arg *arg, s32 directory, u32 flags)
{
	bool absolute = arg->text[0] == '/';
	struct file *file;

	paths_get(process, &arg->root, &arg->start);
	if (absolute && (flags & PATH_BENEATH))
		return -EXDEV;
	if (directory == AT_FDCWD || (absolute && !(flags & PATH_IN_ROOT)))
		return 0;
	inode_put(arg->start);
	arg->start = NULL;
	file = files_get(process->files, directory);
	if (!file)
		return -EBADF;
	arg->file = file;
	if (!arg->text[0])
		return 0; /* the descriptor itself is meant */
	if (!file->inode || !inode_is(file->inode, MODE_DIRECTORY))
		return -ENOTDIR;
	inode_get(file->inode);
	arg->start = file->inode;
	return 0;
}

/* The walk is not to leave where it starts. */
static void root_is_start(struct path_arg *arg)
{
	inode_put(arg->root);
	arg->root = arg->start;
	inode_get(arg->root);
}

/* An empty path with PATH_EMPTY_OK. */
static long find_itself(struct path_arg *arg)
{
	arg->at = (struct path_result){ .inode = arg->file ? arg->file->inode : arg->start };
	if (arg->at.inode)
		inode_get(arg->at.inode);
	arg->walked = true;
	return 0;
}

struct path_arg_find {
	struct co co;
	struct path_arg *arg;
	u64 address;
	s32 directory;
	u32 flags;
};

CO_STEP(path_arg_find)
{
	CO_FRAME(path_arg_find);
	struct path_arg *arg = f->arg;
	struct process *process = process_of(co);
	long err;

	CO_BEGIN;
	AWAIT(err, user_read_text(co, process->space, arg->text, f->address, PATH_MAX_BYTES));
	if (err < 0)
		CO_RETURN(err);
	if (!err && !(f->flags & PATH_EMPTY_OK))
		CO_RETURN(-ENOENT);
	err = find_start(process, arg, f->directory, f->flags);
	if (err)
		CO_RETURN(err);
	if (!arg->text[0])
		CO_RETURN(find_itself(arg));
	if (f->flags & (PATH_BENEATH | PATH_IN_ROOT))
		root_is_start(arg);
	AWAIT(err, path_walk(co, arg->root, arg->start, arg->text, f->flags & ~(u32)PATH_EMPTY_OK, &arg->at));
	arg->walked = !err;
	CO_RETURN(err);
	CO_END;
}

long path_arg_find(struct co *caller, struct path_arg *arg, s32 directory, u64 address, u32 flags)
{
	struct page *page = page_alloc(0);

	*arg = (struct path_arg){ 0 };
	if (!page)
		return -ENOMEM;
	arg->text = page_to_virt(page);
	return CO_CALL(path_arg_find, caller, .arg = arg, .address = address, .directory = directory, .flags = flags);
}

void path_arg_done(struct path_arg *arg)
{
	if (arg->walked)
		path_done(&arg->at);
	if (arg->start)
		inode_put(arg->start);
	if (arg->root)
		inode_put(arg->root);
	if (arg->file)
		file_put(arg->file);
	if (arg->text)
		page_put(virt_to_page(arg->text));
}
