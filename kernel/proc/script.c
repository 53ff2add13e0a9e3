/* script.c - see script.h. The texts grow from the end of the page towards its start. */
#include "kernel/proc/script.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/mm/page.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/process.h"
#include "lib/string.h"

enum { LINE_BYTES = 256 }; /* what lies behind is not looked at */

static const char *first_text(const struct script *script)
{
	return (const char *)page_to_virt(script->page) + script->at;
}

/* 0 or -E2BIG. */
static long prepend(struct script *script, const char *text, u32 length)
{
	char *to;

	if (length + 1 > script->at)
		return -E2BIG;
	script->at -= length + 1;
	to = (char *)page_to_virt(script->page) + script->at;
	memcpy(to, text, length);
	to[length] = 0;
	script->count++;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "#! interpreter [argument]": all that follows the interpreter is one argument. 0, -ENOEXEC, -E2BIG. */
static long take_line(struct script *script, const char *line, u32 bytes)
{
	const char *at = line + 2, *end = line + min(bytes, (u32)LINE_BYTES), *name, *name_end;
	long err = 0;

	if (bytes < 2 || line[0] != '#' || line[1] != '!')
		return -ENOEXEC;
	for (const char *c = at; c < end; c++)
		if (*c == '\n' || !*c)
			end = c;
	while (at < end && is_blank(*at))
		at++;
	while (end > at && is_blank(end[-1]))
		end--;
	for (name = at; at < end && !is_blank(*at); at++)
		;
	name_end = at;
	while (at < end && is_blank(*at))
		at++;
	if (name == name_end)
		return -ENOEXEC;
	if (at < end)
		err = prepend(script, at, (u32)(end - at));
	return err ? err : prepend(script, name, (u32)(name_end - name));
}

struct script_resolve {
	struct co co;
	struct exec_program *program;
	struct script *script;
	struct file *file;
	struct page *head;
	u32 depth;
};

static long open_script(struct script_resolve *f)
{
	struct inode *inode = f->program->inode;
	long err = exec_may_run(&f->co, inode);

	f->file = NULL;
	if (err)
		return err;
	if (!inode->file_ops || !inode->file_ops->map)
		return -EACCES;
	inode_get(inode);
	f->file = file_alloc(inode->file_ops, inode, 0, NULL);
	if (!f->file)
		inode_put(inode);
	return f->file ? 0 : -ENOMEM;
}

CO_STEP(script_resolve)
{
	CO_FRAME(script_resolve);
	long err;

	CO_BEGIN;
	for (;;) {
		err = open_script(f);
		if (err)
			CO_RETURN(err);
		AWAIT(err, f->file->ops->map(co, f->file, 0, &f->head));
		if (!err) {
			err = take_line(f->script, page_to_virt(f->head),
					(u32)min(f->file->inode->size, (u64)PAGE_SIZE));
			page_put(f->head);
		}
		file_put(f->file);
		/* who is no script any more is a program, or exec will say that it is none */
		if (err)
			CO_RETURN(f->depth && err == -ENOEXEC ? 0 : err == -ENXIO ? -ENOEXEC : err);
		if (++f->depth > SCRIPT_DEPTH_MAX)
			CO_RETURN(-ELOOP);
		if (f->program->hidden)
			CO_RETURN(-ENOENT);
		exec_program_done(f->program);
		AWAIT(err, exec_program_find(co, process_of(co), first_text(f->script), f->program));
		if (err)
			CO_RETURN(err);
	}
	CO_END;
}

long script_resolve(struct co *caller, struct exec_program *program, struct script *script)
{
	long err;

	*script = (struct script){ .page = page_alloc(0), .at = PAGE_SIZE };
	if (!script->page)
		return -ENOMEM;
	err = prepend(script, program->path, (u32)strlen(program->path));
	return err ? err : CO_CALL(script_resolve, caller, .program = program, .script = script);
}

void script_done(struct script *script)
{
	if (script->page)
		page_put(script->page);
}
