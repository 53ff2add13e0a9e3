/* procfs_link.c - the links of /proc: to the caller itself; to a process' program, directories and open files.
 *
 * Who reads a link of a process gets a path, found by going up from the inode. Who follows it does not walk that path:
 * it arrives at the inode itself, which may have lost its name.
 */
#include "kernel/abi/errno.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/path_name.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/procfs_number.h"

static long text_result(const struct fmt_text *text)
{
	return text->length ? (long)text->length : -ENOENT;
}

/* --- self and thread-self --- */

static long self_read_link(struct co *caller, struct inode *link, char *buffer, u32 bytes)
{
	struct fmt_text text = { .data = buffer, .bytes = bytes };
	const struct procfs_process_ops *processes = procfs_processes();
	struct proc_id id = processes ? processes->self(caller) : (struct proc_id){ 0 };

	if (id.pid)
		fmt_add(&text, "%u", id.pid);
	if (id.pid && link->number == NUMBER_THREAD_SELF)
		fmt_add(&text, "/task/%u", id.tid);
	return text_result(&text);
}

const struct inode_ops procfs_self_ops = { .read_link = self_read_link };

/* --- a process' links --- */

static long find(const struct co *co, const struct inode *link, struct proc_link *out)
{
	s32 fd = number_descriptor(link->number);
	enum proc_file which = fd >= 0 ? PROC_FD : (enum proc_file)((link->number & 63) - 1);
	const struct procfs_process_ops *processes = procfs_processes();

	*out = (struct proc_link){ 0 };
	return processes ? processes->link(co, number_pid(link->number), which, fd, out) : -ENOENT;
}

void proc_link_done(struct proc_link *link)
{
	if (link->inode)
		inode_put(link->inode);
	if (link->parent)
		inode_put(link->parent);
	*link = (struct proc_link){ 0 };
}

/* --- names --- */

struct link_name {
	struct co co;
	const struct proc_link *link;
	char *buffer;
	u32 bytes, length;
};

/* What never had a path. */
static long name_of_kind(const struct link_name *f)
{
	struct fmt_text text = { .data = f->buffer, .bytes = f->bytes };

	if (!f->link->inode)
		fmt_add(&text, "anon_inode:[%s]", f->link->kind);
	else
		fmt_add(&text, "pipe:[%lu]", pipe_number(f->link->inode));
	return text_result(&text);
}

/* The name that the inode had behind f->length bytes of its directory's path. */
static long name_that_was(const struct link_name *f)
{
	static const char deleted[] = " (deleted)";
	const struct inode *inode = f->link->inode;
	char name[NAME_MAX_BYTES];
	u32 length = inode->ops->last_name ? inode->ops->last_name(inode, name, sizeof(name)) : 0;
	struct fmt_text text = { .data = f->buffer, .bytes = f->bytes, .length = f->length };

	if (f->length + 1 + length + sizeof(deleted) > f->bytes)
		return -ENAMETOOLONG;
	if (!length)
		fmt_add(&text, "%s", deleted + 1);
	else
		fmt_add(&text, "%s%.*s%s", f->length == 1 ? "" : "/", (int)length, name, deleted);
	return text_result(&text);
}

CO_STEP(link_name)
{
	CO_FRAME(link_name);
	const struct proc_link *link = f->link;
	long err;

	CO_BEGIN;
	if (!link->inode || pipe_number(link->inode))
		CO_RETURN(name_of_kind(f));
	AWAIT(err, path_name(co, root_inode, link->inode, link->parent, f->buffer, f->bytes));
	if (err != -ENOENT)
		CO_RETURN(err);
	if (link->parent) {
		AWAIT(err, path_name(co, root_inode, link->parent, NULL, f->buffer, f->bytes));
		if (err < 0 && err != -ENOENT)
			CO_RETURN(err);
		f->length = err > 0 ? (u32)err : 0;
	}
	CO_RETURN(name_that_was(f));
	CO_END;
}

long proc_link_name(struct co *caller, const struct proc_link *link, char *buffer, u32 bytes)
{
	return CO_CALL(link_name, caller, .link = link, .buffer = buffer, .bytes = bytes);
}

/* --- reading and following a link --- */

struct link_read {
	struct co co;
	struct proc_link link;
	char *buffer;
	u32 bytes;
};

CO_STEP(link_read)
{
	CO_FRAME(link_read);
	long result;

	CO_BEGIN;
	AWAIT(result, proc_link_name(co, &f->link, f->buffer, f->bytes));
	proc_link_done(&f->link);
	CO_RETURN(result);
	CO_END;
}

static long link_read_link(struct co *caller, struct inode *inode, char *buffer, u32 bytes)
{
	struct proc_link link;
	long err = find(caller, inode, &link);

	if (err)
		return err;
	return CO_CALL_OR(proc_link_done(&link), link_read, caller, .link = link, .buffer = buffer, .bytes = bytes);
}

static long link_arrive(const struct co *co, struct inode *inode, struct inode **target, struct inode **place)
{
	struct proc_link link;
	long err = find(co, inode, &link);

	if (err)
		return err;
	if (!link.inode)
		return -ENXIO; /* a file without a name has no place either */
	*target = link.inode;  /* the caller's, both */
	*place = link.parent;
	return 0;
}

const struct inode_ops procfs_link_ops = { .read_link = link_read_link, .arrive = link_arrive };
