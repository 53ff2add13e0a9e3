/* cat.c - print files, or the standard input, with plain reads; uring-cat.c does it with a ring. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char buffer[16384];

static int complain(const char *name)
{
	fprintf(stderr, "cat: %s: %s\n", name, strerror(errno));
	return 1;
}

static int copy(int from, const char *name)
{
	ssize_t got, put, done;

	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		for (done = 0; done < got; done += put)
			if ((put = write(1, buffer + done, (size_t)(got - done))) < 0)
				return complain("standard output");
	return got < 0 ? complain(name) : 0;
}

int main(int argc, char **argv)
{
	int status = 0, fd;

	if (argc == 1)
		return copy(0, "standard input");
	for (int i = 1; i < argc; i++) {
		fd = open(argv[i], O_RDONLY | O_CLOEXEC);
		status |= fd < 0 ? complain(argv[i]) : copy(fd, argv[i]);
		if (fd >= 0)
			close(fd);
	}
	return status;
}
