/* fp.c - when floating-point registers are saved and loaded. */
#include "kernel/proc/fp.h"

#include "kernel/hart/csr.h"
#include "kernel/hart/hart.h"
#include "kernel/proc/thread.h"

_Static_assert(offsetof(struct fp, fcsr) == 256, "fp.S");

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
	if ((thread->context.sstatus & SSTATUS_FS) != SSTATUS_FS_DIRTY)
		return;
	csr_set(sstatus, SSTATUS_FS);
	fp_store_registers(&thread->fp);
	set_fs(thread, SSTATUS_FS_CLEAN);
}

void fp_changed(struct thread *thread)
{
	thread->fp.hart = 0;
	set_fs(thread, SSTATUS_FS_CLEAN);
}

bool fp_first_use(struct thread *thread)
{
	if (thread->context.sstatus & SSTATUS_FS)
		return false;
	thread->fp.used = true;
	thread->fp.hart = 0;
	set_fs(thread, SSTATUS_FS_CLEAN);
	return true;
}
