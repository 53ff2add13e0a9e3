/* call.c - system calls that do little: what the door itself costs. */
#define _GNU_SOURCE
#include "user/bench/bench.h"

#include <fcntl.h>
#include <sys/eventfd.h>

/* What the loops around the others cost. */
static void bench_loop(void)
{
	struct bench b = BENCH("emptyloop", 1000000);

	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			__asm__ volatile("" ::: "memory");
}

static void bench_null(const char *name, long number)
{
	struct bench b = BENCH(name, 50000);

	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			system_call_0(number);
}

static void bench_clock(void)
{
	struct bench libc = BENCH("clock_gettime_libc", 50000), call = BENCH("clock_gettime_syscall", 50000);
	struct timespec time;

	while (bench_sample(&libc))
		for (long i = 0; i < libc.count; i++)
			clock_gettime(CLOCK_MONOTONIC, &time);
	while (bench_sample(&call))
		for (long i = 0; i < call.count; i++)
			syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
}

static void bench_devices(void)
{
	struct bench reads = BENCH("read1_devzero", 20000), writes = BENCH("write1_devnull", 20000);
	int zero = (int)NEED(open("/dev/zero", O_RDONLY)), null = (int)NEED(open("/dev/null", O_WRONLY));
	char byte = 0;

	while (bench_sample(&reads))
		for (long i = 0; i < reads.count; i++)
			NEED(read(zero, &byte, 1));
	while (bench_sample(&writes))
		for (long i = 0; i < writes.count; i++)
			NEED(write(null, &byte, 1));
	close(zero);
	close(null);
}

static void bench_open(void)
{
	struct bench b = BENCH("open_close", 5000);

	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			close((int)NEED(open("/dev/null", O_RDONLY)));
}

static void bench_eventfd(void)
{
	struct bench b = BENCH("eventfd_self_wr_rd", 20000);
	int fd = (int)NEED(eventfd(0, 0));
	u64 value = 1;

	while (bench_sample(&b)) {
		for (long i = 0; i < b.count; i++) {
			NEED(write(fd, &value, sizeof(value)));
			NEED(read(fd, &value, sizeof(value)));
		}
	}
	close(fd);
}

int main(void)
{
	bench_loop();
	bench_null("getppid", SYS_getppid);
	bench_null("getpid", SYS_getpid);
	bench_clock();
	bench_devices();
	bench_open();
	bench_eventfd();
	return 0;
}
