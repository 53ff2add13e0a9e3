/* issuer.c - see issuer.h. */
#include "kernel/ring/issuer.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/mm/slab.h"

#define ANY_INDEX (~0u)

static struct slab_cache issuer_cache = SLAB_CACHE(issuer_cache, "ring_issuer", sizeof(struct issuer));
static u64 last_number; /* atomic */

struct issuer *issuer_make(struct thread *thread)
{
	struct issuer *issuer = thread->issuer;

	if (issuer)
		return issuer;
	issuer = slab_zalloc(&issuer_cache);
	if (issuer)
		issuer->number = atomic_add_relaxed(&last_number, 1ul) + 1;
	thread->issuer = issuer;
	return issuer;
}

static void forget(struct issuer *issuer, u32 index)
{
	struct file *file = issuer->rings[index];

	issuer->rings[index] = NULL;
	if (file)
		file_put(file);
}

static void issuer_end(struct thread *thread, bool exec)
{
	for (u32 i = 0; i < ISSUER_RINGS; i++)
		forget(thread->issuer, i);
	if (exec)
		return;
	slab_free(&issuer_cache, thread->issuer);
	thread->issuer = NULL;
}

void issuers_init(void)
{
	thread_issuer_end = issuer_end;
}

long issuer_ring(struct thread *thread, u32 index, struct file **file)
{
	if (index >= ISSUER_RINGS)
		return -EINVAL;
	*file = thread->issuer ? thread->issuer->rings[index] : NULL;
	if (!*file)
		return -EBADF;
	file_get(*file);
	return 0;
}

/* --- registering --- */

/* Descriptor FD at INDEX: the index, or a negative errno. */
static long add(struct thread *thread, s32 fd, u32 index)
{
	u32 from = index == ANY_INDEX ? 0 : index, end = index == ANY_INDEX ? ISSUER_RINGS : index + 1;
	struct issuer *issuer = thread->issuer;
	struct file *file;

	if (from >= ISSUER_RINGS)
		return -EINVAL;
	file = files_get(thread->process->files, fd);
	if (!file)
		return -EBADF;
	if (!file_is_ring(file)) {
		file_put(file);
		return -EOPNOTSUPP;
	}
	while (from < end && issuer->rings[from])
		from++;
	if (from == end) {
		file_put(file);
		return -EBUSY;
	}
	issuer->rings[from] = file;
	return from;
}

struct issuer_register {
	struct co co;
	u64 address;
	u32 count, done;
	struct io_uring_rsrc_update update;
};

CO_STEP(issuer_register)
{
	CO_FRAME(issuer_register);
	struct thread *thread = thread_of(co);
	long err, index;

	CO_BEGIN;
	err = 0;
	while (f->done < f->count) {
		AWAIT(err, user_read(co, user_space_of(co), &f->update, f->address, sizeof(f->update)));
		if (!err && f->update.resv)
			err = -EINVAL;
		if (err)
			break;
		index = add(thread, (s32)f->update.data, f->update.offset);
		if (index < 0) {
			err = index;
			break;
		}
		f->update.offset = (u32)index;
		AWAIT(err, user_write(co, user_space_of(co), f->address, &f->update, sizeof(f->update)));
		if (err) {
			forget(thread->issuer, f->update.offset);
			break;
		}
		f->address += sizeof(f->update);
		f->done++;
	}
	CO_RETURN(f->done ? f->done : err);
	CO_END;
}

long issuer_register(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	(void)ring;
	if (!count || count > ISSUER_RINGS)
		return -EINVAL;
	if (!issuer_make(thread_of(caller)))
		return -ENOMEM;
	return CO_CALL(issuer_register, caller, .address = address, .count = count);
}

struct issuer_unregister {
	struct co co;
	u64 address;
	u32 count, done;
	struct io_uring_rsrc_update update;
};

CO_STEP(issuer_unregister)
{
	CO_FRAME(issuer_unregister);
	struct issuer *issuer = thread_of(co)->issuer;
	long err;

	CO_BEGIN;
	err = 0;
	while (f->done < f->count) {
		AWAIT(err, user_read(co, user_space_of(co), &f->update, f->address, sizeof(f->update)));
		if (!err && (f->update.resv || f->update.data || f->update.offset >= ISSUER_RINGS))
			err = -EINVAL;
		if (err)
			break;
		forget(issuer, f->update.offset);
		f->address += sizeof(f->update);
		f->done++;
	}
	CO_RETURN(f->done ? f->done : err);
	CO_END;
}

long issuer_unregister(struct co *caller, struct ring *ring, u64 address, u32 count)
{
	(void)ring;
	if (!count || count > ISSUER_RINGS)
		return -EINVAL;
	if (!issuer_make(thread_of(caller)))
		return -ENOMEM;
	return CO_CALL(issuer_unregister, caller, .address = address, .count = count);
}
