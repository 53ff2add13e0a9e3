/* abi-uring.c - our text of the ring interface (kernel/abi/io_uring.h) says the same as Linux's own header.
 *
 * Both headers define the same names. So ours is included *inside a function*, where its structs and enums end with
 * the function; after that Linux's header may come, with its macros, at file scope. The list is expanded once in each
 * place, and main compares line by line. Names younger than the header of Linux 6.1 are compared where the system has
 * 6.12's.
 *
 * oracle: user
 */
#include "lib/types.h"

#include <linux/version.h>
#include <stdio.h>

struct abi_line {
	const char *name;
	u64 value, size;
};

#define STRUCT(type)	    { "sizeof " #type, 0, sizeof(struct type) },
#define FIELD(type, member) { #type "." #member, offsetof(struct type, member), sizeof(((struct type *)0)->member) },
#define VALUE(constant)	    { #constant, (u64)(constant), 0 },

static size_t our_lines(const struct abi_line **lines)
{
#include "kernel/abi/io_uring.h"
	static const struct abi_line table[] = {
#include "user/test/abi-uring-list.inc"
	};

	*lines = table;
	return ARRAY_SIZE(table);
}

#include <linux/io_uring.h>

static size_t linux_lines(const struct abi_line **lines)
{
	static const struct abi_line table[] = {
#include "user/test/abi-uring-list.inc"
	};

	*lines = table;
	return ARRAY_SIZE(table);
}

int main(void)
{
	const struct abi_line *ours, *theirs;
	size_t count = our_lines(&ours), differ = 0;

	if (linux_lines(&theirs) != count)
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (ours[i].value == theirs[i].value && ours[i].size == theirs[i].size)
			continue;
		fprintf(stderr, "%s: ours %#llx size %llu, Linux %#llx size %llu\n", ours[i].name,
			(unsigned long long)ours[i].value, (unsigned long long)ours[i].size,
			(unsigned long long)theirs[i].value, (unsigned long long)theirs[i].size);
		differ++;
	}
	printf("%zu lines compared, %zu differ\n", count, differ);
	return differ ? 1 : 0;
}
