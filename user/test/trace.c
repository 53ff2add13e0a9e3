/* trace.c - the trace of a known sequence has the known order: a read that waits, the write that wakes it, a NOP in a
 * ring; and what /proc/trace and /dev/trace refuse.
 *
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/trace.h"
#include "user/lib/uring.h"
#include "user/test/byte.h"
#include "user/test/check.h"
#include "user/test/proc-text.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

enum { NOP_DATA = 0x5eed, READ_NUMBER = 63, WRITE_NUMBER = 64, ECALL = 8 };

static struct trace_record *records;
static long count;
static int ends[2];

static void *reader(void *unused)
{
	char byte;

	CHECK(byte_receive(ends[0], &byte));
	return unused;
}

/* Does the reader wait for the pipe? A thread may also sleep for something else, on its way there. */
static bool reader_waits(void)
{
	static char text[64 << 10];
	char *head = NULL, *chain;
	int fd = (int)REQUIRE_OK(open("/proc/tasks", O_RDONLY));
	ssize_t got = REQUIRE_OK(read(fd, text, sizeof(text) - 1));

	close(fd);
	text[got] = 0;
	chain = strstr(text, "pipe_read ");
	for (char *at = text; chain && (at = strstr(at, "trace  ")) && at < chain; at++)
		head = at;
	return head && !strncmp(head, "trace  waiting ", 15);
}

static void wait_and_wake(void)
{
	pthread_t thread;

	REQUIRE_OK(pipe(ends));
	REQUIRE_EQ(pthread_create(&thread, NULL, reader, NULL), 0);
	while (!reader_waits())
		sched_yield();
	REQUIRE(byte_send(ends[1], 'x'));
	REQUIRE_EQ(pthread_join(thread, NULL), 0);
	close(ends[0]);
	close(ends[1]);
}

static void nop(void)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;

	REQUIRE_EQ(io_uring_queue_init(4, &ring, 0), 0);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data64(sqe, NOP_DATA);
	REQUIRE_EQ(io_uring_submit_and_wait(&ring, 1), 1);
	REQUIRE_EQ(io_uring_wait_cqe(&ring, &cqe), 0);
	io_uring_cqe_seen(&ring, cqe);
	io_uring_queue_exit(&ring);
}

static bool is_ours(const struct trace_record *r)
{
	return !strcmp(r->name, "trace");
}

/* The first record of ours from AT on of that kind and argument (~0: any) and task (0: any); the test ends if there is
 * none. */
static long find(long at, u32 kind, u64 argument, u32 task)
{
	for (; at < count; at++)
		if (records[at].kind == kind && is_ours(&records[at]) &&
		    (argument == ~0ul || records[at].argument == argument) && (!task || records[at].task == task))
			return at;
	fprintf(stderr, "no record of kind %u, argument %lx, task %x\n", kind, (unsigned long)argument, task);
	exit(CHECK_FAILED);
}

static void check_wake(void)
{
	long blocked, written, woken, at = 0;
	u32 task;

	/* the last call of read before somebody is woken by a write to a pipe: start at the write and look back */
	written = find(0, TRACE_CALL, WRITE_NUMBER, 0);
	while (strcmp(records[written].text, "write"))
		written = find(written + 1, TRACE_CALL, WRITE_NUMBER, 0);
	woken = find(written, TRACE_WAKE, ~0ul, 0);
	task = records[woken].task;
	CHECK(task != records[written].task);
	blocked = find(0, TRACE_SUSPEND, ~0ul, task);
	while (blocked < written && (at = find(blocked + 1, TRACE_SUSPEND, ~0ul, task)) < written)
		blocked = at;
	CHECK(blocked < written);
	/* it goes on where it stopped */
	at = find(woken, TRACE_RUN, ~0ul, task);
	CHECK_EQ(records[blocked].line, records[at].line);
	CHECK_EQ(records[woken].line, records[at].line);
	CHECK(strstr(records[blocked].file, "pipe.c"));
	CHECK(!strcmp(records[blocked].file, records[at].file));
	CHECK(records[blocked].text[0]);
	at = find(at, TRACE_USER, ~0ul, task);
	find(at, TRACE_TRAP, ECALL, task);
}

static void check_nop(void)
{
	long taken = find(0, TRACE_SQE, NOP_DATA, 0), posted = find(0, TRACE_CQE, NOP_DATA, 0), back;

	CHECK(taken < posted);
	CHECK(!strcmp(records[taken].text, "nop"));
	back = find(posted, TRACE_USER, ~0ul, records[posted].task);
	CHECK(back > posted);
	find(back, TRACE_CALL, ~0ul, records[posted].task);
}

/* Each hart's in order, and no user mode within user mode. */
static void check_harts(void)
{
	const struct trace_record *last[8] = { NULL }, *r;

	for (long i = 0; i < count; i++) {
		r = &records[i];
		REQUIRE(r->hart < 8 && r->kind > TRACE_NOTHING && r->kind < TRACE_KINDS);
		if (last[r->hart]) {
			CHECK(r->time >= last[r->hart]->time && r->instructions > last[r->hart]->instructions);
			if (last[r->hart]->kind == TRACE_USER)
				CHECK(r->kind == TRACE_TRAP || r->kind == TRACE_CALL);
		}
		last[r->hart] = r;
	}
}

static void check_refusals(void)
{
	int fd = (int)REQUIRE_OK(open("/dev/trace", O_RDONLY)), text = (int)REQUIRE_OK(open("/proc/trace", O_RDWR));
	struct trace_record record;
	char first[4];

	CHECK_ERRNO(write(text, "maybe", 5), EINVAL);
	CHECK_ERRNO(write(fd, "on", 2), EBADF);
	CHECK_ERRNO(read(fd, &record, sizeof(record) - 1), EINVAL);
	CHECK_EQ(read(fd, &record, sizeof(record)), sizeof(record));
	CHECK_ERRNO(pread(fd, &record, sizeof(record), 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_pread64, fd, 16, sizeof(record), 0), EFAULT);
	CHECK_EQ(pread(fd, &record, sizeof(record), (off_t)sizeof(record) << 30), 0);
	CHECK_EQ(read(text, first, 4), 4);
	CHECK(!memcmp(first, "off\n", 4));
	CHECK_EQ(trace_on(), 0);
	CHECK_ERRNO(read(fd, &record, sizeof(record)), EBUSY);
	CHECK_EQ(trace_off(), 0);
	close(fd);
	close(text);
}

/* More than there is room for: what is left is the end of it. */
static void check_oldest_go(void)
{
	u64 last = 0;

	REQUIRE_EQ(trace_on(), 0);
	for (int i = 0; i < 9000; i++)
		syscall(SYS_getppid);
	syscall(SYS_getpgid, 0);
	REQUIRE_EQ(trace_off(), 0);
	count = trace_read(&records);
	REQUIRE(count > 1000);
	for (long i = 0; i < count; i++)
		if (is_ours(&records[i]) && records[i].kind == TRACE_CALL)
			last = !strcmp(records[i].text, "getpgid") ? records[i].argument : last;
	CHECK_EQ(last, SYS_getpgid);
	CHECK(count <= 8 * 4096);
	free(records);
}

int main(void)
{
	REQUIRE_EQ(trace_on(), 0);
	wait_and_wake();
	nop();
	REQUIRE_EQ(trace_off(), 0);
	count = trace_read(&records);
	REQUIRE(count > 0);
	check_harts();
	check_wake();
	check_nop();
	free(records);
	check_refusals();
	check_oldest_go();
	return check_done();
}
