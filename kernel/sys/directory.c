/* directory.c - directories: where a process stands (getcwd, chdir), and what a directory holds (getdents64). */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/stat.h"
#include "kernel/fs/file.h"
#include "kernel/fs/permission.h"
#include "kernel/mm/page.h"
#include "kernel/mm/user.h"
#include "kernel/proc/process.h"
#include "kernel/sys/descriptor.h"
#include "kernel/sys/sys.h"
#include "lib/string.h"

/* --- getdents64 --- */

/* A page of records for user space. */
struct record_page {
	struct dir_sink sink;
	char *page;
	u32 room, used;
	bool full; /* a record did not fit */
};

static bool record_put(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next)
{
	struct record_page *out = container_of(sink, struct record_page, sink);
	u32 head = offsetof(struct abi_dirent64, name), bytes = ALIGN_UP(head + length + 1, 8u);
	struct abi_dirent64 *record = (void *)(out->page + out->used);

	if (bytes > out->room - out->used) {
		out->full = true;
		return false;
	}
	*record = (struct abi_dirent64){ .ino = number, .off = (s64)next, .reclen = (u16)bytes, .type = type };
	memcpy(record->name, name, length);
	memset(record->name + length, 0, bytes - head - length); /* nothing of the page's past leaves the kernel */
	out->used += bytes;
	return true;
}

struct getdents {
	struct co co;
	s32 fd;
	u64 to;
	struct file *file;
	struct record_page out;
	u64 position; /* behind what is in the page; the file's own once that has been delivered */
};

static long getdents_begin(struct getdents *f, struct co *co)
{
	struct page *page;

	f->file = descriptor_file(co, f->fd);
	if (!f->file)
		return -EBADF;
	if (!f->file->ops->read_dir || !f->file->inode || !inode_is(f->file->inode, MODE_DIRECTORY))
		return -ENOTDIR;
	if (!load_relaxed(&f->file->inode->links))
		return -ENOENT; /* it has been removed */
	page = page_alloc(0);
	if (!page)
		return -ENOMEM;
	f->out.page = page_to_virt(page);
	return 0;
}

/* The listing ended with ERR: bytes to deliver, 0 at the end, or an error, which records that are there come before. */
static long getdents_result(const struct getdents *f, long err)
{
	if (f->out.used)
		return f->out.used;
	return err ? err : f->out.full ? -EINVAL : 0;
}

static void getdents_end(struct getdents *f)
{
	if (f->out.page)
		page_put(virt_to_page(f->out.page));
	if (f->file)
		file_put(f->file);
}

CO_STEP(getdents)
{
	CO_FRAME(getdents);
	long err;

	CO_BEGIN;
	err = getdents_begin(f, co);
	if (err)
		goto out;
	AWAIT(err, mutex_lock(co, &f->file->inode->names));
	if (err)
		goto out;
	f->position = load_relaxed(&f->file->position);
	AWAIT(err, f->file->ops->read_dir(co, f->file, &f->position, &f->out.sink));
	mutex_unlock(co, &f->file->inode->names);
	err = getdents_result(f, err);
	if (err <= 0)
		goto out;
	AWAIT(err, deliver(co, f->to, f->out.page, f->out.used));
	if (err)
		goto out;
	store_relaxed(&f->file->position, f->position);
	err = f->out.used;
out:
	getdents_end(f);
	CO_RETURN(err);
	CO_END;
}

long sys_getdents64(struct co *caller, const u64 *args)
{
	struct record_page out = { .sink = { record_put }, .room = min((u32)args[2], (u32)PAGE_SIZE) };

	return CO_CALL(getdents, caller, .fd = (s32)args[0], .to = args[1], .out = out);
}

/* --- getcwd --- */

/* The path grows from the end of a page to its start, one name for each step to the root:
 *
 *     [            /bin\0]     the entry for `at` is looked for in `parent`, by its number; then parent becomes `at`
 *     [        /usr/bin\0]
 */
struct getcwd_call {
	struct co co;
	u64 to, size;
	struct inode *root, *at, *parent; /* referenced */
	char *text;
	u32 start;
	struct dir_sink sink;
	u64 position, before; /* in the parent */
	long found;	      /* 1, or -ENAMETOOLONG; 0: not yet */
};

/* Is this the entry we came from? Its name goes in front of the path. */
static bool getcwd_put(struct dir_sink *sink, const char *name, u32 length, u64 number, u8 type, u64 next)
{
	struct getcwd_call *f = container_of(sink, struct getcwd_call, sink);

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
static bool getcwd_is_complete(struct getcwd_call *f)
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

static long getcwd_begin(struct getcwd_call *f, struct process *process)
{
	struct page *page = page_alloc(0);

	if (!page)
		return -ENOMEM;
	spin_lock(&process->lock);
	f->root = process->root;
	f->at = process->directory;
	inode_get(f->root);
	inode_get(f->at);
	spin_unlock(&process->lock);
	f->text = page_to_virt(page);
	f->start = PAGE_SIZE - 1;
	f->text[f->start] = 0;
	return 0;
}

static void getcwd_end(struct getcwd_call *f)
{
	inode_put(f->root);
	inode_put(f->at);
	if (f->parent)
		inode_put(f->parent);
	page_put(virt_to_page(f->text));
}

/* Put the name that f->parent has for f->at in front. */
struct getcwd_name {
	struct co co;
	struct getcwd_call *call;
	long error;
};

CO_STEP(getcwd_name)
{
	CO_FRAME(getcwd_name);
	struct getcwd_call *call = f->call;
	struct inode *dir = call->parent;
	long err;

	CO_BEGIN;
	if (!inode_is(dir, MODE_DIRECTORY) || !dir->ops->read_dir || !dir->ops->lookup)
		CO_RETURN(-ENOENT);
	AWAIT(err, mutex_lock(co, &dir->names));
	if (err)
		CO_RETURN(err);
	call->position = 0;
	call->found = 0;
	do {
		/* a listing may stop early to let others run: it is over when it does not get on */
		call->before = call->position;
		AWAIT(err, dir->ops->read_dir(co, dir, &call->position, &call->sink));
		f->error = err;
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	} while (!f->error && !call->found && call->position != call->before);
	mutex_unlock(co, &dir->names);
	CO_RETURN(f->error ? f->error : call->found ? min(call->found, 0l) : -ENOENT);
	CO_END;
}

/* One step up is done: the parent takes its child's place. */
static void getcwd_go_up(struct getcwd_call *f)
{
	inode_put(f->at);
	f->at = f->parent;
	f->parent = NULL;
}

CO_STEP(getcwd_call)
{
	CO_FRAME(getcwd_call);
	long err;

	CO_BEGIN;
	err = getcwd_begin(f, process_of(co));
	if (err)
		CO_RETURN(err);
	while (!getcwd_is_complete(f)) {
		AWAIT(err, f->at->ops->lookup(co, f->at, "..", 2, &f->parent));
		if (!err)
			AWAIT(err, CO_CALL(getcwd_name, co, .call = f));
		if (err)
			goto out;
		getcwd_go_up(f);
	}
	if (!f->text[f->start])
		f->text[--f->start] = '/';
	err = -ERANGE;
	if (PAGE_SIZE - f->start > f->size)
		goto out;
	AWAIT(err, deliver(co, f->to, f->text + f->start, PAGE_SIZE - f->start));
	if (!err)
		err = (long)(PAGE_SIZE - f->start);
out:
	getcwd_end(f);
	CO_RETURN(err);
	CO_END;
}

long sys_getcwd(struct co *caller, const u64 *args)
{
	return CO_CALL(getcwd_call, caller, .to = args[0], .size = args[1], .sink = { getcwd_put });
}

/* --- chdir --- */

/* The process works in DIRECTORY, whose reference is taken over, from now on. */
static void set_directory(struct process *process, struct inode *directory)
{
	struct inode *old;

	spin_lock(&process->lock);
	old = process->directory;
	process->directory = directory;
	spin_unlock(&process->lock);
	inode_put(old);
}

struct chdir_call {
	struct co co;
	u64 address;
	s32 fd;
	u32 flags; /* of target_find */
	struct path_arg path;
};

CO_STEP(chdir_call)
{
	CO_FRAME(chdir_call);
	struct inode *inode;
	long err;

	CO_BEGIN;
	AWAIT(err, target_find(co, &f->path, f->fd, f->address, f->flags));
	inode = f->path.at.inode;
	if (!err && (!inode || !inode_is(inode, MODE_DIRECTORY)))
		err = -ENOTDIR;
	if (!err)
		err = permission_search(co, inode);
	if (!err) {
		f->path.at.inode = NULL; /* the process' now */
		set_directory(process_of(co), inode);
	}
	path_arg_done(&f->path);
	CO_RETURN(err);
	CO_END;
}

long sys_chdir(struct co *caller, const u64 *args)
{
	return CO_CALL(chdir_call, caller, .fd = AT_FDCWD, .address = args[0], .flags = PATH_FOLLOW | PATH_DIRECTORY);
}

long sys_fchdir(struct co *caller, const u64 *args)
{
	return CO_CALL(chdir_call, caller, .fd = (s32)args[0], .flags = TARGET_DESCRIPTOR);
}
