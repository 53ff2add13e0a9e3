/* uintr-places.c - more receivers than interrupt files, and receivers that move between harts: who has no file just now
 * gets his interrupts all the same, once each.
 *
 * machines: aia h
 * oracle: none
 */
#define _GNU_SOURCE
#include "kernel/abi/syscalls.h"
#include "user/test/uintr-seen.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- more receivers than files --- */

enum { CROWD = 10 };

static struct member {
	pthread_t thread;
	int fd;
	bool is_direct, got;
} crowd[CROWD];
static pthread_barrier_t all;

static void *member(void *argument)
{
	struct member *m = argument;

	REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
	m->is_direct = uintr_is_direct();
	m->fd = (int)REQUIRE_OK(uintr_create_fd((unsigned)(m - crowd)));
	pthread_barrier_wait(&all);
	wait_seen();
	m->got = load_relaxed(&seen) == BIT(m - crowd);
	pthread_barrier_wait(&all);
	/* some tidy up, the others just end */
	if ((m - crowd) % 2)
		REQUIRE(!uintr_unregister_handler());
	return NULL;
}

static void check_crowd(void)
{
	int directs = 0, index[CROWD];

	pthread_barrier_init(&all, NULL, CROWD + 1);
	for (int i = 0; i < CROWD; i++)
		REQUIRE(!pthread_create(&crowd[i].thread, NULL, member, &crowd[i]));
	pthread_barrier_wait(&all);
	for (int i = 0; i < CROWD; i++) {
		directs += crowd[i].is_direct;
		index[i] = CHECK_OK(uintr_register_sender(crowd[i].fd));
		CHECK_EQ(index[i] >= UINTR_WINDOW, crowd[i].is_direct);
	}
	for (int i = 0; i < CROWD; i++)
		CHECK_OK(senduipi(index[i]));
	pthread_barrier_wait(&all);
	CHECK_EQ(directs, CROWD); /* files are a cache */
	for (int i = 0; i < CROWD; i++) {
		CHECK(crowd[i].got);
		pthread_join(crowd[i].thread, NULL);
	}
	/* the receivers are gone, the rights still there: what is sent harms nobody */
	direct();
	for (int i = 0; i < CROWD; i++) {
		CHECK_OK(senduipi(index[i]));
		CHECK_OK(uintr_unregister_sender(index[i]));
		CHECK_EQ(uintr_unregister_sender(index[i]), index[i] >= UINTR_WINDOW ? -EBADF : 0);
		close(crowd[i].fd);
	}
	getppid();
	CHECK_EQ(load_relaxed(&seen), 0);
	REQUIRE(!uintr_unregister_handler());
	pthread_barrier_destroy(&all);
}

/* --- all on one hart, again and again --- */

enum { ROUNDS = 60 };

static u32 heard[CROWD]; /* by member */
static u32 over;
static __thread u32 *my_heard;

static void counting_handler(u64 vectors)
{
	store_release(my_heard, *my_heard + (u32)__builtin_popcountl(vectors));
}

static void go_to(int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
}

static void *listener(void *argument)
{
	struct member *m = argument;

	my_heard = &heard[m - crowd];
	go_to(0);
	REQUIRE(!uintr_register_handler(counting_handler, UINTR_DIRECT));
	CHECK(uintr_is_direct());
	m->fd = (int)REQUIRE_OK(uintr_create_fd(9));
	pthread_barrier_wait(&all);
	while (!load_acquire(&over)) {
		uintr_clui();
		if (!load_acquire(&over))
			uintr_wait();
		uintr_stui();
	}
	REQUIRE(!uintr_unregister_handler());
	return NULL;
}

/* At each moment most of them have no file. By windows, and by the kernel. */
static void check_rounds(void)
{
	int index[CROWD];

	pthread_barrier_init(&all, NULL, CROWD + 1);
	for (int i = 0; i < CROWD; i++)
		REQUIRE(!pthread_create(&crowd[i].thread, NULL, listener, &crowd[i]));
	pthread_barrier_wait(&all);
	for (int i = 0; i < CROWD; i++)
		index[i] = (int)REQUIRE_OK(uintr_register_sender(crowd[i].fd));
	for (u32 round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < CROWD; i++)
			CHECK_OK(round % 3 ? senduipi(index[i]) : syscall(NR_uintr_send, crowd[i].fd));
		for (int i = 0; i < CROWD; i++)
			while (load_acquire(&heard[i]) < round)
				usleep(20);
	}
	for (int i = 0; i < CROWD; i++)
		CHECK_EQ(load_acquire(&heard[i]), ROUNDS);
	store_release(&over, 1u);
	for (int i = 0; i < CROWD; i++) {
		CHECK_OK(senduipi(index[i]));
		pthread_join(crowd[i].thread, NULL);
		CHECK_OK(uintr_unregister_sender(index[i]));
		close(crowd[i].fd);
	}
	pthread_barrier_destroy(&all);
}

/* --- where a thread runs --- */

static int hart_now(void)
{
	unsigned hart = 0;

	CHECK_OK(syscall(SYS_getcpu, &hart, NULL, NULL));
	return (int)hart;
}

static bool stays_on(int hart)
{
	for (int i = 0; i < 100; i++) {
		if (hart_now() != hart)
			return false;
		sched_yield();
	}
	return true;
}

/* Registration keeps a thread where the program wants it, a direct thread may be moved, and the end of the registration
 * does not undo what the program has asked for. */
static void check_places(void)
{
	int harts = (int)sysconf(_SC_NPROCESSORS_ONLN), fd, index;
	cpu_set_t all_harts;

	CPU_ZERO(&all_harts);
	for (int hart = 0; hart < harts; hart++) {
		CPU_SET(hart, &all_harts);
		go_to(hart);
		direct();
		CHECK(stays_on(hart));
		fd = (int)REQUIRE_OK(uintr_create_fd(6));
		index = (int)REQUIRE_OK(uintr_register_sender(fd));
		uintr_clui();
		CHECK_OK(senduipi(index)); /* moves with us */
		go_to((hart + 1) % harts);
		CHECK_EQ(load_relaxed(&seen), 0);
		CHECK(stays_on((hart + 1) % harts));
		uintr_stui();
		CHECK_EQ(load_relaxed(&seen), BIT(6));
		store_relaxed(&seen, 0ul);
		CHECK_OK(senduipi(index));
		wait_seen();
		CHECK_OK(uintr_unregister_sender(index));
		REQUIRE(!uintr_unregister_handler());
		CHECK(stays_on((hart + 1) % harts));
		close(fd);
	}
	CHECK_OK(sched_setaffinity(0, sizeof(all_harts), &all_harts));
}

/* What is pending at the end of a registration goes with it, and does not come to the next one. */
static void check_pending_at_end(void)
{
	int fd, index;

	for (u32 flags = 0; flags <= UINTR_DIRECT; flags++) {
		REQUIRE(!uintr_register_handler(handler, flags));
		store_relaxed(&seen, 0ul);
		fd = (int)REQUIRE_OK(uintr_create_fd(7));
		index = (int)REQUIRE_OK(uintr_register_sender(fd));
		uintr_clui();
		CHECK_OK(senduipi(index));
		REQUIRE(!uintr_unregister_handler());
		REQUIRE(!uintr_register_handler(handler, flags));
		CHECK_OK(senduipi(index)); /* to who was there before */
		getppid();
		CHECK_EQ(load_relaxed(&seen), 0);
		CHECK_OK(uintr_unregister_sender(index));
		REQUIRE(!uintr_unregister_handler());
		close(fd);
	}
}

int main(void)
{
	check_crowd();
	check_rounds();
	check_places();
	check_pending_at_end();
	return check_done();
}
