/* mem-model.c - random mmap, munmap and mprotect over a few pages, compared step by step with a model: an array that
 * says for each page whether it can be read and written, and what stands there. Finds wrong splits and merges of
 * areas.
 *
 * Seed: environment CHIME_SEED, printed.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/probe.h"
#include "user/test/random.h"

#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 24, STEPS = 120 };

struct page_model {
	bool mapped, read, write;
	char content;
};

static struct page_model model[PAGES];
static char *area;

static void model_map(unsigned first, unsigned count, int protection)
{
	CHECK(mmap(area + first * PAGE, count * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	      area + first * PAGE);
	for (unsigned i = first; i < first + count; i++)
		model[i] = (struct page_model){ true, protection & PROT_READ, protection & PROT_WRITE, 0 };
}

static void model_unmap(unsigned first, unsigned count)
{
	CHECK_OK(munmap(area + first * PAGE, count * PAGE));
	memset(&model[first], 0, count * sizeof(model[0]));
}

/* With a hole in the range mprotect answers ENOMEM; what it changed before the hole is changed. */
static void model_protect(unsigned first, unsigned count, int protection)
{
	unsigned i = first;

	for (; i < first + count && model[i].mapped; i++) {
		model[i].read = protection & PROT_READ;
		model[i].write = protection & PROT_WRITE;
	}
	if (i == first + count)
		CHECK_OK(mprotect(area + first * PAGE, count * PAGE, protection));
	else
		CHECK_ERRNO(mprotect(area + first * PAGE, count * PAGE, protection), ENOMEM);
}

static void step(unsigned number)
{
	static const int protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	unsigned first = random_below(PAGES), count = 1 + random_below(PAGES - first);
	int protection = protections[random_below(3)];
	unsigned what = random_below(8);

	if (what < 2)
		model_map(first, count, protection);
	else if (what < 4)
		model_unmap(first, 1 + random_below(count));
	else
		model_protect(first, count, protection);
	for (unsigned i = 0; i < PAGES; i++) {
		char *at = area + i * PAGE;

		if (!CHECK_EQ(probe_readable(at), model[i].read))
			check_note("page %u after step %u", i, number);
		if (model[i].read)
			CHECK_EQ(*at, model[i].content);
		if (model[i].read && model[i].write)
			*at = model[i].content = (char)number;
	}
}

int main(void)
{
	random_init();
	probe_open();
	area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	for (unsigned i = 0; i < PAGES; i++)
		model[i].mapped = true;
	for (unsigned number = 1; number <= STEPS; number++)
		step(number);
	return check_done();
}
