/* timer-cpu.c - timers and sleeping by CPU time: ITIMER_VIRTUAL and ITIMER_PROF, timer_create on the clocks of a
 * process and a thread, clock_nanosleep; the clocks of other threads and processes by their numbers.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int caught;

static void note(int signal)
{
	(void)signal;
	caught++;
}

static u64 process_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* Mostly in user mode. */
static void work(unsigned ms)
{
	u64 until = process_ns() + (u64)ms * NS_PER_MS;

	while (process_ns() < until)
		for (volatile int i = 0; i < 20000; i++)
			;
}

static void work_until_caught(int count)
{
	while (caught < count)
		;
}

static void check_itimer(int which, int number)
{
	struct itimerval times = { .it_value = { 0, 20000 } }, now;
	u64 begin;

	signal(number, note);
	caught = 0;
	begin = process_ns();
	REQUIRE_OK(setitimer(which, &times, NULL));
	sleep_ms(40);
	CHECK(!caught || process_ns() - begin >= 20 * NS_PER_MS); /* who sleeps does not run; the machine may halt */
	CHECK_OK(getitimer(which, &now));
	CHECK(now.it_value.tv_sec == 0 && (now.it_value.tv_usec > 0 || caught));
	work_until_caught(1);
	CHECK(process_ns() - begin >= 10 * NS_PER_MS); /* Linux estimates what is user time */
	CHECK_OK(getitimer(which, &now));
	CHECK_EQ(now.it_value.tv_usec, 0);
	times.it_interval.tv_usec = 10000;
	REQUIRE_OK(setitimer(which, &times, NULL));
	work_until_caught(4);
	times = (struct itimerval){ 0 };
	REQUIRE_OK(setitimer(which, &times, &now));
	CHECK_EQ(now.it_interval.tv_usec, 10000);
	caught = 0;
	work(20);
	CHECK_EQ(caught, 0);
}

static void check_timer(clockid_t clock)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec times = { 0 };
	timer_t timer;
	u64 until;

	signal(SIGUSR1, note);
	caught = 0;
	REQUIRE_OK(timer_create(clock, &event, &timer));
	until = clock_ns(clock) + 15 * NS_PER_MS;
	times.it_value = (struct timespec){ (time_t)(until / NS_PER_S), (long)(until % NS_PER_S) };
	REQUIRE_OK(timer_settime(timer, TIMER_ABSTIME, &times, NULL));
	work_until_caught(1);
	CHECK(clock_ns(clock) >= until);
	times.it_value = (struct timespec){ 0, 15 * NS_PER_MS };
	until = clock_ns(clock) + 15 * NS_PER_MS;
	REQUIRE_OK(timer_settime(timer, 0, &times, NULL));
	work_until_caught(2);
	CHECK(clock_ns(clock) >= until);
	CHECK_OK(timer_delete(timer));
}

static u32 stop;

static void *spin(void *unused)
{
	while (!load_relaxed(&stop))
		;
	return unused;
}

static void check_others(void)
{
	struct timespec sleep = { 0, 20 * NS_PER_MS };
	clockid_t clock, own;
	pthread_t thread;
	pid_t pid;
	u64 begin;

	REQUIRE(!pthread_create(&thread, NULL, spin, NULL));
	CHECK_EQ(pthread_getcpuclockid(thread, &clock), 0);
	while (clock_ns(clock) < 15 * NS_PER_MS)
		sleep_ms(5);
	begin = process_ns();
	CHECK_EQ(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &sleep, NULL), 0);
	CHECK(process_ns() - begin >= 20 * NS_PER_MS);
	CHECK_EQ(clock_getcpuclockid(0, &own), 0);
	CHECK(clock_ns(own) >= begin);
	store_relaxed(&stop, 1);
	CHECK_EQ(pthread_join(thread, NULL), 0);

	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid)
		spin(NULL);
	if (!pid)
		_exit(0);
	CHECK_EQ(clock_getcpuclockid(pid, &clock), 0);
	CHECK_OK(clock_gettime(clock, &sleep));
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_ERRNO(clock_gettime(clock, &sleep), EINVAL);
	CHECK_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &sleep, NULL), EINVAL);
}

int main(void)
{
	check_itimer(ITIMER_PROF, SIGPROF);
	check_itimer(ITIMER_VIRTUAL, SIGVTALRM);
	check_timer(CLOCK_PROCESS_CPUTIME_ID);
	check_timer(CLOCK_THREAD_CPUTIME_ID);
	check_others();
	return check_done();
}
