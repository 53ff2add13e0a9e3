/* timer-signal.c - timers that send signals: setitimer and timer_create, once and again and again, to the process
 * and to a thread, what the handler is told, overruns, and what is refused.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t caught;
static volatile int code, tid_of_handler;
static void *volatile value;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	code = info->si_code;
	value = info->si_value.sival_ptr;
	tid_of_handler = (int)syscall(SYS_gettid);
	caught++;
}

static void catch (int signal)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	CHECK_OK(sigaction(signal, &action, NULL));
}

/* Until COUNT signals have been caught. The timers go on, so none can be missed for good. */
static void await(int count)
{
	while (caught < count)
		sleep_ms(1);
}

static void check_itimer(void)
{
	struct itimerval once = { .it_value = { 0, 3000 } }, often = { { 0, 2000 }, { 0, 2000 } },
			 none = { { 0, 0 }, { 0, 0 } };
	struct itimerval now;
	u64 begin = clock_ns(CLOCK_MONOTONIC);

	catch (SIGALRM);
	CHECK_OK(getitimer(ITIMER_REAL, &now));
	CHECK_EQ(now.it_value.tv_usec + now.it_value.tv_sec, 0);
	REQUIRE_OK(setitimer(ITIMER_REAL, &once, NULL));
	await(1);
	CHECK(clock_ns(CLOCK_MONOTONIC) - begin >= 3 * NS_PER_MS);
	CHECK_EQ(code, SI_KERNEL);
	sleep_ms(5);
	CHECK_EQ(caught, 1);
	caught = 0;
	REQUIRE_OK(setitimer(ITIMER_REAL, &often, NULL));
	await(4);
	CHECK_OK(getitimer(ITIMER_REAL, &now));
	CHECK_EQ(now.it_interval.tv_usec, 2000);
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_usec <= 2000);
	REQUIRE_OK(setitimer(ITIMER_REAL, &none, &now));
	CHECK_EQ(now.it_interval.tv_usec, 2000);
	caught = 0;
	sleep_ms(5);
	CHECK_EQ(caught, 0);
	/* a long sleep ends by it */
	REQUIRE_OK(setitimer(ITIMER_REAL, &often, NULL)); /* the first one may come before it */
	CHECK_ERRNO(usleep(900 * 1000 * 1000), EINTR);
	CHECK(caught >= 1);
	REQUIRE_OK(setitimer(ITIMER_REAL, &none, NULL));
	CHECK_ERRNO(setitimer(7, &once, NULL), EINVAL);
	CHECK_ERRNO(getitimer(7, &now), EINVAL);
	once.it_value.tv_usec = 1000000;
	CHECK_ERRNO(setitimer(ITIMER_REAL, &once, NULL), EINVAL);
}

static void set(timer_t timer, int flags, u64 value_ns, u64 interval_ns)
{
	struct itimerspec times = {
		.it_value = { (time_t)(value_ns / NS_PER_S), (long)(value_ns % NS_PER_S) },
		.it_interval = { (time_t)(interval_ns / NS_PER_S), (long)(interval_ns % NS_PER_S) },
	};

	REQUIRE_OK(timer_settime(timer, flags, &times, NULL));
}

static void check_signal(clockid_t clock)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1 };
	struct itimerspec now;
	timer_t timer;
	u64 begin;

	event.sigev_value.sival_ptr = &event;
	catch (SIGRTMIN + 1);
	caught = 0;
	REQUIRE_OK(timer_create(clock, &event, &timer));
	CHECK_OK(timer_gettime(timer, &now));
	CHECK_EQ(timespec_ns(&now.it_value), 0);
	begin = clock_ns(clock);
	set(timer, TIMER_ABSTIME, begin + 3 * NS_PER_MS, 0);
	await(1);
	CHECK(clock_ns(clock) >= begin + 3 * NS_PER_MS);
	CHECK_EQ(code, SI_TIMER);
	CHECK(value == &event);
	set(timer, 0, NS_PER_MS, NS_PER_MS);
	await(5);
	CHECK_OK(timer_gettime(timer, &now));
	CHECK_EQ(timespec_ns(&now.it_interval), NS_PER_MS);
	CHECK_OK(timer_delete(timer));
	caught = 0;
	sleep_ms(4);
	CHECK_EQ(caught, 0);
}

/* While the signal is blocked expirations are counted. */
static void check_overrun(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	sigset_t set_of, before;
	timer_t timer;
	int overrun;

	catch (SIGUSR2);
	caught = 0;
	sigemptyset(&set_of);
	sigaddset(&set_of, SIGUSR2);
	REQUIRE_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK_OK(sigprocmask(SIG_BLOCK, &set_of, &before));
	set(timer, 0, NS_PER_MS, NS_PER_MS);
	sleep_ms(10);
	CHECK_EQ(caught, 0);
	CHECK_OK(sigprocmask(SIG_SETMASK, &before, NULL));
	await(1); /* the timer's hart may be later than ours */
	overrun = timer_getoverrun(timer);
	CHECK(overrun >= 0);
	CHECK_OK(timer_delete(timer));
	CHECK_ERRNO(syscall(SYS_timer_delete, 12345), EINVAL);
	CHECK_ERRNO(syscall(SYS_timer_getoverrun, 12345), EINVAL);
}

static volatile int thread_tid;
static volatile bool done;

static void *sleeper(void *unused)
{
	thread_tid = (int)syscall(SYS_gettid);
	while (!done)
		sleep_ms(1);
	return unused;
}

static void check_thread(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	pthread_t thread;
	timer_t timer;

	catch (SIGUSR1);
	caught = 0;
	REQUIRE(!pthread_create(&thread, NULL, sleeper, NULL));
	while (!thread_tid)
		sleep_ms(1);
	event.sigev_notify_thread_id = thread_tid;
	REQUIRE_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	set(timer, 0, NS_PER_MS, 2 * NS_PER_MS);
	await(3);
	CHECK_EQ(tid_of_handler, thread_tid);
	done = true;
	CHECK_EQ(pthread_join(thread, NULL), 0);
	sleep_ms(4); /* it goes on, for nobody */
	CHECK_OK(timer_delete(timer));
	CHECK_ERRNO(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
}

static void check_refused(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct itimerspec times = { { 0, 0 }, { 5, 0 } }, now;
	timer_t timer;

	REQUIRE_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK_OK(timer_settime(timer, 0, &times, NULL));
	CHECK_OK(timer_gettime(timer, &now));
	CHECK(timespec_ns(&now.it_value) && timespec_ns(&now.it_value) <= 5ul * NS_PER_S);
	times.it_value.tv_nsec = NS_PER_S;
	CHECK_ERRNO(timer_settime(timer, 0, &times, NULL), EINVAL);
	CHECK_OK(timer_delete(timer));
	event = (struct sigevent){ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
	CHECK_ERRNO(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
	CHECK_ERRNO(timer_create(77, NULL, &timer), EINVAL);
	CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, NULL), EFAULT);
	CHECK_ERRNO(syscall(SYS_timer_settime, 12345, 0, &now, NULL), EINVAL);
	CHECK_OK(timer_create(CLOCK_MONOTONIC, NULL, &timer)); /* left to the end of the process */
	set(timer, 0, 100ul * NS_PER_S, 1);
}

int main(void)
{
	check_itimer();
	check_signal(CLOCK_MONOTONIC);
	check_signal(CLOCK_REALTIME);
	check_overrun();
	check_thread();
	check_refused();
	return check_done();
}
