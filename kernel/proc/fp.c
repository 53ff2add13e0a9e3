/* fp.c - when floating-point registers are saved and loaded. */
#include "kernel/proc/fp.h"

#include "kernel/hart/csr.h"
#include "kernel/hart/hart.h"
#include "kernel/proc/thread.h"

enum { FP_BYTES = 260 };
_Static_assert(offsetof(struct fp, fcsr) == 256 && FP_BYTES == 256 + sizeof(u32), "fp.S");

static void set_fs(struct thread *thread, u64 fs)
{
	thread->context.sstatus = (thread->context.sstatus & ~SSTATUS_FS) | fs;
}

void fp_load(struct thread *thread)
{
	struct hart *h = hart();

	csr_set(sstatus, SSTATUS_FS);
	fp_load_registers(&thread->fp);
	h->fp_thread = thread;
	thread->fp.hart = (u8)(h->index + 1);
	set_fs(thread, SSTATUS_FS_CLEAN);
}

void fp_save(struct thread *thread)
{
	if (likely((thread->context.sstatus & SSTATUS_FS) != SSTATUS_FS_DIRTY))
		return;
	csr_set(sstatus, SSTATUS_FS);
	fp_store_registers(&thread->fp);
	set_fs(thread, SSTATUS_FS_CLEAN);
}

void fp_step_end(struct thread *thread)
{
	if ((thread->context.sstatus & SSTATUS_FS) == SSTATUS_FS_DIRTY) {
		thread->fp.busy = FP_BUSY_STEPS;
		fp_save(thread);
	} else if (!thread->direct && !--thread->fp.busy) {
		set_fs(thread, 0);
	}
}

/* For FP_BUSY_STEPS steps at least. */
static void begin(struct thread *thread)
{
	thread->fp.used = true;
	thread->fp.busy = FP_BUSY_STEPS;
	thread->fp.hart = 0; /* thread_main loads them */
	set_fs(thread, SSTATUS_FS_CLEAN);
}

bool fp_first_use(struct thread *thread)
{
	bool first = !thread->fp.used;

	if (!thread->fp.busy)
		begin(thread);
	return first;
}

bool fp_trapped(struct thread *thread)
{
	if (thread->fp.busy)
		return false;
	begin(thread);
	return true;
}

void fp_copy_out(struct thread *thread, void *to)
{
	if ((thread->context.sstatus & SSTATUS_FS) != SSTATUS_FS_DIRTY) {
		__builtin_memcpy(to, &thread->fp, FP_BYTES);
		return;
	}
	/* not by way of struct fp: they stay newer than that */
	csr_set(sstatus, SSTATUS_FS);
	fp_store_registers(to);
}

void fp_copy_in(struct thread *thread, const void *from)
{
	struct hart *h = hart();

	csr_set(sstatus, SSTATUS_FS);
	fp_load_registers(from);
	h->fp_thread = thread;
	thread->fp.hart = (u8)(h->index + 1);
	thread->fp.busy = FP_BUSY_STEPS;
	set_fs(thread, SSTATUS_FS_DIRTY);
}

void fp_clone(struct thread *child, struct thread *parent)
{
	fp_save(parent);
	child->fp = parent->fp;
	/* setjmp, where threads begin, saves registers */
	if (child->fp.used)
		begin(child);
}
