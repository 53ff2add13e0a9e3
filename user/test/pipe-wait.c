/* pipe-wait.c - pipes between processes and threads: waiting at either end, the end that closes meanwhile, writes that
 * stay in one piece, large data, SIGPIPE.
 *
 * machines: all crowd
 * oracle: user
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child(void)
{
	pid_t pid = fork();

	REQUIRE_OK(pid);
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

/* A reader waits until bytes come, and until the last writer is gone. */
static void check_reader(void)
{
	char text[16] = "";
	int p[2];
	pid_t pid;

	REQUIRE_OK(pipe(p));
	pid = child();
	if (!pid) {
		close(p[0]);
		sleep_ms(5);
		REQUIRE_EQ(write(p[1], "late", 4), 4);
		sleep_ms(5);
		_exit(checks_failed != 0);
	}
	close(p[1]);
	CHECK_EQ(read(p[0], text, sizeof(text)), 4);
	CHECK_EQ(read(p[0], text, sizeof(text)), 0);
	CHECK_EQ(status_of(pid), 0);
	close(p[0]);
}

/* Much more than fits, into memory that is not there yet. */
static void check_large(void)
{
	enum { BYTES = 1 << 20 };
	u32 *data = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t done = 0;
	int p[2];
	pid_t pid;
	ssize_t n;

	REQUIRE(data != MAP_FAILED);
	REQUIRE_OK(pipe(p));
	pid = child();
	if (!pid) {
		close(p[0]);
		for (u32 i = 0; i < BYTES / 4; i++)
			data[i] = i * 2654435761u;
		_exit(write(p[1], data, BYTES) != BYTES);
	}
	close(p[1]);
	while ((n = read(p[0], (char *)data + done, BYTES - done)) > 0)
		done += (size_t)n;
	CHECK_EQ(done, BYTES);
	for (u32 i = 0; i < BYTES / 4; i++)
		if (data[i] != i * 2654435761u) {
			CHECK_EQ(i, -1);
			break;
		}
	CHECK_EQ(status_of(pid), 0);
	close(p[0]);
	munmap(data, BYTES);
}

static int shared[2];

enum { WRITERS = 4, PIECES = 40, PIECE = 3000 };

static void *write_pieces(void *number)
{
	char piece[PIECE];

	memset(piece, 'a' + (int)(intptr_t)number, sizeof(piece));
	for (int i = 0; i < PIECES; i++)
		REQUIRE_EQ(write(shared[1], piece, sizeof(piece)), sizeof(piece));
	return NULL;
}

/* Writes of up to 4096 bytes never mix, although the pipe is full most of the time. */
static void check_atomic(void)
{
	pthread_t writers[WRITERS];
	int count[WRITERS] = { 0 };
	char piece[PIECE];

	REQUIRE_OK(pipe(shared));
	CHECK_OK(fcntl(shared[0], F_SETPIPE_SZ, 8192));
	for (intptr_t i = 0; i < WRITERS; i++)
		REQUIRE(!pthread_create(&writers[i], NULL, write_pieces, (void *)i));
	for (int i = 0; i < WRITERS * PIECES; i++) {
		for (size_t at = 0; at < PIECE;)
			at += (size_t)REQUIRE_OK(read(shared[0], piece + at, PIECE - at));
		for (size_t k = 1; k < PIECE; k++)
			if (piece[k] != piece[0]) {
				CHECK_EQ(piece[k], piece[0]);
				break;
			}
		count[(piece[0] - 'a') & 3]++;
	}
	for (int i = 0; i < WRITERS; i++) {
		CHECK_EQ(pthread_join(writers[i], NULL), 0);
		CHECK_EQ(count[i], PIECES);
	}
	close(shared[0]);
	close(shared[1]);
}

static u32 readers_done;

static void *read_one(void *unused)
{
	char byte;

	CHECK_EQ(read(shared[0], &byte, 1), 1);
	atomic_add(&readers_done, 1);
	return unused;
}

/* One write with bytes for three readers: none of them is forgotten. */
static void check_readers(void)
{
	pthread_t readers[3];

	REQUIRE_OK(pipe(shared));
	for (int i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&readers[i], NULL, read_one, NULL));
	sleep_ms(3);
	CHECK_EQ(load_acquire(&readers_done), 0);
	REQUIRE_EQ(write(shared[1], "abc", 3), 3);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_join(readers[i], NULL), 0);
	close(shared[0]);
	close(shared[1]);
}

/* Who does not care about SIGPIPE dies of it. */
static void check_sigpipe(void)
{
	int p[2];
	pid_t pid;

	REQUIRE_OK(pipe(p));
	close(p[0]);
	pid = child();
	if (!pid) {
		ssize_t n = write(p[1], "x", 1);

		_exit((int)n & 1);
	}
	CHECK_EQ(status_of(pid), SIGPIPE);
	close(p[1]);
}

/* Killed while it waits, at either end. */
static void check_killed(void)
{
	int p[2];
	pid_t pid;

	REQUIRE_OK(pipe(p));
	for (int end = 0; end < 2; end++) {
		pid = child();
		if (!pid) {
			static char bytes[100000];

			if (end)
				(void)!write(p[1], bytes, sizeof(bytes));
			else
				(void)!read(p[0], bytes, 1);
			_exit(0);
		}
		sleep_ms(5);
		CHECK_OK(kill(pid, SIGKILL));
		CHECK_EQ(status_of(pid), SIGKILL);
	}
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	check_reader();
	check_large();
	check_atomic();
	check_readers();
	check_sigpipe();
	check_killed();
	return check_done();
}
