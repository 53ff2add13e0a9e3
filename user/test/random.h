/* random.h - reproducible random numbers: the seed comes from the environment (CHIME_SEED) and is printed. */
#pragma once

#include "lib/types.h"

#include <stdio.h>
#include <stdlib.h>

static u64 random_state;

/* Take the seed, or a fixed one, and tell it. */
static inline void random_init(void)
{
	const char *seed = getenv("CHIME_SEED");

	random_state = seed ? strtoull(seed, NULL, 0) : 20250711;
	printf("seed %llu\n", (unsigned long long)random_state);
	fflush(stdout);
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline u64 random_next(void)
{
	u64 z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* 0 <= result < LIMIT. */
static inline u64 random_below(u64 limit)
{
	return random_next() % limit;
}
