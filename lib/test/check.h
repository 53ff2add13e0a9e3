/* check.h - the few lines every test program needs: checks, a table of cases, a seed.
 *
 *     TEST(finds_what_was_put_in)
 *     {
 *             CHECK(tree_find(&t, 3));
 *             CHECK_EQ(tree_count(&t), 1);
 *     }
 *
 *     static const struct test tests[] = {
 *             TEST_ROW(finds_what_was_put_in),
 *     };
 *     TEST_MAIN(tests)
 *
 * Contract: the program exits 0 when every case passed, 1 when one failed, 77 when it cannot run here. `program
 * CASE...` runs the named cases only. A failed check prints file:line and the values and ends its case. Unit tests
 * (HOST) run each case in a process of its own, so one failure does not hide the others; a single named case runs in
 * the program itself, for the debugger. Guest tests need no fork: there the first failure ends the program.
 *
 * Random tests draw from test_random(); the seed is CHIME_SEED, or else the time, and a failure prints it.
 */
#pragma once

#include "lib/types.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TEST_PASS = 0, TEST_FAIL = 1, TEST_SKIP = 77 };

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(name)     static void name(void)
#define TEST_ROW(name) ((struct test){ #name, name })

static u64 test_seed_value, test_random_state;

/* The seed of this run, the same from call to call. */
static inline u64 test_seed(void)
{
	const char *given = getenv("CHIME_SEED");

	if (!test_seed_value) {
		test_seed_value = given ? strtoull(given, NULL, 0) : (u64)time(NULL) * 1000003 + (u64)getpid();
		test_seed_value += !test_seed_value;
	}
	return test_seed_value;
}

/* The next number of a reproducible sequence (xorshift64*). */
static inline u64 test_random(void)
{
	if (!test_random_state)
		test_random_state = test_seed();
	test_random_state ^= test_random_state >> 12;
	test_random_state ^= test_random_state << 25;
	test_random_state ^= test_random_state >> 27;
	return test_random_state * 0x2545f4914f6cdd1dul;
}

/* A number below LIMIT, which is not 0. */
static inline u64 test_random_below(u64 limit)
{
	return test_random() % limit;
}

static inline void test_end(int status)
{
	if (status == TEST_FAIL && test_random_state)
		printf("  seed: CHIME_SEED=%lu\n", (unsigned long)test_seed_value);
	fflush(stdout);
	exit(status);
}

__attribute__((format(printf, 3, 4), noreturn)) static inline void check_failed(const char *file, int line,
										const char *format, ...)
{
	va_list args;

	printf("%s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	test_end(TEST_FAIL);
	abort();
}

static inline void check_equal(const char *file, int line, const char *a_text, s64 a, const char *b_text, s64 b)
{
	if (a != b)
		check_failed(file, line, "%s is %ld (0x%lx), not %s = %ld (0x%lx)", a_text, (long)a, (long)a, b_text,
			     (long)b, (long)b);
}

static inline void check_text(const char *file, int line, const char *a_text, const char *a, const char *b)
{
	if (!a || strcmp(a, b))
		check_failed(file, line, "%s is \"%s\", not \"%s\"", a_text, a ? a : "(null)", b);
}

#define CHECK(condition)                                                              \
	do {                                                                          \
		if (!(condition))                                                     \
			check_failed(__FILE__, __LINE__, "not true: %s", #condition); \
	} while (0)
/* Integers and pointers, compared as 64-bit numbers. */
#define CHECK_EQ(a, b)	   check_equal(__FILE__, __LINE__, #a, (s64)(a), #b, (s64)(b))
#define CHECK_STR_EQ(a, b) check_text(__FILE__, __LINE__, #a, (a), (b))

/* This test cannot run here. */
static inline void test_skip(const char *why)
{
	printf("skipped: %s\n", why);
	test_end(TEST_SKIP);
}

#ifdef HOST
/* One case in a process of its own. */
static inline int test_run_case(const struct test *test)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		test->run();
		test_end(TEST_PASS);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return TEST_FAIL;
	if (WIFSIGNALED(status))
		printf("  killed by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : TEST_FAIL;
}
#else
static inline int test_run_case(const struct test *test)
{
	test->run();
	return TEST_PASS;
}
#endif

static inline bool test_is_wanted(const struct test *test, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], test->name))
			return true;
	return argc == 1;
}

static inline int test_main(const struct test *tests, size_t count, int argc, char **argv)
{
	int failed = 0, skipped = 0, ran = 0, status;

	test_seed();
	for (size_t i = 0; i < count; i++) {
		if (!test_is_wanted(&tests[i], argc, argv))
			continue;
		ran++;
		if (argc == 2)
			tests[i].run();
		status = argc == 2 ? TEST_PASS : test_run_case(&tests[i]);
		failed += status != TEST_PASS && status != TEST_SKIP;
		skipped += status == TEST_SKIP;
		printf("%s %s\n", status == TEST_PASS ? "ok  " : status == TEST_SKIP ? "skip" : "FAIL", tests[i].name);
	}
	if (failed || !ran)
		return TEST_FAIL;
	return skipped == ran ? TEST_SKIP : TEST_PASS;
}

#define TEST_MAIN(tests)                                                \
	int main(int argc, char **argv)                                 \
	{                                                               \
		return test_main(tests, ARRAY_SIZE(tests), argc, argv); \
	}
