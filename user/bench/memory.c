/* memory.c - page faults and mappings. */
#define _GNU_SOURCE
#include "user/bench/bench.h"

#include <sys/mman.h>

enum { PAGE = 4096 };

static char *map(long pages)
{
	char *memory = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(memory == MAP_FAILED ? -1 : 0);
	return memory;
}

/* One page of a mapping that is there. */
static void bench_touch(void)
{
	struct bench b = BENCH("pagefault_touch", 1024);

	while (bench_sample(&b)) {
		volatile char *memory = map(b.count);

		bench_start(&b);
		for (long i = 0; i < b.count; i++)
			memory[i * PAGE] = 1;
		bench_stop(&b);
		munmap((char *)memory, (size_t)b.count * PAGE);
	}
}

static void bench_map(void)
{
	struct bench b = BENCH("mmap_touch_munmap_1page", 3000);

	while (bench_sample(&b)) {
		for (long i = 0; i < b.count; i++) {
			volatile char *memory = map(1);

			*memory = 1;
			munmap((char *)memory, PAGE);
		}
	}
}

int main(void)
{
	bench_touch();
	bench_map();
	return 0;
}
