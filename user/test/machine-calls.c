/* machine-calls.c - riscv_hwprobe tells what the harts can do; riscv_flush_icache makes new instructions known to all
 * of them.
 *
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NR_HWPROBE = 258, NR_FLUSH = 259, ROUNDS = 60 };

struct pair {
	s64 key;
	u64 value;
};

static void check_hwprobe(void)
{
	struct pair pairs[] = { { 3, 7 }, { 4, 7 }, { 12345, 7 }, { 7, 0 }, { 8, 0 }, { -3, 5 }, { 5, 1 } };
	cpu_set_t cpus;

	CHECK_EQ(syscall(NR_HWPROBE, pairs, 7, 0, NULL, 0), 0);
	CHECK(pairs[0].key == 3 && pairs[0].value == 1);	      /* IMA */
	CHECK(pairs[1].key == 4 && pairs[1].value == 3);	      /* F, D and C; no V */
	CHECK(pairs[2].key == -1 && pairs[2].value == 0);	      /* unknown */
	CHECK(pairs[3].key == 7 && pairs[3].value >= (u64)&pairs);    /* the highest address */
	CHECK(pairs[4].key == 8 && 1000000000 % pairs[4].value == 0); /* of the time counter */
	CHECK(pairs[5].key == -1 && pairs[5].value == 0);
	CHECK(pairs[6].key == 5 && pairs[6].value == 0);
	CHECK_EQ(syscall(NR_HWPROBE, pairs, 0, 0, NULL, 0), 0);
	CPU_ZERO(&cpus);
	CHECK_ERRNO(syscall(NR_HWPROBE, pairs, 1, sizeof(cpus), &cpus, 0), EINVAL);
	CPU_SET(0, &cpus);
	CHECK_EQ(syscall(NR_HWPROBE, pairs, 1, sizeof(cpus), &cpus, 0), 0);
	CHECK_ERRNO(syscall(NR_HWPROBE, pairs, 1, 0, &cpus, 0), EINVAL);
	CHECK_ERRNO(syscall(NR_HWPROBE, pairs, 1, 0, NULL, 2), EINVAL);
	CHECK_ERRNO(syscall(NR_HWPROBE, 16, 1, 0, NULL, 0), EFAULT);
}

static u32 *code;
static u32 wanted, answered; /* atomic */

static void *runner(void *unused)
{
	(void)unused;
	for (u32 round = 1; round <= ROUNDS; round++) {
		while (load_acquire(&wanted) != round)
			sched_yield();
		CHECK_EQ(((u32(*)(void))code)(), round);
		store_release(&answered, round);
	}
	return NULL;
}

/* li a0, ROUND; ret: written by one thread, run by another. */
static void check_flush(void)
{
	pthread_t thread;

	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(code != MAP_FAILED);
	REQUIRE_EQ(pthread_create(&thread, NULL, runner, NULL), 0);
	for (u32 round = 1; round <= ROUNDS; round++) {
		code[0] = round << 20 | 0x513;
		code[1] = 0x8067;
		CHECK_EQ(syscall(NR_FLUSH, code, code + 2, 0), 0);
		store_release(&wanted, round);
		while (load_acquire(&answered) != round)
			sched_yield();
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(syscall(NR_FLUSH, 0, 0, 1), 0);
	CHECK_ERRNO(syscall(NR_FLUSH, 0, 0, 2), EINVAL);
	CHECK_OK(munmap(code, 4096));
}

int main(void)
{
	check_hwprobe();
	check_flush();
	return check_done();
}
