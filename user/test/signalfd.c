/* signalfd.c - signals as a file: what a read tells of each kind, in which order, of whom; readers and pollers that
 * wait; a mask that changes; a fork child sees its own; rings read and poll it.
 *
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "user/test/asleep.h"
#include "user/test/byte.h"
#include "user/test/ring.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fd; /* SIGUSR1, SIGUSR2, SIGCHLD, SIGRTMIN.. +2; they are blocked */
static sigset_t signals;

static struct signalfd_siginfo take(int from)
{
	struct signalfd_siginfo info = { 0 };

	CHECK_EQ(read(from, &info, sizeof(info)), sizeof(info));
	return info;
}

static bool is_ready(int from)
{
	struct pollfd entry = { .fd = from, .events = POLLIN | POLLOUT };
	int ready = (int)CHECK_OK(poll(&entry, 1, 0));

	CHECK_EQ(entry.revents, ready ? POLLIN : 0);
	return ready;
}

static void queue(int signal, int value)
{
	union sigval v = { .sival_int = value };

	REQUIRE_OK(sigqueue(getpid(), signal, v));
}

static void check_kinds(void)
{
	struct signalfd_siginfo info;
	struct itimerspec once = { .it_value = { 0, 1000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 99 };
	timer_t timer;
	pid_t child;

	CHECK(!is_ready(fd));
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK(is_ready(fd));
	info = take(fd);
	CHECK_EQ(info.ssi_signo, SIGUSR1);
	CHECK_EQ(info.ssi_code, SI_USER);
	CHECK_EQ(info.ssi_pid, getpid());
	CHECK_EQ(info.ssi_uid, getuid());
	CHECK_EQ(info.ssi_errno, 0);
	CHECK(!is_ready(fd));
	queue(SIGRTMIN, -5);
	info = take(fd);
	CHECK_EQ(info.ssi_signo, SIGRTMIN);
	CHECK_EQ(info.ssi_code, SI_QUEUE);
	CHECK_EQ(info.ssi_pid, getpid());
	CHECK_EQ(info.ssi_int, -5);
	CHECK_OK(pthread_kill(pthread_self(), SIGUSR1));
	info = take(fd);
	CHECK_EQ(info.ssi_code, SI_TKILL);
	CHECK_EQ(info.ssi_pid, getpid());
	REQUIRE_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK_OK(timer_settime(timer, 0, &once, NULL));
	info = take(fd);
	CHECK_EQ(info.ssi_signo, SIGUSR2);
	CHECK_EQ(info.ssi_code, SI_TIMER);
	CHECK_EQ(info.ssi_int, 99);
	CHECK_OK(timer_delete(timer));
	child = (pid_t)REQUIRE_OK(fork());
	if (!child)
		_exit(42);
	info = take(fd);
	CHECK_EQ(info.ssi_signo, SIGCHLD);
	CHECK_EQ(info.ssi_code, CLD_EXITED);
	CHECK_EQ(info.ssi_pid, child);
	CHECK_EQ(info.ssi_status, 42);
	CHECK_EQ(waitpid(child, NULL, 0), child);
	CHECK(!is_ready(fd));
}

/* Standard signals before real-time ones, the lowest first; those in the order in which they came. Those to the thread
 * before those to the process. */
static void check_several(void)
{
	struct signalfd_siginfo infos[8] = { { 0 } };

	queue(SIGRTMIN + 1, 1);
	queue(SIGRTMIN, 2);
	queue(SIGRTMIN + 1, 3);
	CHECK_OK(kill(getpid(), SIGUSR2));
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_OK(kill(getpid(), SIGUSR1)); /* is pending already */
	CHECK_EQ(read(fd, infos, sizeof(infos[0]) * 2 + 50), sizeof(infos[0]) * 2);
	CHECK_EQ(infos[0].ssi_signo, SIGUSR1);
	CHECK_EQ(infos[1].ssi_signo, SIGUSR2);
	CHECK_OK(pthread_kill(pthread_self(), SIGRTMIN + 2));
	CHECK_EQ(read(fd, infos, sizeof(infos)), sizeof(infos[0]) * 4);
	CHECK_EQ(infos[0].ssi_signo, SIGRTMIN + 2);
	CHECK_EQ(infos[1].ssi_int, 2);
	CHECK_EQ(infos[2].ssi_int, 1);
	CHECK_EQ(infos[3].ssi_int, 3);
}

static void check_arguments(void)
{
	int other = (int)REQUIRE_OK(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC)), event;
	char room[200], *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec pieces[] = { { room, 5 }, { room + 20, 120 }, { room + 150, 50 } };
	struct signalfd_siginfo info;
	sigset_t some;

	CHECK_EQ(fcntl(other, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(other, F_GETFL) & ~0100000, O_RDWR | O_NONBLOCK);
	CHECK_ERRNO(read(other, &info, sizeof(info)), EAGAIN);
	CHECK_ERRNO(read(other, &info, sizeof(info) - 1), EINVAL);
	CHECK_ERRNO(write(other, &info, sizeof(info)), EINVAL);
	CHECK_ERRNO(pread(other, &info, sizeof(info), 0), ESPIPE);
	CHECK_ERRNO(syscall(SYS_signalfd4, -1, &signals, 8, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_signalfd4, -1, &signals, 16, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_signalfd4, -1, (void *)16, 8, 0), EFAULT);
	CHECK_ERRNO(signalfd(1000, &signals, 0), EBADF);
	event = (int)REQUIRE_OK(eventfd(0, 0));
	CHECK_ERRNO(signalfd(event, &signals, 0), EINVAL);
	close(event);
	/* another mask: what is pending stays so */
	sigemptyset(&some);
	sigaddset(&some, SIGUSR2);
	CHECK_EQ(signalfd(other, &some, 0), other);
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK(!is_ready(other));
	CHECK_ERRNO(read(other, &info, sizeof(info)), EAGAIN);
	CHECK_EQ(signalfd(other, &signals, 0), other);
	CHECK(is_ready(other));
	/* in pieces, over the border of a page, and to where nothing is: the signal is gone then */
	CHECK_EQ(readv(other, pieces, 3), sizeof(info));
	memcpy(&info, room, 5);
	memcpy((char *)&info + 5, room + 20, 120);
	memcpy((char *)&info + 125, room + 150, 3);
	CHECK_EQ(info.ssi_signo, SIGUSR1);
	CHECK_EQ(info.ssi_pid, getpid());
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(read(other, page + 4096 - 10, sizeof(info)), sizeof(info));
	memcpy(&info, page + 4096 - 10, sizeof(info));
	CHECK_EQ(info.ssi_signo, SIGUSR1);
	CHECK_EQ(info.ssi_pid, getpid());
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_ERRNO(syscall(SYS_read, other, 16, sizeof(info)), EFAULT);
	CHECK(!is_ready(other));
	CHECK_OK(munmap(page, 8192));
	CHECK_OK(close(other));
	CHECK(is_ready(fd) == false);
}

/* --- waiting --- */

static u32 taken; /* atomic */

static void *reader(void *argument)
{
	struct signalfd_siginfo info = take((int)(long)argument);

	atomic_add_relaxed(&taken, 1);
	return (void *)(long)info.ssi_int;
}

/* Each signal wakes one reader for good; a signal to a thread is its own. */
static void check_readers(void)
{
	pthread_t threads[3];
	void *value;
	long sum = 0;

	for (int i = 0; i < 3; i++)
		REQUIRE_EQ(pthread_create(&threads[i], NULL, reader, (void *)(long)fd), 0);
	sleep_ms(20);
	for (int i = 0; i < 3; i++) {
		queue(SIGRTMIN, 1 << i);
		while (load_relaxed(&taken) != (u32)i + 1)
			sleep_ms(1);
	}
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(pthread_join(threads[i], &value), 0);
		sum += (long)value;
	}
	CHECK_EQ(sum, 7);
	REQUIRE_EQ(pthread_create(&threads[0], NULL, reader, (void *)(long)fd), 0);
	sleep_ms(20);
	CHECK_EQ(pthread_kill(pthread_self(), SIGUSR1), 0); /* ours, not the reader's */
	sleep_ms(20);
	CHECK_EQ(load_relaxed(&taken), 3);
	CHECK_EQ(take(fd).ssi_signo, SIGUSR1);
	CHECK_EQ(pthread_kill(threads[0], SIGUSR1), 0);
	CHECK_EQ(pthread_join(threads[0], NULL), 0);
	CHECK_EQ(load_relaxed(&taken), 4);
	CHECK(!is_ready(fd));
}

static void *sender(void *argument)
{
	sleep_ms(20);
	if (argument)
		CHECK_OK(kill(getpid(), SIGHUP)); /* not in the set: it wakes nobody here */
	CHECK_OK(kill(getpid(), SIGUSR2));
	return NULL;
}

static void check_poll(void)
{
	struct pollfd entries[] = { { .fd = fd, .events = POLLIN }, { .fd = fd, .events = POLLOUT } };
	struct signalfd_siginfo info;
	pthread_t thread;
	sigset_t none, hup;
	int other;

	REQUIRE_EQ(pthread_create(&thread, NULL, sender, &fd), 0);
	CHECK_EQ(poll(entries, 2, 10000), 1);
	CHECK_EQ(entries[0].revents, POLLIN);
	CHECK_EQ(entries[1].revents, 0);
	CHECK_EQ(take(fd).ssi_signo, SIGUSR2);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(poll(entries, 1, 0), 0);
	/* the reader finds it when the mask grows */
	sigemptyset(&none);
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	other = (int)REQUIRE_OK(signalfd(-1, &none, 0));
	store_relaxed(&taken, 0);
	REQUIRE_EQ(pthread_create(&thread, NULL, reader, (void *)(long)other), 0);
	sleep_ms(20);
	CHECK_EQ(load_relaxed(&taken), 0);
	CHECK_EQ(signalfd(other, &hup, 0), other);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(load_relaxed(&taken), 1);
	CHECK_OK(fcntl(other, F_SETFL, O_NONBLOCK));
	CHECK_ERRNO(read(other, &info, sizeof(info)), EAGAIN);
	close(other);
}

/* A handler of another signal interrupts a reader, which goes on or not. */
static void on_alarm(int signal)
{
	(void)signal;
	atomic_add_relaxed(&taken, 1);
}

static void *interrupter(void *argument)
{
	u32 before = load_relaxed(&taken);

	wait_until_asleep(getpid(), getpid());
	CHECK_EQ(pthread_kill(*(pthread_t *)argument, SIGALRM), 0);
	while (load_relaxed(&taken) == before)
		sleep_ms(1);
	wait_until_asleep(getpid(), getpid());
	CHECK_EQ(pthread_kill(*(pthread_t *)argument, SIGUSR1), 0);
	return NULL;
}

static void check_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	pthread_t self = pthread_self(), thread;
	struct signalfd_siginfo info;

	CHECK_OK(sigaction(SIGALRM, &action, NULL));
	REQUIRE_EQ(pthread_create(&thread, NULL, interrupter, &self), 0);
	CHECK_ERRNO(read(fd, &info, sizeof(info)), EINTR);
	CHECK_EQ(take(fd).ssi_signo, SIGUSR1);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	action.sa_flags = SA_RESTART;
	CHECK_OK(sigaction(SIGALRM, &action, NULL));
	REQUIRE_EQ(pthread_create(&thread, NULL, interrupter, &self), 0);
	CHECK_EQ(take(fd).ssi_signo, SIGUSR1);
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

/* The same file in a child is about the child's signals. */
static void check_fork(void)
{
	int ready[2], status;
	char byte;
	pid_t child;

	REQUIRE_OK(pipe(ready));
	CHECK_OK(kill(getpid(), SIGUSR2));
	child = (pid_t)REQUIRE_OK(fork());
	if (!child) {
		CHECK(!is_ready(fd));
		CHECK(byte_send(ready[1], 'x'));
		CHECK_EQ(take(fd).ssi_signo, SIGUSR1);
		CHECK(!is_ready(fd));
		_exit(check_done());
	}
	CHECK(byte_receive(ready[0], &byte));
	CHECK_OK(kill(child, SIGUSR1));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_EQ(take(fd).ssi_signo, SIGUSR2);
	CHECK_EQ(take(fd).ssi_signo, SIGCHLD);
	CHECK(!is_ready(fd));
	close(ready[0]);
	close(ready[1]);
}

static void check_ring(void)
{
	struct signalfd_siginfo info = { 0 };
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int one;

	ring_make(&ring, 8);
	CHECK_OK(kill(getpid(), SIGUSR1));
	sqe = ring_sqe(&ring);
	io_uring_prep_read(sqe, fd, &info, sizeof(info), 0);
	CHECK_EQ(ring_run(&ring, sqe), sizeof(info));
	CHECK_EQ(info.ssi_signo, SIGUSR1);
	sqe = ring_sqe(&ring);
	io_uring_prep_poll_add(sqe, fd, POLLIN);
	sqe->user_data = 1;
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK(ring_quiet(&ring));
	CHECK_OK(kill(getpid(), SIGUSR2));
	CHECK_EQ(ring_reap(&ring).res, POLLIN);
	CHECK_EQ(take(fd).ssi_signo, SIGUSR2);
	/* a read that waits */
	one = (int)REQUIRE_OK(dup(fd));
	sqe = ring_sqe(&ring);
	io_uring_prep_read(sqe, one, &info, sizeof(info), 0);
	sqe->user_data = 2;
	REQUIRE_EQ(io_uring_submit(&ring), 1);
	CHECK(ring_quiet(&ring));
	close(one);
	queue(SIGRTMIN + 1, 77);
	CHECK_EQ(ring_reap(&ring).res, sizeof(info));
	CHECK_EQ(info.ssi_int, 77);
	CHECK(!is_ready(fd));
	io_uring_queue_exit(&ring);
}

int main(void)
{
	sigemptyset(&signals);
	for (int i = 0; i < 3; i++)
		sigaddset(&signals, SIGRTMIN + i);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	CHECK_OK(sigprocmask(SIG_BLOCK, &signals, NULL));
	sigdelset(&signals, SIGHUP);
	fd = (int)REQUIRE_OK(signalfd(-1, &signals, 0));
	check_kinds();
	check_several();
	check_arguments();
	check_readers();
	check_poll();
	check_interrupted();
	check_fork();
	check_ring();
	close(fd);
	return check_done();
}
