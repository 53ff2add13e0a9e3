/* loadavg.c - what /proc/loadavg and sysinfo tell: threads that run now, threads there are, the newest one, and
 * averages that move each 5 seconds by as many threads as want a hart then.
 *
 * machines: all
 * oracle: none
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/sysinfo.h>

enum { SPINNERS = 4, EARLY_MS = 500 };

struct loadavg {
	double averages[3];
	u32 running, threads, newest;
};

static struct loadavg look(void)
{
	struct loadavg seen = { { -1, -1, -1 }, 0, 0, 0 };
	FILE *file = fopen("/proc/loadavg", "r");

	REQUIRE(file);
	CHECK_EQ(fscanf(file, "%lf %lf %lf %u/%u %u", &seen.averages[0], &seen.averages[1], &seen.averages[2],
			&seen.running, &seen.threads, &seen.newest),
		 6);
	fclose(file);
	return seen;
}

static struct sysinfo info(void)
{
	struct sysinfo info;

	REQUIRE(!sysinfo(&info));
	return info;
}

/* --- now --- */

static bool stop;

static void *spin(void *unused)
{
	while (!load_acquire(&stop))
		for (volatile int i = 0; i < 1000; i++)
			;
	return unused;
}

static pthread_t spinners[SPINNERS];

static void start_spinners(void)
{
	store_release(&stop, false);
	for (u32 i = 0; i < SPINNERS; i++)
		REQUIRE(!pthread_create(&spinners[i], NULL, spin, NULL));
}

static void stop_spinners(void)
{
	store_release(&stop, true);
	for (u32 i = 0; i < SPINNERS; i++)
		pthread_join(spinners[i], NULL);
}

static void check_now(void)
{
	struct loadavg before = look(), spinning;
	pid_t pid;

	CHECK(before.running >= 1 && before.running <= before.threads);
	start_spinners();
	do
		spinning = look();
	while (spinning.running <= SPINNERS); /* all of them, and who asks; each may be in its first page fault */
	CHECK(spinning.threads >= before.threads + SPINNERS);
	CHECK_EQ(info().procs, look().threads);
	stop_spinners();
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid)
		_exit(look().newest != (u32)getpid());
	CHECK_EQ(child_wait(pid), 0);
	CHECK_EQ(look().newest, pid);
}

/* Requests that have just become ready, when the file is read, are the kernel's and no threads. */
static void check_threads_alone(void)
{
	enum { POLLS = 20 };
	static char text[128];
	static const u64 one = 1;
	int event = (int)REQUIRE_OK(eventfd(0, 0)), file = (int)REQUIRE_OK(open("/proc/loadavg", O_RDONLY));
	u32 running = 0, threads = 0;
	struct io_uring ring;

	ring_make(&ring, 2 * POLLS);
	for (u32 i = 0; i < POLLS; i++)
		io_uring_prep_poll_add(ring_sqe(&ring), event, POLLIN);
	REQUIRE_EQ(io_uring_submit(&ring), POLLS);
	io_uring_prep_write(ring_sqe(&ring), event, &one, sizeof(one), -1ull);
	io_uring_prep_read(ring_sqe(&ring), file, text, sizeof(text) - 1, 0);
	REQUIRE_EQ(io_uring_submit(&ring), 2);
	for (u32 i = 0; i < POLLS + 2; i++)
		CHECK(ring_reap(&ring).res > 0);
	CHECK_EQ(sscanf(text, "%*f %*f %*f %u/%u", &running, &threads), 2);
	CHECK(running >= 1 && running <= threads);
	io_uring_queue_exit(&ring);
	close(event);
	close(file);
}

/* --- on average --- */

/* By how many threads must the average I have moved from BEFORE to AFTER? It keeps KEEP of 2048 in 5 seconds. */
static double moved_by(u32 i, const struct sysinfo *before, const struct sysinfo *after)
{
	static const double keeps[3] = { 1884 / 2048.0, 2014 / 2048.0, 2037 / 2048.0 };
	double was = (double)before->loads[i] / 65536, is = (double)after->loads[i] / 65536;

	return (is - was * keeps[i]) / (1 - keeps[i]);
}

/* Long enough before for the spinners to be there: where there is one hart each of them has a slice or more before its
 * maker goes on. */
static void sleep_until_just_before(u64 period)
{
	u64 left = (period - clock_ns(CLOCK_BOOTTIME) % period) / NS_PER_MS;

	if (left < EARLY_MS)
		left += period / NS_PER_MS;
	sleep_ms((u32)left - EARLY_MS);
}

static void check_averages(void)
{
	struct sysinfo before, after;
	struct loadavg told;
	double threads;

	sleep_until_just_before(5ul * NS_PER_S);
	before = info();
	start_spinners();
	do
		sleep_ms(10);
	while (after = info(),
	       !memcmp(after.loads, before.loads, sizeof(after.loads)) && after.uptime < before.uptime + 15);
	told = look();
	stop_spinners();
	for (u32 i = 0; i < 3; i++) {
		threads = moved_by(i, &before, &after);
		/* a hart that got no time for seconds may have looked twice */
		if (!CHECK(threads > SPINNERS - 0.8 && threads < 2.5 * SPINNERS))
			check_note("average %u has moved by %.2f threads", i, threads);
		CHECK(told.averages[i] >= (double)after.loads[i] / 65536 - 0.02);
	}
	CHECK(after.loads[0] > after.loads[1] || before.loads[0] < before.loads[1]);
}

int main(void)
{
	check_now();
	check_threads_alone();
	check_averages();
	return check_done();
}
