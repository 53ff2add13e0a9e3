/* share.c - a thread that tells how urgent it is. */
#include "kernel/proc/share.h"

#include "kernel/abi/share.h"
#include "kernel/space/share_page.h"
#include "kernel/proc/thread.h"

long thread_share(struct thread *thread)
{
	const u32 *level;
	long address;

	if (thread->share_address)
		return (long)thread->share_address;
	address = share_page_take(thread->process->space, &level);
	if (address < 0)
		return address;
	thread->share_address = (u64)address;
	thread->share.published = level;
	return address;
}

void thread_share_end(struct thread *thread)
{
	if (likely(!thread->share_address))
		return;
	share_page_give(thread->process->space, thread->share.published);
	thread->share.published = NULL;
	task_set_base(&thread->task, thread->share.base);
	thread->share_address = 0;
}
