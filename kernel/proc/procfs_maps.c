/* procfs_maps.c - /proc/<pid>/maps: a line for each area of a process' memory.
 *
 *     00010000-00085000 r-xp 00000000 fe:00 23                             /bin/busybox
 *
 * Names are searched for in directories, which may wait, so no lock is held from one line to the next: a line is true
 * of its own moment. The listing ends early when the process ends or executes another program meanwhile.
 */
#include "kernel/proc/procfs_text.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/procfs.h"
#include "kernel/map/map.h"
#include "lib/string.h"

enum { NAME_COLUMN = 73 };

struct maps_text {
	struct co co;
	struct process *process; /* referenced */
	struct space *space;	 /* what was there at the begin: only compared */
	struct fmt_text *text;
	u64 at;		       /* areas from here on are to be told */
	struct file *file;     /* this line's, referenced; NULL: it has none */
	struct file *last;     /* the one whose name stands in the text, referenced */
	struct proc_link link; /* what file shows; its references are file's */
	u64 name, name_length; /* where last's name stands */
};

/* What an area is that has no file; "": nothing known. */
static const char *special_name(const struct process *process, const struct space *space, const struct area *area)
{
	if (area->start < space->brk && area->end > space->brk_start)
		return "[heap]";
	if (area->start <= process->texts.arguments && process->texts.arguments < area->end)
		return "[stack]";
	return area->start == SIGNAL_PAGE ? "[sigpage]" : "";
}

static void add_padding(struct fmt_text *text, u64 line)
{
	u64 column = text->length - line;

	fmt_add(text, "%*s", column < NAME_COLUMN ? (int)(NAME_COLUMN - column) : 1, "");
}

/* The line of AREA, up to the name of its file. */
static void add_area(struct maps_text *f, const struct area *area)
{
	const struct inode *inode = area->file ? area->file->inode : NULL;
	u32 device = inode ? inode->fs->device : 0;
	struct fmt_text *text = f->text;
	u64 line = text->length;
	const char *name = area->file ? "" : special_name(f->process, f->space, area);

	fmt_add(text, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", area->start, area->end,
		area->prot & PROT_READ ? 'r' : '-', area->prot & PROT_WRITE ? 'w' : '-',
		area->prot & PROT_EXEC ? 'x' : '-', area->flags & AREA_SHARED ? 's' : 'p', area->offset,
		device >> 8 & 0xfff, (device & 0xff) | (device >> 12 & ~0xffu), inode ? inode->number : 0ul);
	if (area->file || *name)
		add_padding(text, line);
	fmt_add(text, "%s", name);
}

/* Begin the line of the next area: false when there is none. */
static bool next_line(struct maps_text *f)
{
	struct process *process = f->process;
	struct area *area = NULL;

	spin_lock(&process->lock);
	if (!f->at)
		f->space = process->space;
	if (f->space && process->space == f->space) {
		spin_lock(&f->space->lock);
		area = area_find(f->space, f->at);
		if (area) {
			f->at = area->end;
			f->file = area->file;
			if (f->file)
				file_get(f->file);
			add_area(f, area);
		}
		spin_unlock(&f->space->lock);
	}
	spin_unlock(&process->lock);
	return area;
}

/* Is the name of this line's file the one that was found last? Then it goes there, and the line is complete. */
static bool same_name(struct maps_text *f)
{
	struct fmt_text *text = f->text;

	if (!f->last || !f->file->inode || f->file->inode != f->last->inode || f->file->place != f->last->place)
		return false;
	fmt_add(text, "%.*s", (int)f->name_length, text->data + f->name);
	file_put(f->file);
	return true;
}

/* A new line within a name would look like a line: it is written as \012, as on Linux. */
static void escape(struct maps_text *f)
{
	enum { LONGER = 3 };
	char *name = f->text->data + f->name;

	for (u64 i = 0; i < f->name_length; i++) {
		if (name[i] != '\n' || f->text->length + LONGER >= f->text->bytes)
			continue;
		memmove(name + i + 1 + LONGER, name + i + 1, f->name_length - i - 1);
		memcpy(name + i, "\\012", 1 + LONGER);
		f->name_length += LONGER;
		f->text->length += LONGER;
	}
}

static u32 room(const struct maps_text *f)
{
	return f->text->length < f->text->bytes ? (u32)min(f->text->bytes - f->text->length, (u64)PATH_MAX_BYTES) : 0;
}

/* The search for its name has ended: the name's length, or an error. 0 or -ENOMEM. */
static long name_found(struct maps_text *f, long result)
{
	if (f->last)
		file_put(f->last);
	f->last = f->file;
	f->name = f->text->length;
	f->name_length = result > 0 ? (u64)result : 0;
	f->text->length += f->name_length;
	escape(f);
	/* too long for the room that was left: the text is made again with more */
	if (result == -ENAMETOOLONG && room(f) < PATH_MAX_BYTES)
		f->text->length = f->text->bytes;
	return result == -ENOMEM ? result : 0;
}

CO_STEP(maps_text)
{
	CO_FRAME(maps_text);
	long err;

	CO_BEGIN;
	err = 0;
	while (!err && next_line(f)) {
		if (f->file && !same_name(f)) {
			f->link = (struct proc_link){ f->file->inode, f->file->place, f->file->ops->name };
			AWAIT(err, proc_link_name(co, &f->link, f->text->data + f->text->length, room(f)));
			err = name_found(f, err);
		}
		fmt_add(f->text, "\n");
		if (!err && task_should_yield())
			AWAIT(err, task_yield(co));
	}
	if (f->last)
		file_put(f->last);
	process_put(f->process);
	CO_RETURN(err);
	CO_END;
}

long proc_text_maps(struct co *caller, struct process *process, struct fmt_text *text)
{
	return CO_CALL_OR(process_put(process), maps_text, caller, .process = process, .text = text);
}
