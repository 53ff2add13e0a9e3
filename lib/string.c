/* string.c - copy, fill and compare memory; three functions on text.
 *
 * A copy goes forward in four stages; the last bytes of each stage fall through to the next:
 *
 *     bytes until TO is aligned | 128 bytes a turn | 8 bytes a turn | bytes
 *
 * What is aligned, or shorter than a word, is copied without the first stage (memcpy). A 4 KiB copy of aligned memory
 * is 1 160 instructions on rv64, a fill 610. When FROM is not aligned together with TO, words are read aligned and put
 * together by shifts (little endian): a misaligned load may be emulated by firmware at a hundred times the price.
 *
 * Invariant: copy_forward reads each byte before it writes at or above it, if TO is below FROM. memmove relies on that.
 */
#include "lib/string.h"

#include "lib/types.h"

/* Objects of any type are copied through these. */
typedef u64 __attribute__((may_alias)) word;

enum { WORD = sizeof(word), BLOCK = 16 * WORD };

/* The names stand in parentheses where they are macros, too. Without KEEP_LOOP the compiler recognises a loop as
 * memcpy or memset, and calls the function that it is compiling. */
#define KEEP_LOOP(p) __asm__("" : "+r"(p))

static inline size_t misalignment(const void *p)
{
	return (uintptr_t)p % WORD;
}

static inline void copy_8_words(word *to, const word *from)
{
	word a = from[0], b = from[1], c = from[2], d = from[3];
	word e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a, to[1] = b, to[2] = c, to[3] = d;
	to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

/* BYTES is a multiple of WORD, both pointers are aligned. */
static void copy_words(word *to, const word *from, size_t bytes)
{
	word *blocks_end = to + bytes / BLOCK * (BLOCK / WORD), *end = to + bytes / WORD;

	while (to != blocks_end) {
		copy_8_words(to, from);
		copy_8_words(to + 8, from + 8);
		to += 16, from += 16;
		KEEP_LOOP(to);
	}
	while (to != end) {
		*to++ = *from++;
		KEEP_LOOP(to);
	}
}

/* BYTES is a multiple of WORD, TO is aligned, FROM is not. The words in which FROM begins and ends are read whole; each
 * lies within one page, so nothing is touched that may not be. */
__attribute__((no_sanitize("address"), noinline)) static void copy_shifted(word *to, const u8 *from, size_t bytes)
{
	const word *source = (const word *)(from - misalignment(from));
	u32 right = 8 * (u32)misalignment(from), left = 64 - right;
	word *end = to + bytes / WORD, low = *source++, high;

	while (to != end) {
		high = *source++;
		*to++ = low >> right | high << left;
		low = high;
	}
}

static inline void copy_bytes(u8 *to, const u8 *from, size_t bytes)
{
	while (bytes--) {
		*to++ = *from++;
		KEEP_LOOP(to);
	}
}

/* The answer is TO: so the callers need no stack frame of their own. */
static __attribute__((noinline)) void *copy_forward(u8 *to, const u8 *from, size_t bytes)
{
	u8 *start = to;
	size_t head = -(uintptr_t)to % WORD, body;

	if (bytes >= WORD) {
		copy_bytes(to, from, head);
		to += head, from += head, bytes -= head;
		body = ALIGN_DOWN(bytes, (size_t)WORD);
		if (!misalignment(from))
			copy_words((word *)to, (const word *)from, body);
		else
			copy_shifted((word *)to, from, body);
		to += body, from += body, bytes -= body;
	}
	copy_bytes(to, from, bytes);
	return start;
}

static __attribute__((noinline)) void copy_backward(u8 *to, const u8 *from, size_t bytes)
{
	to += bytes, from += bytes;
	if (misalignment(to) == misalignment(from)) {
		for (; bytes && misalignment(to); bytes--)
			*--to = *--from;
		for (; bytes >= WORD; bytes -= WORD) {
			to -= WORD, from -= WORD;
			*(word *)to = *(const word *)from;
			KEEP_LOOP(to);
		}
	}
	while (bytes--) {
		*--to = *--from;
		KEEP_LOOP(to);
	}
}

/* Small and aligned, as most are. */
static inline void *copy_small(u8 *to, const u8 *from, size_t bytes)
{
	u8 *start = to;

	for (; bytes >= WORD; bytes -= WORD) {
		*(word *)to = *(const word *)from;
		to += WORD, from += WORD;
		KEEP_LOOP(to);
	}
	copy_bytes(to, from, bytes);
	return start;
}

/* Apart from copy_forward, which saves registers for all that it may meet. */
static __attribute__((noinline)) void *copy_blocks(word *to, const word *from, size_t bytes)
{
	word *start = to;

	if (((uintptr_t)to | (uintptr_t)from) % WORD)
		return copy_forward((u8 *)to, (const u8 *)from, bytes);
	for (; bytes >= BLOCK; bytes -= BLOCK) {
		copy_8_words(to, from);
		copy_8_words(to + 8, from + 8);
		to += 16, from += 16;
		KEEP_LOOP(to);
	}
	copy_small((u8 *)to, (const u8 *)from, bytes);
	return start;
}

void *(memcpy)(void *to, const void *from, size_t bytes)
{
	if (bytes < WORD) {
		copy_bytes(to, from, bytes);
		return to;
	}
	if (bytes < BLOCK && !(((uintptr_t)to | (uintptr_t)from) % WORD))
		return copy_small(to, from, bytes);
	return copy_blocks(to, from, bytes);
}

void *(memmove)(void *to, const void *from, size_t bytes)
{
	if ((uintptr_t)to - (uintptr_t)from >= bytes)
		return copy_forward(to, from, bytes);
	copy_backward(to, from, bytes);
	return to;
}

static void fill_words(word *to, word value, size_t bytes)
{
	word *blocks_end = to + bytes / BLOCK * (BLOCK / WORD), *end = to + bytes / WORD;

	while (to != blocks_end) {
		to[0] = value, to[1] = value, to[2] = value, to[3] = value;
		to[4] = value, to[5] = value, to[6] = value, to[7] = value;
		to[8] = value, to[9] = value, to[10] = value, to[11] = value;
		to[12] = value, to[13] = value, to[14] = value, to[15] = value;
		to += 16;
		KEEP_LOOP(to);
	}
	while (to != end) {
		*to++ = value;
		KEEP_LOOP(to);
	}
}

static inline void fill_bytes(u8 *to, u8 value, size_t bytes)
{
	while (bytes--) {
		*to++ = value;
		KEEP_LOOP(to);
	}
}

void *(memset)(void *to, int value, size_t bytes)
{
	size_t head = -(uintptr_t)to % WORD, body;
	word pattern = (u8)value * 0x0101010101010101ul;
	u8 *at = to;

	if (!(((uintptr_t)to | bytes) % WORD)) {
		fill_words(to, pattern, bytes);
		return to;
	}
	if (bytes >= WORD) {
		fill_bytes(at, (u8)value, head);
		at += head, bytes -= head;
		body = ALIGN_DOWN(bytes, (size_t)WORD);
		fill_words((word *)at, pattern, body);
		at += body, bytes -= body;
	}
	fill_bytes(at, (u8)value, bytes);
	return to;
}

int(memcmp)(const void *a, const void *b, size_t bytes)
{
	const u8 *x = a, *y = b;

	if (!misalignment(x) && !misalignment(y))
		for (; bytes >= WORD && *(const word *)x == *(const word *)y; bytes -= WORD)
			x += WORD, y += WORD;
	for (; bytes; bytes--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t(strlen)(const char *text)
{
	const char *end = text;

	while (*end) {
		end++;
		KEEP_LOOP(end);
	}
	return (size_t)(end - text);
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t bytes)
{
	for (; bytes; bytes--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

void *(memchr)(const void *memory, int value, size_t bytes)
{
	const u8 *at = memory;

	for (; bytes; bytes--, at++)
		if (*at == (u8)value)
			return (void *)at;
	return NULL;
}
