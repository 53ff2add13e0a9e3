/* mem-protect.c - mprotect and what real accesses of a program do: each way to die is tried in a child, whose wait
 * status must name the right signal.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/elf.h"

#include <signal.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 5, BOTH = PROT_READ | PROT_WRITE };

static const char constant[] = "constant";
static volatile char *area; /* PAGES pages, all written, in the child */

static void protect(int page, int pages, int protection)
{
	CHECK_OK(mprotect((char *)area + page * PAGE, (size_t)pages * PAGE, protection));
}

static void read_at(uintptr_t address)
{
	(void)*(volatile char *)address;
}

static void write_at(uintptr_t address)
{
	*(volatile char *)address = 1;
}

static void call_at(uintptr_t address)
{
	((void (*)(void))address)();
}

static void write_null(void)
{
	write_at(0);
}

static void read_kernel(void)
{
	read_at(-(uintptr_t)(1ull << 38)); /* the lowest address of the upper half of Sv39 */
}

static void read_top(void)
{
	read_at(-(uintptr_t)8);
}

static void read_gap(void)
{
	read_at(1ull << 62); /* no valid virtual address at all */
}

static void call_null(void)
{
	call_at(0);
}

static void call_kernel(void)
{
	call_at(-(uintptr_t)(1ull << 38));
}

static void call_data(void)
{
	memcpy((char *)area, tiny_exit, sizeof(tiny_exit));
	call_at((uintptr_t)area);
}

/* The same bytes, made executable: they call exit(42). */
static void call_code(void)
{
	memcpy((char *)area, tiny_exit, sizeof(tiny_exit));
	protect(0, 1, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)area, (char *)area + PAGE);
	call_at((uintptr_t)area);
}

static void write_code(void)
{
	write_at((uintptr_t)&write_code);
}

static void write_constant(void)
{
	write_at((uintptr_t)constant);
}

static void read_none(void)
{
	protect(1, 1, PROT_NONE);
	area[0] = area[2 * PAGE] = 1;
	read_at((uintptr_t)area + PAGE);
}

static void write_read_only(void)
{
	protect(2, 1, PROT_READ);
	CHECK_EQ(area[2 * PAGE], 3);
	area[3 * PAGE] = 1;
	write_at((uintptr_t)area + 2 * PAGE);
}

/* Take rights away piece by piece and give them all back: nothing was lost, and no fault is left over. */
static void restore(void)
{
	for (int page = 0; page < PAGES; page++)
		protect(page, 1, page % 2 ? PROT_NONE : PROT_READ);
	protect(0, PAGES, PROT_NONE);
	protect(0, PAGES, BOTH);
	for (int page = 0; page < PAGES; page++) {
		CHECK_EQ(area[page * PAGE], page + 1);
		area[page * PAGE + 1] = 9;
	}
}

static void illegal(void)
{
#if defined(__riscv)
	__asm__ volatile(".4byte 0");
#else
	__asm__ volatile("ud2");
#endif
}

static const struct way {
	const char *name;
	void (*go)(void);
	int status;
} ways[] = {
	{ "write null", write_null, KILLED(SIGSEGV) },
	{ "read kernel", read_kernel, KILLED(SIGSEGV) },
	{ "read top", read_top, KILLED(SIGSEGV) },
	{ "read gap", read_gap, KILLED(SIGSEGV) },
	{ "call null", call_null, KILLED(SIGSEGV) },
	{ "call kernel", call_kernel, KILLED(SIGSEGV) },
	{ "call data", call_data, KILLED(SIGSEGV) },
	{ "call code", call_code, EXITED(TINY_EXIT_CODE) },
	{ "write code", write_code, KILLED(SIGSEGV) },
	{ "write constant", write_constant, KILLED(SIGSEGV) },
	{ "read none", read_none, KILLED(SIGSEGV) },
	{ "write read-only", write_read_only, KILLED(SIGSEGV) },
	{ "restore", restore, EXITED(0) },
	{ "illegal", illegal, KILLED(SIGILL) },
};

static int child_main(const char *name)
{
	area = mmap(NULL, PAGES * PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	for (int page = 0; page < PAGES; page++)
		area[page * PAGE] = (char)(page + 1);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, name))
			ways[i].go();
	return check_done();
}

static void check_errors(void)
{
	char *at = mmap(NULL, 3 * PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(at != MAP_FAILED);
	CHECK_ERRNO(mprotect(at + 1, PAGE, PROT_READ), EINVAL);
	CHECK_ERRNO(mprotect(at, PAGE, 0x40), EINVAL);
	CHECK_OK(mprotect(at, 0, PROT_READ));
	CHECK_OK(munmap(at + PAGE, PAGE));
	CHECK_ERRNO(mprotect(at, 3 * PAGE, BOTH), ENOMEM);
	CHECK_OK(mprotect(at, 1, PROT_READ));
	CHECK_OK(munmap(at, 3 * PAGE));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child_main(argv[1]);
	child_self = argv[0];
	check_errors();
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (!CHECK_EQ(child_run(ways[i].name), ways[i].status))
			check_note("in the child that does: %s", ways[i].name);
	return check_done();
}
