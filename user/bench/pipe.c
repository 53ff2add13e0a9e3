/* pipe.c - a byte through a pipe: to oneself, and to and fro between two processes and two threads. */
#define _GNU_SOURCE
#include "user/bench/bench.h"

#include <pthread.h>
#include <sys/wait.h>

static int there[2], back[2];

static void pass(int fd, char byte)
{
	NEED(write(fd, &byte, 1));
}

static char await(int fd)
{
	char byte = 0;

	NEED(read(fd, &byte, 1));
	return byte;
}

static void bench_self(void)
{
	struct bench b = BENCH("pipe_self_wr_rd", 10000);

	while (bench_sample(&b)) {
		for (long i = 0; i < b.count; i++) {
			pass(there[1], 'x');
			await(there[0]);
		}
	}
}

/* Answer each byte, until one says that it was the last. */
static void *answer(void *argument)
{
	char byte;

	while ((byte = await(there[0])) != 'q')
		pass(back[1], byte);
	return argument;
}

static void bench_pingpong(const char *name)
{
	struct bench b = BENCH(name, 5000);

	while (bench_sample(&b)) {
		for (long i = 0; i < b.count; i++) {
			pass(there[1], 'x');
			await(back[0]);
		}
	}
	pass(there[1], 'q');
}

static void bench_process(void)
{
	pid_t partner = fork();

	NEED(partner);
	if (!partner) {
		answer(NULL);
		_exit(0);
	}
	bench_pingpong("pipe_pingpong_proc");
	waitpid(partner, NULL, 0);
}

static void bench_thread(void)
{
	pthread_t partner;

	NEED(-pthread_create(&partner, NULL, answer, NULL));
	bench_pingpong("pipe_pingpong_thread");
	pthread_join(partner, NULL);
}

/* 64 KiB at a time, which is what the pipe holds: each as much as the other. */
static void bench_bulk(void)
{
	static char bytes[64 << 10];
	struct bench b = BENCH("pipe_self_64k", 50);

	while (bench_sample(&b)) {
		for (long i = 0; i < b.count; i++) {
			NEED(write(there[1], bytes, sizeof(bytes)));
			NEED(read(there[0], bytes, sizeof(bytes)));
		}
	}
}

int main(void)
{
	NEED(pipe(there));
	NEED(pipe(back));
	bench_self();
	bench_process();
	bench_thread();
	bench_bulk();
	return 0;
}
