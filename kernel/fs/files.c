/* files.c - descriptor tables: an array that grows, and a bitmap of the descriptors that exec closes. */
#include "kernel/fs/files.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/fcntl.h"
#include "kernel/fs/file_lock.h"
#include "kernel/mm/slab.h"
#include "kernel/hart/lock.h"
#include "kernel/task/task.h"

enum { SLOTS_FIRST = 32, SLOTS_STEP = 256 }; /* 256 pointers are kalloc's largest piece */

struct files {
	struct spinlock lock;			      /* guards all below but refs */
	u32 refs;				      /* atomic */
	u32 limit;				      /* RLIMIT_NOFILE */
	u32 lowest;				      /* no descriptor below this one is free */
	u32 end;				      /* no descriptor from this one on was ever used */
	struct file **chunks[FILES_MAX / SLOTS_STEP]; /* of SLOTS_STEP each; the first starts small */
	u32 first_count;			      /* slots in the first chunk */
	u64 close_on_exec[FILES_MAX / 64];
	struct file *first[SLOTS_FIRST];
};

static struct slab_cache files_cache = SLAB_CACHE(files_cache, "files", sizeof(struct files));

struct files *files_new(void)
{
	struct files *files = slab_zalloc(&files_cache);

	if (!files)
		return NULL;
	spin_init(&files->lock, RANK_FILES);
	files->refs = 1;
	files->limit = FILES_MAX;
	files->chunks[0] = files->first;
	files->first_count = SLOTS_FIRST;
	return files;
}

void files_set_limit(struct files *files, u32 limit)
{
	store_relaxed(&files->limit, limit);
}

u32 files_limit(const struct files *files)
{
	return load_relaxed(&files->limit);
}

void files_use(struct files *files)
{
	atomic_add_relaxed(&files->refs, 1u);
}

/* The slot of FD; NULL: beyond what the table has. Lock held. */
static inline struct file **slot(struct files *files, u32 fd)
{
	struct file **chunk;

	if (likely(fd < files->first_count))
		return &files->chunks[0][fd];
	if (fd >= FILES_MAX || fd < SLOTS_STEP)
		return NULL;
	chunk = files->chunks[fd / SLOTS_STEP];
	return chunk ? &chunk[fd % SLOTS_STEP] : NULL;
}

/* The same, made if need be; NULL: no memory. Lock held. */
static struct file **slot_make(struct files *files, u32 fd)
{
	struct file ***chunk = &files->chunks[fd / SLOTS_STEP], **bigger;

	if (slot(files, fd))
		return slot(files, fd);
	bigger = kzalloc(SLOTS_STEP * sizeof(struct file *));
	if (!bigger)
		return NULL;
	if (*chunk) {
		__builtin_memcpy(bigger, *chunk, SLOTS_FIRST * sizeof(struct file *));
		files->first_count = SLOTS_STEP;
	}
	*chunk = bigger;
	return slot(files, fd);
}

static void files_free(struct files *files)
{
	for (u32 i = 0; i < ARRAY_SIZE(files->chunks); i++)
		if (files->chunks[i] && files->chunks[i] != files->first)
			kfree(files->chunks[i], SLOTS_STEP * sizeof(struct file *));
	slab_free(&files_cache, files);
}

struct file *files_get(struct files *files, s32 fd)
{
	struct file **at, *file = NULL;

	spin_lock(&files->lock);
	at = slot(files, (u32)fd);
	if (likely(at && *at)) {
		file = *at;
		file_get(file);
	}
	spin_unlock(&files->lock);
	return file;
}

struct file *files_get_open(struct files *files, s32 fd)
{
	struct file *file = files_get(files, fd);

	if (!file || !(file->flags & O_PATH))
		return file;
	file_put(file);
	return NULL;
}

static void set_flag(struct files *files, u32 fd, bool on)
{
	u64 bit = BIT(fd % 64);

	files->close_on_exec[fd / 64] = on ? files->close_on_exec[fd / 64] | bit : files->close_on_exec[fd / 64] & ~bit;
}

long files_add(struct files *files, struct file *file, bool close_on_exec, u32 from)
{
	struct file **at = NULL;
	long result = -EMFILE;
	u32 fd;

	spin_lock(&files->lock);
	for (fd = max(from, files->lowest); fd < files->limit; fd++) {
		at = slot(files, fd);
		if (!at || !*at)
			break;
	}
	if (fd < files->limit) {
		at = slot_make(files, fd);
		result = at ? (long)fd : -ENOMEM;
	}
	if (result >= 0) {
		*at = file;
		files->end = max(files->end, fd + 1);
		set_flag(files, fd, close_on_exec);
		if (from <= files->lowest)
			files->lowest = fd + 1;
	}
	spin_unlock(&files->lock);
	return result;
}

long files_set(struct files *files, s32 fd, struct file *file, bool close_on_exec, struct file **old)
{
	struct file **at;

	*old = NULL;
	if ((u32)fd >= files_limit(files))
		return -EBADF;
	spin_lock(&files->lock);
	at = slot_make(files, (u32)fd);
	if (at) {
		*old = *at;
		*at = file;
		files->end = max(files->end, (u32)fd + 1);
		set_flag(files, (u32)fd, close_on_exec);
	}
	spin_unlock(&files->lock);
	if (at && *old)
		file_lock_closed(files, *old);
	return at ? 0 : -ENOMEM;
}

/* Take FD out; ONLY, if not NULL: if it is that. */
static struct file *take(struct files *files, s32 fd, const struct file *only)
{
	struct file **at, *file = NULL;

	spin_lock(&files->lock);
	at = slot(files, (u32)fd);
	if (at && *at && (!only || *at == only)) {
		file = *at;
		*at = NULL;
		files->lowest = min(files->lowest, (u32)fd);
	}
	spin_unlock(&files->lock);
	if (file)
		file_lock_closed(files, file);
	return file;
}

struct file *files_remove(struct files *files, s32 fd)
{
	return take(files, fd, NULL);
}

bool files_remove_file(struct files *files, s32 fd, const struct file *file)
{
	return take(files, fd, file);
}

long files_get_flag(struct files *files, s32 fd)
{
	struct file **at;
	long result = -EBADF;

	spin_lock(&files->lock);
	at = slot(files, (u32)fd);
	if (at && *at)
		result = files->close_on_exec[fd / 64] >> fd % 64 & 1;
	spin_unlock(&files->lock);
	return result;
}

long files_set_flag(struct files *files, s32 fd, bool close_on_exec)
{
	struct file **at;

	spin_lock(&files->lock);
	at = slot(files, (u32)fd);
	if (at && *at)
		set_flag(files, (u32)fd, close_on_exec);
	spin_unlock(&files->lock);
	return at && *at ? 0 : -EBADF;
}

s32 files_next(struct files *files, s32 from)
{
	struct file **at;
	s32 found = -1;

	spin_lock(&files->lock);
	for (; (u32)from < files->end && found < 0; from++) {
		at = slot(files, (u32)from);
		if (at && *at)
			found = from;
	}
	spin_unlock(&files->lock);
	return found;
}

struct files *files_copy(struct files *from)
{
	struct files *files = files_new();
	struct file *file, *old;
	s32 fd = -1;

	if (!files)
		return NULL;
	while ((fd = files_next(from, fd + 1)) >= 0) {
		file = files_get(from, fd);
		if (!file)
			continue;
		if (files_set(files, fd, file, files_get_flag(from, fd) == 1, &old)) {
			/* no memory: what was copied so far loses only our own references */
			file_put(file);
			for (fd = -1; (fd = files_next(files, fd + 1)) >= 0;)
				file_put(files_remove(files, fd));
			files_free(files);
			return NULL;
		}
	}
	files->limit = files_limit(from); /* not before: what lies above it is copied, too */
	return files;
}

/* Close the next descriptor from *FD on; ALL: else only one with the flag. False: there is none. */
static bool close_next(struct files *files, s32 *fd, bool all)
{
	struct file *file;

	*fd = files_next(files, *fd);
	if (*fd < 0)
		return false;
	file = all || files_get_flag(files, *fd) == 1 ? files_remove(files, *fd) : NULL;
	if (file)
		file_put(file);
	++*fd;
	return true;
}

struct files_close {
	struct co co;
	struct files *files;
	s32 fd;
	bool all;
};

CO_STEP(files_close)
{
	CO_FRAME(files_close);
	long err;

	CO_BEGIN;
	while (close_next(f->files, &f->fd, f->all))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	(void)err;
	if (f->all)
		files_free(f->files);
	CO_RETURN(0);
	CO_END;
}

static long close_descriptors(struct co *caller, struct files *files, bool all)
{
	long err = CO_CALL(files_close, caller, .files = files, .all = all);
	s32 fd = 0;

	if (likely(err != -ENOMEM))
		return err;
	/* No memory for the frame, but a close must not fail: all of it in one step. */
	while (close_next(files, &fd, all))
		;
	if (all)
		files_free(files);
	return 0;
}

long files_release(struct co *caller, struct files *files)
{
	return atomic_sub(&files->refs, 1u) != 1 ? 0 : close_descriptors(caller, files, true);
}

bool files_are_shared(const struct files *files)
{
	return load_acquire(&files->refs) > 1; /* acquire: alone, we see what others did with it */
}

void files_leave(struct files *files)
{
	s32 fd = 0;

	if (atomic_sub(&files->refs, 1u) != 1)
		return;
	while (close_next(files, &fd, true))
		;
	files_free(files);
}

long files_close_on_exec(struct co *caller, struct files *files)
{
	return close_descriptors(caller, files, false);
}
