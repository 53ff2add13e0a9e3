/* page_ops.c - zero and copy whole pages.
 *
 * These two loops are most of what fork, exec and a read of a page cost, so they are unrolled: a zeroed page is 544
 * instructions of the loop below, a copied one 1 060.
 */
#include "kernel/mm/page.h"

enum { PAGE_WORDS = PAGE_SIZE / sizeof(u64) };

/* Pages hold objects of every type. The empty asm keeps the compiler from making a call to memset out of a loop. */
typedef u64 __attribute__((may_alias)) word;
#define KEEP_LOOP(p) __asm__("" : "+r"(p))

static inline void zero_8_words(word *to)
{
	to[0] = 0, to[1] = 0, to[2] = 0, to[3] = 0;
	to[4] = 0, to[5] = 0, to[6] = 0, to[7] = 0;
}

static inline void copy_8_words(word *to, const word *from)
{
	word a = from[0], b = from[1], c = from[2], d = from[3];
	word e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a, to[1] = b, to[2] = c, to[3] = d;
	to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

void page_zero(void *page)
{
	word *to = page, *end = to + PAGE_WORDS;

	do {
		zero_8_words(to);
		zero_8_words(to + 8);
		zero_8_words(to + 16);
		zero_8_words(to + 24);
		to += 32;
		KEEP_LOOP(to);
	} while (to != end);
}

void page_copy(void *to_page, const void *from_page)
{
	const word *from = from_page;
	word *to = to_page, *end = to + PAGE_WORDS;

	do {
		copy_8_words(to, from);
		copy_8_words(to + 8, from + 8);
		copy_8_words(to + 16, from + 16);
		copy_8_words(to + 24, from + 24);
		copy_8_words(to + 32, from + 32);
		copy_8_words(to + 40, from + 40);
		copy_8_words(to + 48, from + 48);
		copy_8_words(to + 56, from + 56);
		to += 64, from += 64;
		KEEP_LOOP(to);
	} while (to != end);
}
