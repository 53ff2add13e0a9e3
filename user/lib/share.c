/* share.c - telling the kernel how urgent this thread is. */
#include "user/lib/share.h"

#include "kernel/abi/syscalls.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

__thread struct sched_share *share_self;

static void child_forgets(void)
{
	share_self = NULL;
}

static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, child_forgets);
}

int share_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	long address = syscall(NR_sched_share, 0);

	if (address < 0)
		return -errno;
	pthread_once(&once, watch_forks);
	share_self = (struct sched_share *)address;
	return 0;
}
