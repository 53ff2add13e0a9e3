/* directory.c - directories: where a process stands (getcwd, chdir), and what a directory holds (getdents64). */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/abi/stat.h"
#include "kernel/fs/file.h"
#include "kernel/fs/path_name.h"
#include "kernel/fs/permission.h"
#include "kernel/mm/page.h"
#include "kernel/space/user.h"
#include "kernel/proc/paths.h"
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

struct getcwd_call {
	struct co co;
	u64 to, size;
	struct inode *root, *at; /* referenced */
	char *text;
};

static long getcwd_begin(struct getcwd_call *f, struct process *process)
{
	struct page *page = page_alloc(0);

	if (!page)
		return -ENOMEM;
	paths_get(process, &f->root, &f->at);
	f->text = page_to_virt(page);
	return 0;
}

static void getcwd_end(struct getcwd_call *f)
{
	inode_put(f->root);
	inode_put(f->at);
	page_put(virt_to_page(f->text));
}

CO_STEP(getcwd_call)
{
	CO_FRAME(getcwd_call);
	long err;

	CO_BEGIN;
	err = getcwd_begin(f, process_of(co));
	if (err)
		CO_RETURN(err);
	AWAIT(err, path_name(co, f->root, f->at, NULL, f->text, PAGE_SIZE - 1));
	if (err >= 0 && (u64)err + 1 > f->size)
		err = -ERANGE;
	if (err < 0)
		goto out;
	f->size = (u64)err + 1;
	f->text[err] = 0;
	AWAIT(err, deliver(co, f->to, f->text, (u32)f->size));
	if (!err)
		err = (long)f->size;
out:
	getcwd_end(f);
	CO_RETURN(err);
	CO_END;
}

long sys_getcwd(struct co *caller, const u64 *args)
{
	return CO_CALL(getcwd_call, caller, .to = args[0], .size = args[1]);
}

/* --- chdir --- */

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
		paths_set_directory(process_of(co), inode);
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
