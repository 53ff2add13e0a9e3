/* mem-harts.c - a hart that the firmware does not start: nobody waits for it. Memory that programs give back is used
 * again, and nothing is pinned to it.
 *
 * machines: smp>=2 crowd
 * boot: harts=1 memory=40M
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <sched.h>
#include <sys/mman.h>

enum { BYTES = 4 << 20, PAGE = 4096, ROUNDS = 30 }; /* three times what there is */

static void check_affinity(void)
{
	cpu_set_t harts;

	CHECK_OK(sched_getaffinity(0, sizeof(harts), &harts));
	CHECK_EQ(CPU_COUNT(&harts), 1);
	CPU_ZERO(&harts);
	CPU_SET(1, &harts);
	CHECK_ERRNO(sched_setaffinity(0, sizeof(harts), &harts), EINVAL);
}

int main(void)
{
	check_affinity();
	for (int round = 0; round < ROUNDS; round++) {
		volatile char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		REQUIRE(memory != MAP_FAILED);
		for (size_t i = 0; i < BYTES; i += PAGE)
			memory[i] = 1;
		CHECK_OK(munmap((void *)memory, BYTES));
	}
	return check_done();
}
