/* uintr-stress.c - no interrupt is lost or doubled, whatever the receiver does at that moment: it runs, is about to
 * wait, waits, is blocked in a call, is ready but does not run, has lost its file to another thread, moves to another
 * hart, unregisters and registers again.
 *
 *     uintr-stress [SENDS]        if not given 20 000; on several harts, where a hand-over takes its time, 6 000
 *                                 divided by their number
 *
 * Each send is waited for, so a lost one is a hang; and each is counted by the handler. Between the threads stand
 * rivals that take the harts away from them, and the interrupt files: they take interrupts themselves, and with the
 * receiver they are more than the files of two harts.
 *
 * machines: aia h crowd
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/uintr.h"

#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SENDS_ALONE = 20000, SENDS = 6000, MOVE_EVERY = 40, VECTORS = 60 };
enum { NUDGE = 63, BUSY = 2, RIVALS = BUSY + 4 };

static u32 sends;
static u64 sends_done;
static u32 sent; /* number of the last burst; written by the sender before it sends */
static u32 stop;
static u32 moves;	     /* times that the receiver has registered; odd: it is about to */
static int fds[VECTORS + 1]; /* valid while moves is even; the last one is a nudge */
static int event;	     /* what the receiver reads to block */

static __attribute__((aligned(64))) u32 got[VECTORS]; /* by vector: the burst that it was last seen in */
static u64 handled, upcalls;
static u64 counted; /* vectors that the handler has seen, but for nudges */
static u64 migrations;
static long harts;

static void handler(u64 vectors)
{
	u32 burst = load_acquire(&sent);

	for (u32 i = 0; i < VECTORS; i++)
		if (vectors & BIT(i))
			store_release(&got[i], burst);
	counted += (u64)__builtin_popcountl(vectors & ~BIT(NUDGE));
	handled++;
}

/* --- the receiver --- */

static void register_again(void)
{
	atomic_add(&moves, 1u);
	if (moves > 1) {
		for (int i = 0; i <= VECTORS; i++)
			close(fds[i]);
		REQUIRE(!uintr_unregister_handler());
		sched_yield();
	}
	REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
	upcalls += !uintr_is_direct();
	for (unsigned i = 0; i <= VECTORS; i++)
		fds[i] = (int)REQUIRE_OK(uintr_create_fd(i < VECTORS ? i : NUDGE));
	atomic_add(&moves, 1u);
}

static u32 move_wanted; /* the sender's: register again, nothing is on its way */

/* To the next hart; every other time the thread is free again. */
static void migrate(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (long i = 0; i < harts; i++)
		if (migrations % 2 || i == (long)(migrations / 2) % harts)
			CPU_SET(i, &set);
	migrations++;
	REQUIRE_OK(sched_setaffinity(0, sizeof(set), &set));
}

static void one_state(u32 state)
{
	u64 value;

	switch (state) {
	case 0: /* runs */
		for (volatile u32 i = 0; i < 300; i++)
			;
		break;
	case 1: /* waits */
		uintr_clui();
		if (!load_relaxed(&stop) && !load_relaxed(&move_wanted))
			uintr_wait();
		uintr_stui();
		break;
	case 2: /* is blocked; the sender writes when it has been heard */
		if (!load_relaxed(&stop) && !load_relaxed(&move_wanted))
			(void)!read(event, &value, sizeof(value));
		break;
	case 3: /* gives way */
		sched_yield();
		break;
	case 4: /* masked for a while, in the kernel and out of it */
		uintr_clui();
		getppid();
		sched_yield();
		uintr_stui();
		break;
	case 5: /* goes elsewhere */
		migrate();
		break;
	}
}

static void *receiver(void *unused)
{
	u32 n = 0;

	register_again();
	while (!load_acquire(&stop)) {
		if (load_acquire(&move_wanted)) {
			register_again();
			store_release(&move_wanted, 0u);
		}
		one_state((load_relaxed(&sent) + n++ / 3) % 6);
	}
	REQUIRE(!uintr_unregister_handler());
	return unused;
}

/* --- the sender --- */

/* Wake a receiver that is blocked in its read or in uintr_wait; the interrupt may come to nobody, if it unregisters
 * first. */
static void nudge(int index)
{
	u64 one = 1;

	REQUIRE_EQ(write(event, &one, sizeof(one)), sizeof(one));
	REQUIRE_OK(senduipi(index));
}

static void wait_registered(u32 after)
{
	while (load_acquire(&moves) <= after || load_acquire(&moves) % 2)
		sched_yield();
}

static void burst(const int *index, u32 number, u32 size)
{
	u64 one = 1;

	store_release(&sent, number);
	for (u32 i = 0; i < size; i++)
		REQUIRE_OK(senduipi(index[(number + i) % VECTORS]));
	for (u32 i = 0; i < size; i++)
		for (u32 tries = 0; load_acquire(&got[(number + i) % VECTORS]) != number; tries++)
			if (tries > 100)
				usleep(10);
	/* the read is over, or ends at once */
	REQUIRE_EQ(write(event, &one, sizeof(one)), sizeof(one));
}

static void say_progress(u32 before, u32 done)
{
	enum { EVERY = 50000 };

	if (done / EVERY != before / EVERY)
		fprintf(stderr, "%u sent\n", done);
}

static void send_all(void)
{
	int index[VECTORS + 1];
	u32 number = 0, done = 0;

	while (done < sends) {
		for (int i = 0; i <= VECTORS; i++)
			index[i] = (int)REQUIRE_OK(uintr_register_sender(fds[i]));
		for (u32 i = 0; i < MOVE_EVERY && done < sends; i++) {
			u32 size = ++number % 4 ? VECTORS : 1;

			burst(index, number, size);
			done += size;
			say_progress((u32)sends_done, done);
			sends_done = done;
		}
		if (done < sends) {
			u32 before = load_acquire(&moves);

			store_release(&move_wanted, 1u);
			nudge(index[VECTORS]);
			wait_registered(before);
			while (load_acquire(&move_wanted))
				sched_yield();
		} else {
			store_release(&stop, 1u);
			nudge(index[VECTORS]);
		}
		for (int i = 0; i <= VECTORS; i++)
			REQUIRE_OK(uintr_unregister_sender(index[i]));
	}
}

static u64 rivals_heard; /* atomic */

static void rival_handler(u64 vectors)
{
	(void)vectors;
	atomic_add_relaxed(&rivals_heard, 1ul);
}

/* Keeps a hart, on and off. */
static void *busy_rival(void *unused)
{
	while (!load_acquire(&stop)) {
		for (u32 turn = 0; turn < 10; turn++) {
			for (volatile u32 i = 0; i < 2000; i++)
				;
			sched_yield();
		}
		usleep(200);
	}
	return unused;
}

static void go_to(long hart_index)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart_index, &set);
	REQUIRE_OK(sched_setaffinity(0, sizeof(set), &set));
}

/* Takes a file of one of the first two harts now and then; sends to itself at each turn, so that a file that it gets is
 * one that works. */
static void *rival(void *number)
{
	int fd, index;
	u32 turn = 0;

	go_to((long)number % (harts > 1 ? 2 : 1));
	REQUIRE(!uintr_register_handler(rival_handler, UINTR_DIRECT));
	fd = (int)REQUIRE_OK(uintr_create_fd(1));
	index = (int)REQUIRE_OK(uintr_register_sender(fd));
	while (!load_acquire(&stop)) {
		REQUIRE_OK(senduipi(index));
		usleep(10000 + turn++ % 7 * 10000);
	}
	REQUIRE(!uintr_unregister_handler());
	return number;
}

int main(int argc, char **argv)
{
	pthread_t thread, rivals[RIVALS];

	harts = sysconf(_SC_NPROCESSORS_ONLN);
	sends = argc > 1 ? (u32)atoi(argv[1]) : harts > 1 ? (u32)(SENDS / harts) : SENDS_ALONE;
	event = (int)REQUIRE_OK(eventfd(0, 0));
	REQUIRE(!pthread_create(&thread, NULL, receiver, NULL));
	for (int i = 0; i < RIVALS; i++)
		REQUIRE(!pthread_create(&rivals[i], NULL, i < BUSY ? busy_rival : rival, (void *)(long)i));
	wait_registered(0);
	send_all();
	pthread_join(thread, NULL);
	for (int i = 0; i < RIVALS; i++)
		pthread_join(rivals[i], NULL);
	CHECK_EQ(upcalls, 0);
	CHECK_EQ(counted, sends_done);
	CHECK(handled <= sends_done + moves / 2);
	CHECK(rivals_heard > 0);
	fprintf(stderr, "%lu sent, %lu seen, %lu handlers, %u registrations, %lu moves, %lu rivals' interrupts\n",
		sends_done, counted, handled, moves / 2, migrations, rivals_heard);
	return check_done();
}
