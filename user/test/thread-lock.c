/* thread-lock.c - the C library's locks under contention: mutex, condition variable, read-write lock, barrier,
 * semaphore, once. They sleep and wake through futexes.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>

enum { THREADS = 4, ADDS = 1000, ITEMS = 300, ROOM = 4 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long total;

static void run_threads(void *(*go)(void *))
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, go, (void *)i));
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static void *add_locked(void *unused)
{
	for (int i = 0; i < ADDS; i++) {
		unsigned long old;

		pthread_mutex_lock(&mutex);
		old = total;
		if (i % 64 == 0)
			sched_yield(); /* with the lock held: the others must sleep */
		total = old + 1;
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

/* A queue of ROOM places between two producers and two consumers. */
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static unsigned queue[ROOM], filled, taken_sum, taken_count;

static void produce(unsigned first)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		pthread_mutex_lock(&mutex);
		while (filled == ROOM)
			pthread_cond_wait(&not_full, &mutex);
		queue[filled++] = first + i;
		pthread_cond_signal(&not_empty);
		pthread_mutex_unlock(&mutex);
	}
}

static void consume(void)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		pthread_mutex_lock(&mutex);
		while (filled == 0)
			pthread_cond_wait(&not_empty, &mutex);
		taken_sum += queue[--filled];
		taken_count++;
		pthread_cond_signal(&not_full);
		pthread_mutex_unlock(&mutex);
	}
}

static void *produce_or_consume(void *argument)
{
	uintptr_t which = (uintptr_t)argument;

	if (which % 2)
		consume();
	else
		produce((unsigned)which * 1000);
	return NULL;
}

static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t semaphore;
static unsigned pair[2], once_count, phase_count[20];

static void count_once(void)
{
	once_count++;
}

static void *mixed(void *argument)
{
	for (int phase = 0; phase < 20; phase++) {
		pthread_once(&once, count_once);
		atomic_add(&phase_count[phase], 1);
		pthread_barrier_wait(&barrier);
		CHECK_EQ(load_relaxed(&phase_count[phase]), THREADS);
		if ((uintptr_t)argument == 0) {
			pthread_rwlock_wrlock(&rwlock);
			pair[0]++;
			sched_yield();
			pair[1]++;
			pthread_rwlock_unlock(&rwlock);
		} else {
			pthread_rwlock_rdlock(&rwlock);
			CHECK_EQ(pair[0], pair[1]);
			pthread_rwlock_unlock(&rwlock);
		}
		sem_wait(&semaphore);
		sem_post(&semaphore);
	}
	return NULL;
}

/* Waits with a limit end when it is over, not before. */
static void check_timeouts(void)
{
	struct timespec limit, end;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_nsec += 20 * 1000 * 1000;
	limit.tv_sec += limit.tv_nsec / 1000000000;
	limit.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	CHECK_EQ(pthread_cond_timedwait(&not_empty, &mutex, &limit), ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &end);
	CHECK(end.tv_sec > limit.tv_sec || (end.tv_sec == limit.tv_sec && end.tv_nsec >= limit.tv_nsec));
	CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
	pthread_mutex_unlock(&mutex);
	CHECK_EQ(sem_trywait(&semaphore), 0);
	CHECK_ERRNO(sem_timedwait(&semaphore, &limit), ETIMEDOUT); /* in the past already */
	CHECK_EQ(sem_post(&semaphore), 0);
}

int main(void)
{
	run_threads(add_locked);
	CHECK_EQ(total, THREADS * ADDS);
	run_threads(produce_or_consume);
	CHECK_EQ(taken_count, 2 * ITEMS);
	CHECK_EQ(taken_sum, ITEMS * (ITEMS - 1) + ITEMS * 2000);
	CHECK_EQ(filled, 0);
	REQUIRE(!pthread_barrier_init(&barrier, NULL, THREADS));
	REQUIRE(!sem_init(&semaphore, 0, 1));
	run_threads(mixed);
	CHECK_EQ(once_count, 1);
	CHECK_EQ(pair[0], 20);
	CHECK_EQ(pair[1], 20);
	check_timeouts();
	return check_done();
}
