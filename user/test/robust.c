/* robust.c - locks whose owner ends: the next one is told, in this process and in another; and lists that lead nowhere,
 * round in a circle, or into memory that is not there do no harm.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, LOCKS = 5 };

static pthread_mutex_t *locks; /* in shared memory */

static void locks_make(void)
{
	pthread_mutexattr_t attribute;

	locks = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(locks != MAP_FAILED);
	pthread_mutexattr_init(&attribute);
	pthread_mutexattr_setpshared(&attribute, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attribute, PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < LOCKS; i++)
		REQUIRE(!pthread_mutex_init(&locks[i], &attribute));
}

static void take_all(void)
{
	for (int i = 0; i < LOCKS; i++)
		CHECK_EQ(pthread_mutex_lock(&locks[i]), 0);
}

/* Each has lost its owner; after that each works again. */
static void recover_all(void)
{
	for (int i = 0; i < LOCKS; i++) {
		if (CHECK_EQ(pthread_mutex_lock(&locks[i]), EOWNERDEAD))
			CHECK_EQ(pthread_mutex_consistent(&locks[i]), 0);
		CHECK_EQ(pthread_mutex_unlock(&locks[i]), 0);
	}
}

static void *take_and_end(void *unused)
{
	take_all();
	return unused;
}

static u32 taken;

static void *take_slowly(void *unused)
{
	take_all();
	store_release(&taken, 1);
	sleep_ms(10); /* until the others wait */
	return unused;
}

static void check_thread(void)
{
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, take_and_end, NULL));
	CHECK_EQ(pthread_join(thread, NULL), 0);
	recover_all();
	REQUIRE(!pthread_create(&thread, NULL, take_slowly, NULL));
	while (!load_acquire(&taken))
		sched_yield();
	recover_all(); /* the first is waited for while it is held */
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

/* HOW the child ends. */
static void check_process(int how)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	int status;

	if (pid == 0) {
		take_all();
		if (how)
			kill(getpid(), how);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status & 127, how);
	recover_all();
}

/* --- by hand --- */

struct entry {
	struct entry *next;
	u32 word;
};

static struct robust_list_head head;
static struct entry *entries; /* shared memory */

static long set_list(void *list, size_t bytes)
{
	return syscall(SYS_set_robust_list, list, bytes);
}

/* A child with a list that PREPARE makes of `entries` ends. */
static void end_with(void (*prepare)(u32 tid))
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());
	int status;

	if (pid == 0) {
		memset(entries, 0, PAGE);
		head = (struct robust_list_head){ { &head.list }, offsetof(struct entry, word), NULL };
		prepare((u32)syscall(SYS_gettid));
		_exit(set_list(&head, sizeof(head)) ? 1 : 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

static void prepare_words(u32 tid)
{
	head.list.next = (void *)&entries[0];
	for (int i = 0; i < 4; i++)
		entries[i].next = i < 3 ? &entries[i + 1] : (void *)&head;
	entries[0].word = tid;
	entries[1].word = tid | FUTEX_WAITERS;
	entries[2].word = tid + 1; /* somebody else's */
	entries[5].word = tid;
	head.list_op_pending = (void *)&entries[5];
}

static void check_words(void)
{
	end_with(prepare_words);
	CHECK_EQ(entries[0].word, FUTEX_OWNER_DIED);
	CHECK_EQ(entries[1].word, FUTEX_OWNER_DIED | FUTEX_WAITERS);
	CHECK(!(entries[2].word & FUTEX_OWNER_DIED));
	CHECK_EQ(entries[3].word, 0);
	CHECK_EQ(entries[5].word, FUTEX_OWNER_DIED);
}

static void prepare_circle(u32 tid)
{
	head.list.next = (void *)&entries[0];
	entries[0] = (struct entry){ &entries[1], tid };
	entries[1] = (struct entry){ &entries[0], tid };
}

static void prepare_nowhere(u32 tid)
{
	head.list.next = (void *)&entries[0];
	entries[0] = (struct entry){ (void *)16, tid };
	head.list_op_pending = (void *)-4096;
}

static void prepare_odd(u32 tid)
{
	head.list.next = (void *)&entries[0];
	entries[0] = (struct entry){ &entries[1], tid };
	entries[1] = (struct entry){ (void *)&head, tid };
	head.futex_offset = 2;
}

static void prepare_far(u32 tid)
{
	prepare_words(tid);
	head.futex_offset = (long)1 << 62;
}

static void prepare_no_list(u32 tid)
{
	(void)tid;
	CHECK_EQ(set_list((void *)-1, sizeof(head)), 0);
}

static void check_hostile(void)
{
	end_with(prepare_circle);
	CHECK_EQ(entries[1].word, FUTEX_OWNER_DIED);
	end_with(prepare_nowhere);
	end_with(prepare_odd);
	end_with(prepare_far);
	end_with(prepare_no_list);
}

static void check_get(void)
{
	void *list = NULL;
	size_t bytes = 0;

	CHECK_EQ(syscall(SYS_get_robust_list, 0, &list, &bytes), 0);
	CHECK(list != NULL);
	CHECK_EQ(bytes, sizeof(struct robust_list_head));
	CHECK_ERRNO(syscall(SYS_get_robust_list, 0, NULL, &bytes), EFAULT);
	CHECK_ERRNO(syscall(SYS_get_robust_list, 0, &list, NULL), EFAULT);
	CHECK_ERRNO(syscall(SYS_get_robust_list, 2000000000, &list, &bytes), ESRCH);
	CHECK_ERRNO(set_list(list, 8), EINVAL);
	CHECK_ERRNO(set_list(list, 0), EINVAL);
}

int main(void)
{
	entries = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(entries != MAP_FAILED);
	locks_make();
	check_thread();
	check_process(0);
	check_process(SIGKILL);
	check_words();
	check_hostile();
	check_get();
	return check_done();
}
