/* trace.c - see trace.h. */
#include "user/lib/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AT_FIRST = 1024 }; /* records */

static int command(const char *text)
{
	int fd = open("/proc/trace", O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int trace_on(void)
{
	return command("on");
}

int trace_off(void)
{
	return command("off");
}

/* Room for twice as many: false: no memory. Not realloc, which asks Linux for mremap first. */
static bool grow(struct trace_record **records, long *room)
{
	struct trace_record *more = malloc(2 * (size_t)*room * sizeof(*more));

	if (!more)
		return false;
	memcpy(more, *records, (size_t)*room * sizeof(*more));
	free(*records);
	*records = more;
	*room *= 2;
	return true;
}

/* How many records, or a negative errno; those that were read are in *RECORDS, allocated. */
static long read_all(int fd, struct trace_record **records)
{
	long count = 0, room = AT_FIRST;
	ssize_t got;

	*records = malloc((size_t)room * sizeof(**records));
	if (!*records)
		return -ENOMEM;
	while ((got = read(fd, *records + count, (size_t)(room - count) * sizeof(**records))) > 0) {
		count += got / (ssize_t)sizeof(**records);
		if (count == room && !grow(records, &room))
			return -ENOMEM;
	}
	return got < 0 ? -errno : count;
}

static int compare(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

/* The clock is too coarse for what a hart does between two of its ticks: its own counter knows. */
static int by_time(const void *a, const void *b)
{
	const struct trace_record *x = a, *y = b;

	if (x->time != y->time)
		return compare(x->time, y->time);
	return x->hart != y->hart ? compare(x->hart, y->hart) : compare(x->instructions, y->instructions);
}

long trace_read(struct trace_record **records)
{
	int fd = open("/dev/trace", O_RDONLY | O_CLOEXEC);
	long count;

	*records = NULL;
	if (fd < 0)
		return -errno;
	count = read_all(fd, records);
	close(fd);
	if (count > 0) {
		qsort(*records, (size_t)count, sizeof(**records), by_time);
	} else {
		free(*records);
		*records = NULL;
	}
	return count;
}
