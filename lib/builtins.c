/* builtins.c - what the compiler calls for bit counting on a CPU without the Zbb extension. */
#include "lib/types.h"

int __ctzdi2(u64 value);
int __clzdi2(u64 value);

/* Number of zero bits below the lowest one. A de Bruijn sequence: each shift of it starts with another six bits. */
int __ctzdi2(u64 value)
{
	static const u8 position[64] = {
		0,  1,	2,  53, 3,  7,	54, 27, 4,  38, 41, 8,	34, 55, 48, 28, 62, 5,	39, 46, 44, 42,
		22, 9,	24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
		23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
	};

	return position[((value & -value) * 0x022fdd63cc95386dul) >> 58];
}

/* Number of zero bits above the highest one. */
int __clzdi2(u64 value)
{
	int zeroes = 0;

	for (int step = 32; step; step /= 2)
		if (!(value >> (64 - step))) {
			zeroes += step;
			value <<= step;
		}
	return zeroes;
}
