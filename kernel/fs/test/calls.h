/* calls.h - the functions of kernel/fs as tests like to call them: they wait, and return. */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/path.h"
#include "kernel/fs/test/process.h"
#include "kernel/fs/test/run.h"

struct call {
	struct inode *dir, *other;
	const char *text;
	u32 length, flags;
	void *buffer;
	u64 bytes, at;
	struct file *file;
	struct user_buffer user;
	struct inode **inode;
	struct path_result *path;
	struct dir_sink *sink;
};

static inline long enter_find(struct co *co, void *argument)
{
	struct call *c = argument;

	return path_find(co, c->other, c->dir, c->text, c->flags, c->inode);
}

static inline long call_find(struct inode *root, struct inode *start, const char *path, u32 flags, struct inode **inode)
{
	struct call c = { .other = root, .dir = start, .text = path, .flags = flags, .inode = inode };

	return run(enter_find, &c);
}

static inline long enter_walk(struct co *co, void *argument)
{
	struct call *c = argument;

	return path_walk(co, c->other, c->dir, c->text, c->flags, c->path);
}

static inline long call_walk(struct inode *root, struct inode *start, const char *path, u32 flags,
			     struct path_result *result)
{
	struct call c = { .other = root, .dir = start, .text = path, .flags = flags, .path = result };

	return run(enter_walk, &c);
}

static inline long enter_read(struct co *co, void *argument)
{
	struct call *c = argument;

	return c->file->ops->read(co, c->file, &c->user, c->at);
}

static inline long enter_write(struct co *co, void *argument)
{
	struct call *c = argument;

	return c->file->ops->write(co, c->file, &c->user, c->at);
}

static inline long call_read_to(struct file *file, struct user_buffer to, u64 at)
{
	struct call c = { .file = file, .user = to, .at = at };

	return run(enter_read, &c);
}

static inline long call_read(struct file *file, void *buffer, u64 bytes, u64 at)
{
	return call_read_to(file, kernel_buffer(buffer, bytes), at);
}

static inline long call_write(struct file *file, const void *buffer, u64 bytes, u64 at)
{
	struct call c = { .file = file, .user = kernel_buffer((void *)(size_t)buffer, bytes), .at = at };

	return run(enter_write, &c);
}

static inline long enter_read_link(struct co *co, void *argument)
{
	struct call *c = argument;

	return c->dir->ops->read_link(co, c->dir, c->buffer, (u32)c->bytes);
}

static inline long call_read_link(struct inode *link, char *buffer, u32 bytes)
{
	struct call c = { .dir = link, .buffer = buffer, .bytes = bytes };

	return run(enter_read_link, &c);
}

static inline long enter_list(struct co *co, void *argument)
{
	struct call *c = argument;

	return c->dir->ops->read_dir(co, c->dir, &c->at, c->sink);
}

static inline long call_list(struct inode *dir, u64 *position, struct dir_sink *sink)
{
	struct call c = { .dir = dir, .at = *position, .sink = sink };
	long err = run(enter_list, &c);

	*position = c.at;
	return err;
}

/* A file for INODE, which keeps its own reference. */
static inline struct file *call_open(struct inode *inode, u32 flags)
{
	struct file *file;

	inode_get(inode);
	file = file_alloc(inode->file_ops, inode, flags, NULL);
	CHECK(file);
	return file;
}
