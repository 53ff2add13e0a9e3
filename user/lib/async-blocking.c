/* async-blocking.c - functions that block, in threads of a small pool.
 *
 *     coroutine: work -> queue (lock, condition) -> a thread runs it -> done list -> eventfd
 *     reactor:   a read of the eventfd is always in the ring; its completion wakes those whose work is done
 */
#include "user/lib/async-task.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { THREADS_MAX = 4 };

struct work {
	struct list link; /* in pool->queue, then in pool->done */
	struct async_task *task;
	long (*function)(void *argument);
	void *argument;
	long result;
};

struct async_pool {
	struct async *async;
	pthread_mutex_t lock; /* guards queue, done, idle, ending */
	pthread_cond_t more;
	struct list queue, done;
	u32 idle;
	bool ending;
	int event;
	pthread_t threads[THREADS_MAX];
	u32 thread_count; /* the reactor's own */
};

/* What the read of an eventfd gives. Nobody looks at it; a ring that is closed may still write it. */
static u64 count;

static void *work_thread(void *argument)
{
	struct async_pool *pool = argument;
	struct work *work;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (list_is_empty(&pool->queue) && !pool->ending) {
			pool->idle++;
			pthread_cond_wait(&pool->more, &pool->lock);
			pool->idle--;
		}
		if (list_is_empty(&pool->queue))
			break;
		work = list_entry(list_pop_front(&pool->queue), struct work, link);
		pthread_mutex_unlock(&pool->lock);
		work->result = work->function(work->argument);
		pthread_mutex_lock(&pool->lock);
		list_push_back(&pool->done, &work->link);
		eventfd_write(pool->event, 1);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* The read that tells of done work: false: the ring takes none. */
static bool listen(struct async_pool *pool)
{
	struct io_uring_sqe *sqe = async_sqe_get(pool->async);

	if (!sqe)
		return false;
	io_uring_prep_read(sqe, pool->event, &count, sizeof(count), 0);
	io_uring_sqe_set_data64(sqe, ASYNC_POOL);
	return true;
}

static struct async_pool *pool_new(struct async *async)
{
	struct async_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->async = async;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->more, NULL);
	list_init(&pool->queue);
	list_init(&pool->done);
	pool->event = eventfd(0, EFD_CLOEXEC);
	if (pool->event >= 0 && listen(pool))
		return pool;
	if (pool->event >= 0)
		close(pool->event);
	free(pool);
	return NULL;
}

void async_pool_free(struct async_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	for (u32 i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);
	close(pool->event);
	free(pool);
}

void async_pool_completed(struct async *async)
{
	struct async_pool *pool = async->pool;
	struct list done;
	struct work *work;

	list_init(&done);
	pthread_mutex_lock(&pool->lock);
	while (!list_is_empty(&pool->done))
		list_push_back(&done, list_pop_front(&pool->done));
	pthread_mutex_unlock(&pool->lock);
	while (!list_is_empty(&done)) {
		work = list_entry(list_pop_front(&done), struct work, link);
		async_wake(work->task, work->result);
	}
	listen(pool); /* the queue has room: this completion's own SQE has been taken */
}

/* Hand WORK over: 0, or -EAGAIN: there is no thread and none can be made. */
static long pool_give(struct async_pool *pool, struct work *work)
{
	bool wants_thread;

	pthread_mutex_lock(&pool->lock);
	wants_thread = !pool->idle && pool->thread_count < THREADS_MAX;
	pthread_mutex_unlock(&pool->lock);
	if (wants_thread && !pthread_create(&pool->threads[pool->thread_count], NULL, work_thread, pool))
		pool->thread_count++;
	if (!pool->thread_count)
		return -EAGAIN;
	pthread_mutex_lock(&pool->lock);
	list_push_back(&pool->queue, &work->link);
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

struct async_spawn_blocking {
	struct co co;
	struct work work;
};

CO_STEP(async_spawn_blocking)
{
	CO_FRAME(async_spawn_blocking);
	struct async *async = async_task_of(co)->async;
	long result;

	CO_BEGIN;
	if (!async->pool)
		async->pool = pool_new(async);
	if (!async->pool)
		CO_RETURN(-ENOMEM);
	f->work.task = async_task_of(co);
	result = pool_give(async->pool, &f->work);
	if (result)
		CO_RETURN(result);
	AWAIT(result, async_park(co, ASYNC_THREAD));
	CO_RETURN(result);
	CO_END;
}

long async_spawn_blocking(struct co *caller, long (*function)(void *argument), void *argument)
{
	return CO_CALL(async_spawn_blocking, caller, .work = { .function = function, .argument = argument });
}
