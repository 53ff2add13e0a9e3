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
	bool is_descriptor = link->number & NUMBER_DESCRIPTOR;
	s32 fd = is_descriptor ? (s32)number_middle(link->number) - 1 : -1;
	enum proc_file which = is_descriptor ? PROC_FD : (enum proc_file)((link->number & 63) - 1);
	const struct procfs_process_ops *processes = procfs_processes();

	*out = (struct proc_link){ 0 };
	return processes ? processes->link(co, number_pid(link->number), which, fd, out) : -ENOENT;
}

static void done(struct proc_link *link)
{
	if (link->inode)
		inode_put(link->inode);
	if (link->parent)
		inode_put(link->parent);
}

struct link_read {
	struct co co;
	struct proc_link link;
	char *buffer;
	u32 bytes;
};

/* The name of what has none, or has lost it. */
static long other_name(const struct link_read *f)
{
	struct fmt_text text = { .data = f->buffer, .bytes = f->bytes };

	if (!f->link.inode)
		fmt_add(&text, "anon_inode:[%s]", f->link.kind);
	else if (pipe_number(f->link.inode))
		fmt_add(&text, "pipe:[%lu]", pipe_number(f->link.inode));
	else
		fmt_add(&text, "(deleted)");
	return text_result(&text);
}

CO_STEP(link_read)
{
	CO_FRAME(link_read);
	long err;

	CO_BEGIN;
	err = -ENOENT;
	if (f->link.inode)
		AWAIT(err, path_name(co, root_inode, f->link.inode, f->link.parent, f->buffer, f->bytes));
	done(&f->link);
	CO_RETURN(err == -ENOENT ? other_name(f) : err);
	CO_END;
}

static long link_read_link(struct co *caller, struct inode *inode, char *buffer, u32 bytes)
{
	struct proc_link link;
	long err = find(caller, inode, &link);

	if (err)
		return err;
	return CO_CALL_OR(done(&link), link_read, caller, .link = link, .buffer = buffer, .bytes = bytes);
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
