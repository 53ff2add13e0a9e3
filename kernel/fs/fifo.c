/* fifo.c - how a pipe comes, is opened, and goes.
 *
 * It belongs to an inode and comes with the first who opens that; the last one to close takes it along, with the bytes
 * that nobody has read. A pipe of pipe2 is the same, but that its inode has no name: it can be opened once more through
 * /proc/<pid>/fd.
 *
 * Who opens a FIFO meets whoever opens its other end: each counts itself in before it looks for the other, under one
 * lock, and waits until the other's count of all times has changed, so it also meets one who has closed again by now.
 */
#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/pipe_state.h"
#include "kernel/fs/pseudo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

static struct file_system pipes = { .name = "pipefs", .magic = 0x50495045, .block_bytes = PAGE_SIZE };
static struct slab_cache pipe_cache = SLAB_CACHE(pipe_cache, "pipe", sizeof(struct pipe));

void pipe_init(void)
{
	pipes.device = pseudo_device();
}

u64 pipe_number(const struct inode *inode)
{
	return inode->fs == &pipes ? inode->number : 0;
}

/* --- the pipe of an inode --- */

static struct pipe *pipe_make(void)
{
	struct pipe *p = slab_zalloc(&pipe_cache);

	if (!p)
		return NULL;
	spin_init(&p->lock, RANK_FILE);
	list_init(&p->pages);
	wait_queue_init(&p->readable);
	wait_queue_init(&p->writable);
	wait_queue_init(&p->opening);
	poll_queue_init(&p->poll);
	p->capacity = PIPE_CAPACITY;
	return p;
}

/* One more use of INODE's pipe; if it has none, then of FRESH (may be NULL), which is its pipe from now on. */
static struct pipe *pipe_use_one(struct inode *inode, struct pipe *fresh)
{
	struct pipe *p;

	spin_lock(&inode->lock);
	if (!inode->pipe)
		inode->pipe = fresh;
	p = inode->pipe;
	if (p)
		p->uses++;
	spin_unlock(&inode->lock);
	return p;
}

/* One more use of INODE's pipe, which is made if there is none. NULL: no memory. */
static struct pipe *pipe_use(struct inode *inode)
{
	struct pipe *p = pipe_use_one(inode, NULL), *fresh;

	if (p)
		return p;
	fresh = pipe_make();
	if (!fresh)
		return NULL;
	p = pipe_use_one(inode, fresh);
	if (p != fresh) /* somebody was faster */
		slab_free(&pipe_cache, fresh);
	return p;
}

static void pipe_leave(struct inode *inode, struct pipe *p)
{
	bool last;

	spin_lock(&inode->lock);
	last = --p->uses == 0;
	if (last)
		inode->pipe = NULL;
	spin_unlock(&inode->lock);
	if (!last)
		return;
	while (!list_is_empty(&p->pages))
		page_free(list_entry(list_pop_front(&p->pages), struct page, link), 0);
	slab_free(&pipe_cache, p);
}

/* FILE is one of its readers and writers from now on; its use of P becomes the file's. Lock held. */
static void attach(struct pipe *p, struct file *file)
{
	bool reads = file_can_read(file), writes = file_can_write(file);

	p->readers += reads;
	p->readers_ever += reads;
	p->writers += writes;
	p->writers_ever += writes;
	file->position = p->writers ? 0 : p->writers_ever;
	file->data = p;
	file->ops = &pipe_file_ops[file->flags & O_ACCMODE];
}

void pipe_release(struct file *file)
{
	struct pipe *p = file->data;

	spin_lock(&p->lock);
	p->readers -= file_can_read(file);
	p->writers -= file_can_write(file);
	poll_queue_tell(&p->poll, POLL_HUP | POLL_ERR);
	wait_wake_all(&p->readable);
	wait_wake_all(&p->writable);
	spin_unlock(&p->lock);
	pipe_leave(file->inode, p);
}

/* --- opening --- */

struct fifo_meet {
	struct co co;
	struct pipe *pipe;
	u32 *other, before; /* how many have opened the other end, ever: now, and when we looked */
};

CO_STEP(fifo_meet)
{
	CO_FRAME(fifo_meet);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL(err, &f->pipe->lock, &f->pipe->opening, *f->other != f->before);
	spin_unlock(&f->pipe->lock);
	CO_RETURN(err);
	CO_END;
}

static long fifo_open(struct co *caller, struct file *file)
{
	bool reads = file_can_read(file), writes = file_can_write(file), alone, waits = !(file->flags & O_NONBLOCK);
	struct pipe *p = pipe_use(file->inode);
	u32 *other, before;

	if (!p)
		return -ENOMEM;
	spin_lock(&p->lock);
	alone = !pipe_number(file->inode) && !(reads && writes) && !(reads ? p->writers : p->readers);
	if (alone && writes && !waits) {
		spin_unlock(&p->lock);
		pipe_leave(file->inode, p);
		return -ENXIO;
	}
	attach(p, file);
	other = reads ? &p->writers_ever : &p->readers_ever;
	before = *other;
	wait_wake_all(&p->opening);
	poll_queue_tell(&p->poll, POLL_IN | POLL_OUT);
	spin_unlock(&p->lock);
	/* if there is no memory for the wait, or something ends it, closing FILE undoes all this */
	return alone && waits ? CO_CALL(fifo_meet, caller, .pipe = p, .other = other, .before = before) : 0;
}

const struct file_ops fifo_file_ops = { .name = "fifo", .open = fifo_open };

/* --- pipe2 --- */

static struct file *end_new(struct inode *inode, u32 flags)
{
	struct file *file = file_alloc(&fifo_file_ops, inode, flags, NULL);
	struct pipe *p;

	if (!file)
		return NULL;
	inode_get(inode);
	p = pipe_use(inode);
	if (!p) {
		file_put(file);
		return NULL;
	}
	spin_lock(&p->lock);
	attach(p, file);
	spin_unlock(&p->lock);
	return file;
}

static struct inode *inode_new(const struct co *co)
{
	static const struct inode_ops none;
	static u64 last;
	struct inode *inode = inode_alloc(&pipes, atomic_add_relaxed(&last, 1ul) + 1, MODE_FIFO | 0600);

	if (!inode)
		return NULL;
	inode->ops = &none;
	permission_new(co, NULL, inode);
	inode_touch(inode, true);
	inode->accessed = inode->modified;
	return inode;
}

long pipe_new(const struct co *co, struct file **reader, struct file **writer, u32 flags)
{
	struct inode *inode = inode_new(co);

	if (!inode)
		return -ENOMEM;
	*writer = NULL;
	*reader = end_new(inode, O_RDONLY | (flags & O_NONBLOCK));
	if (*reader)
		*writer = end_new(inode, O_WRONLY | (flags & O_NONBLOCK));
	if (*reader && !*writer)
		file_put(*reader);
	inode_put(inode); /* the ends have their own */
	return *writer ? 0 : -ENOMEM;
}
