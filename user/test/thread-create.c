/* thread-create.c - threads come and go: many one after the other, many at once, detached ones, chosen stacks,
 * results.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IN_ROW = 100, AT_ONCE = 40 };

static void *twice(void *argument)
{
	return (void *)((uintptr_t)argument * 2);
}

static void check_in_row(void)
{
	for (uintptr_t i = 0; i < IN_ROW; i++) {
		pthread_t thread;
		void *result;

		REQUIRE(!pthread_create(&thread, NULL, twice, (void *)i));
		CHECK_EQ(pthread_join(thread, &result), 0);
		CHECK_EQ((uintptr_t)result, i * 2);
	}
}

static u32 arrived, may_go;
static pid_t ids[AT_ONCE];

static void *wait_for_all(void *argument)
{
	ids[(uintptr_t)argument] = (pid_t)syscall(SYS_gettid);
	atomic_add(&arrived, 1);
	while (!load_acquire(&may_go)) /* pairs with the release in check_at_once */
		sched_yield();
	return argument;
}

static void check_at_once(void)
{
	pthread_t threads[AT_ONCE];
	void *result;

	for (uintptr_t i = 0; i < AT_ONCE; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, wait_for_all, (void *)i));
	while (load_acquire(&arrived) < AT_ONCE) /* pairs with the atomic_add: the ids are written */
		sched_yield();
	for (int i = 0; i < AT_ONCE; i++) {
		CHECK(ids[i] > 0 && ids[i] != getpid());
		for (int k = 0; k < i; k++)
			CHECK(ids[i] != ids[k]);
	}
	store_release(&may_go, 1);
	for (uintptr_t i = 0; i < AT_ONCE; i++) {
		CHECK_EQ(pthread_join(threads[i], &result), 0);
		CHECK_EQ((uintptr_t)result, i);
	}
}

static u32 detached_done;

static void *count_up(void *unused)
{
	atomic_add(&detached_done, 1);
	return unused;
}

static void check_detached(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	CHECK_EQ(pthread_attr_setstacksize(&attributes, 64 << 10), 0);
	for (int i = 0; i < 20; i++)
		REQUIRE(!pthread_create(&thread, &attributes, count_up, NULL));
	while (load_acquire(&detached_done) < 20)
		sched_yield();
	pthread_attr_destroy(&attributes);
}

static __thread int own = 5;
static __thread char zeroed[3000];

static void *use_own(void *argument)
{
	CHECK_EQ(own, 5);
	CHECK_EQ(zeroed[2999], 0);
	for (int i = 0; i < 20; i++) {
		own = (int)(uintptr_t)argument;
		zeroed[2999] = (char)(uintptr_t)argument;
		sched_yield();
		CHECK_EQ(own, (uintptr_t)argument);
		CHECK_EQ(zeroed[2999], (uintptr_t)argument);
	}
	errno = (int)(uintptr_t)argument;
	sched_yield();
	CHECK_EQ(errno, (uintptr_t)argument);
	return NULL;
}

static void check_tls(void)
{
	pthread_t threads[8];

	own = 77;
	for (uintptr_t i = 0; i < 8; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, use_own, (void *)(i + 100)));
	for (int i = 0; i < 8; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK_EQ(own, 77);
	CHECK_EQ(zeroed[2999], 0);
}

int main(void)
{
	CHECK_EQ(syscall(SYS_gettid), getpid());
	check_in_row();
	check_at_once();
	check_detached();
	check_tls();
	return check_done();
}
