/* check.h - what every test program says: CHECK and friends, and the exit code that carries the verdict.
 *
 *     int main(void)
 *     {
 *             int fd = CHECK_OK(open("/tmp/x", O_RDWR | O_CREAT, 0600));
 *             CHECK_EQ(write(fd, "abc", 3), 3);
 *             CHECK_ERRNO(write(-1, "abc", 3), EBADF);
 *             return check_done();
 *     }
 *
 * A check that fails prints file, line and values and goes on; REQUIRE ends the program, for what makes the rest
 * pointless. Exit code: 0 passed, 1 failed, 77 skipped. The verdict is the exit code alone, never the text. Threads
 * may check, too.
 */
#pragma once

#include "lib/order.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_PASSED = 0, CHECK_FAILED = 1, CHECK_SKIPPED = 77, CHECK_LINES = 30 };

static unsigned checks_made, checks_failed;

/* Counts a check; true when its failure is worth a line (the first ones are). */
static inline bool check_failed(bool good)
{
	atomic_add_relaxed(&checks_made, 1);
	return !good && atomic_add_relaxed(&checks_failed, 1) < CHECK_LINES;
}

static inline bool check_that(bool good, const char *what, const char *file, int line)
{
	if (check_failed(good))
		fprintf(stderr, "%s:%d: %s: false\n", file, line, what);
	return good;
}

static inline bool check_equal(long long a, long long b, const char *what_a, const char *what_b, const char *file,
			       int line)
{
	if (check_failed(a == b))
		fprintf(stderr, "%s:%d: %s is %lld (%#llx), not %s = %lld (%#llx)\n", file, line, what_a, a, a, what_b,
			b, b);
	return a == b;
}

static inline long check_ok(long ret, const char *what, const char *file, int line)
{
	if (check_failed(ret >= 0))
		fprintf(stderr, "%s:%d: %s answers %ld: %s\n", file, line, what, ret,
			strerror(ret == -1 ? errno : (int)-ret));
	return ret;
}

static inline bool check_errno(long ret, int err, const char *what, const char *file, int line)
{
	bool good = ret == -1 && errno == err;

	if (check_failed(good))
		fprintf(stderr, "%s:%d: %s answers %ld, %s, not %s\n", file, line, what, ret,
			ret == -1 ? strerror(errno) : "no error", strerror(err));
	return good;
}

/* One more line about the check that just failed: if (!CHECK(...)) check_note("in round %d", round); */
static inline __attribute__((format(printf, 1, 2))) void check_note(const char *format, ...)
{
	va_list args;

	if (load_relaxed(&checks_failed) > CHECK_LINES)
		return;
	va_start(args, format);
	fputs("    ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQ(a, b)	 check_equal((long long)(a), (long long)(b), #a, #b, __FILE__, __LINE__)
/* The call did not fail (-1 with errno, or a negative errno); its value. */
#define CHECK_OK(call) check_ok((long)(call), #call, __FILE__, __LINE__)
/* The call answered -1 and set errno to ERR. */
#define CHECK_ERRNO(call, err) check_errno((long)(call), (err), #call, __FILE__, __LINE__)

#define REQUIRE(condition)                  \
	do {                                \
		if (!CHECK(condition))      \
			exit(CHECK_FAILED); \
	} while (0)

#define REQUIRE_EQ(a, b)                    \
	do {                                \
		if (!CHECK_EQ(a, b))        \
			exit(CHECK_FAILED); \
	} while (0)

#define REQUIRE_OK(call)                                                            \
	({                                                                          \
		long required_ = check_ok((long)(call), #call, __FILE__, __LINE__); \
		if (required_ < 0)                                                  \
			exit(CHECK_FAILED);                                         \
		required_;                                                          \
	})

static inline int check_skip(const char *why)
{
	fprintf(stderr, "skipped: %s\n", why);
	return CHECK_SKIPPED;
}

/* The value for main to return. */
static inline int check_done(void)
{
	unsigned failures = load_relaxed(&checks_failed);

	if (failures)
		fprintf(stderr, "%u of %u checks failed\n", failures, load_relaxed(&checks_made));
	return failures ? CHECK_FAILED : CHECK_PASSED;
}
