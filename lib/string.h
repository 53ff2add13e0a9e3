/* string.h - the C library's memory and text functions, for the freestanding kernel alone.
 *
 * The compiler calls the first four on its own account (struct assignments, initialisers), so they keep their standard
 * meaning exactly. User programs have glibc's.
 */
#pragma once

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t bytes);
/* The same for pieces that overlap. */
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
/* The first byte of value VALUE, or NULL. */
void *memchr(const void *memory, int value, size_t bytes);

size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
/* Looks at no more than BYTES characters. */
int strncmp(const char *a, const char *b, size_t bytes);

/* A freestanding compiler does not know these names; by these it copies small things of known size in place. */
#ifndef HOST
#define memcpy(...)  __builtin_memcpy(__VA_ARGS__)
#define memmove(...) __builtin_memmove(__VA_ARGS__)
#define memset(...)  __builtin_memset(__VA_ARGS__)
#define memcmp(...)  __builtin_memcmp(__VA_ARGS__)
#define memchr(...)  __builtin_memchr(__VA_ARGS__)
#define strlen(...)  __builtin_strlen(__VA_ARGS__)
#endif
