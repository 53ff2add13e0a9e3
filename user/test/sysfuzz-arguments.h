/* sysfuzz-arguments.h - random arguments for system calls: numbers, addresses in an arena and outside, descriptors, and
 * well-formed structs, by the letters of sysfuzz-calls.inc. For sysfuzz.h alone.
 */
#pragma once

#include "user/test/sysfuzz-world.h"

static u64 any_number(void)
{
	static const u64 odd[] = { 0,	       1,	   2,	       3,	   8,	       64,
				   255,	       256,	   4096,       0x7fffffff, 0x80000000, 0xffffffff,
				   1ull << 32, 1ull << 62, 1ull << 63, -1ull,	   -2ull,      -4096ull };

	return random_below(4) ? odd[random_below(ARRAY_SIZE(odd))] : random_next() >> random_below(64);
}

static u64 any_pointer(void)
{
	static const u64 odd[] = { 0, 1, -1ull, -4096ull, 1ull << 62, 1ull << 63, -(1ull << 38), 1ull << 38 };
	u64 where = random_below(10);

	if (where < 3)
		return odd[random_below(ARRAY_SIZE(odd))];
	/* the first pages can be written; around page 13 the rights end, and the arena does after 15 */
	return (uintptr_t)arena + (where < 7 ? random_below(8) : 12 + random_below(4)) * PAGE +
	       (random_below(2) ? 0 : random_below(PAGE));
}

static u64 any_time(void)
{
	return random_below(3) ? (uintptr_t)&limits[random_below(ARRAY_SIZE(limits))] : (u64)-4096;
}

static u64 any_address(void)
{
	return (uintptr_t)arena + random_below(ARENA_PAGES) * PAGE + (random_below(8) ? 0 : random_below(PAGE));
}

/* Not more than is left of the arena behind ADDRESS; or an absurd length that leads over the end of all addresses. */
static u64 any_length(u64 address)
{
	static const u64 odd[] = { 0, 1, -1ull, -4096ull }; /* not 1ull << 63: Linux' madvise forgets all up to there */
	u64 left = (uintptr_t)arena + ARENA_PAGES * PAGE - address;

	return random_below(4) ? 1 + random_below(left) : odd[random_below(ARRAY_SIZE(odd))];
}

static u64 any_mmap_flags(void)
{
	static const u64 some[] = {
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		MAP_PRIVATE | MAP_FIXED,
		MAP_FIXED,
		MAP_SHARED | MAP_FIXED | MAP_ANONYMOUS,
	};

	return some[random_below(ARRAY_SIZE(some))];
}

/* A good one, or an address at which nothing is. */
static u64 good(void *first, size_t bytes, size_t count)
{
	static const u64 nowhere[] = { 0, 8, -8ull, 1ull << 63 };

	return random_below(5) ? (u64)first + random_below(count) * bytes : nowhere[random_below(ARRAY_SIZE(nowhere))];
}
#define GOOD(objects) good(objects, sizeof((objects)[0]), ARRAY_SIZE(objects))

static u64 any_process(void)
{
	return random_below(3) ? (u64)getpid() : random_below(2) ? 9999999 : -9999999ul;
}

static u64 signal_argument(char letter)
{
	static const u64 harmless[] = { 0, SIGCHLD, SIGURG, SIGWINCH, SIGCONT, 65, 1000, -1ull };

	switch (letter) {
	case 'g':
		return harmless[random_below(ARRAY_SIZE(harmless))];
	case 'z':
		return random_below(8) ? 8 : any_number();
	case 'A':
		return GOOD(actions);
	case 'S':
		return random_below(2) ? GOOD(sets) : any_pointer();
	case 'E':
		return GOOD(events);
	case 'I':
		return random_below(3) ? GOOD(intervals) : any_pointer();
	default:
		return GOOD(stacks);
	}
}

static u64 argument(char letter, u64 before)
{
	static const u64 futex_ops[] = { FUTEX_WAKE, FUTEX_WAKE_PRIVATE, FUTEX_WAKE_BITSET, FUTEX_REQUEUE, 99, -1ull };
	static const u64 clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, 12345, 1ull << 31 };

	switch (letter) {
	case 'f':
		return (u64)descriptors[random_below(ARRAY_SIZE(descriptors))];
	case 'p':
		return any_pointer();
	case 'n':
		return random_below(8) ? (uintptr_t)names[random_below(ARRAY_SIZE(names))] : any_pointer();
	case 's':
		return random_below(2) ? random_below(3 * PAGE) : any_number();
	case 'o':
		return random_below(2) ? any_number() & ~(u64)O_PATH : O_RDWR | O_CREAT;
	case 't':
		return any_time();
	case 'u':
		return futex_ops[random_below(ARRAY_SIZE(futex_ops))];
	case 'a':
		return any_address();
	case 'l':
		return any_length(before);
	case 'r':
		return random_below(16);
	case 'm':
		return any_mmap_flags();
	case 'v':
		return random_below(2) ? random_below(15) : 1000 + random_below(1000);
	case 'c':
		return clocks[random_below(ARRAY_SIZE(clocks))];
	case '0':
		return 0;
	case 'w':
		return random_below(10);
	case 'q':
		return any_process();
	case 'L':
		return random_below(3) ? 1 + random_below(PAGE) : any_number() | 1ull << 40;
	case 'M':
		return random_below(5) ? random_below(4) : any_number();
	case 'g':
	case 'z':
	case 'A':
	case 'S':
	case 'E':
	case 'I':
	case 'K':
		return signal_argument(letter);
	default:
		return any_number();
	}
}
