/* alloc-fail-files.c - memory runs out in the middle of work with files: each allocation fails once.
 *
 * machines: smp=1
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"
#include "user/test/data.h"

#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

static char buffer[4 * 4096];

static bool read_file(void)
{
	int fd = open(data_path("hello"), O_RDONLY);
	bool good;

	if (!GRANTED(fd))
		return false;
	good = GRANTED(pread(fd, buffer, sizeof(buffer), 0));
	if (good)
		MUST(!memcmp(buffer, HELLO_TEXT, sizeof(HELLO_TEXT) - 1));
	MUST(!close(fd));
	return good;
}

/* GOT bytes of WANTED were read: a part is a good answer when memory is missing, if it is the right part. */
static bool all_there(ssize_t got, ssize_t wanted, u8 seed, const void *bytes, u64 offset)
{
	if (!GRANTED(got))
		return false;
	MUST(got > 0 && data_differs(seed, bytes, (size_t)got, offset) == -1);
	return got == wanted;
}

/* Through all levels of the block map. */
static bool read_far(void)
{
	int fd = open(data_path("huge"), O_RDONLY);
	bool good;

	if (!GRANTED(fd))
		return false;
	good = all_there(pread(fd, buffer, 4096, HUGE_BYTES - 4096), 4096, SEED_HUGE, buffer, HUGE_BYTES - 4096);
	MUST(!close(fd));
	return good;
}

/* Several pages into memory that nobody has touched. */
static bool read_untouched(void)
{
	char *to = mmap(NULL, sizeof(buffer), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open(data_path("data"), O_RDONLY);
	bool good = fd >= 0 && to != MAP_FAILED;

	if (good)
		good = all_there(pread(fd, to, sizeof(buffer), 100), sizeof(buffer), SEED_DATA, to, 100);
	if (fd >= 0)
		MUST(!close(fd));
	if (to != MAP_FAILED && munmap(to, sizeof(buffer)))
		_exit(WRONG);
	return good;
}

/* Into a page of a file that is mapped and not there yet, and of another one: a fault that waits within a read. */
static bool read_mapped(void)
{
	int fd = open(data_path("data"), O_RDONLY);
	u8 *to = MAP_FAILED;
	bool good = GRANTED(fd);

	if (good) {
		to = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 300 * 1024);
		good = GRANTED(to == MAP_FAILED ? -1 : 0);
	}
	good = good && all_there(pread(fd, to + 10, 5000, 500), 5000, SEED_DATA, to + 10, 500);
	if (good)
		MUST(to[9] == data_byte(SEED_DATA, 300 * 1024 + 9));
	if (to != MAP_FAILED && munmap(to, 2 * 4096))
		MUST(errno == ENOMEM && !munmap(to, 2 * 4096));
	if (fd >= 0)
		MUST(!close(fd));
	return good;
}

static bool look_at_names(void)
{
	struct stat st;

	return GRANTED(stat(data_path("link-up"), &st)) && GRANTED(access(data_path("chain-9"), R_OK)) &&
	       GRANTED(readlink(data_path("link-long"), buffer, sizeof(buffer)));
}

static bool walk_deep(void)
{
	char path[256];
	int length = snprintf(path, sizeof(path), "%s", data_path("deep"));

	for (int i = 0; i < DEEP_LEVELS; i++)
		length += snprintf(path + length, sizeof(path) - (size_t)length, "/d");
	return GRANTED(chdir(path)) && GRANTED(getcwd(buffer, sizeof(buffer)) ? 0 : -1) && GRANTED(chdir("/"));
}

static bool list_directory(void)
{
	int fd = open(data_path("many"), O_RDONLY | O_DIRECTORY), count = 0;
	long got;

	if (!GRANTED(fd))
		return false;
	while ((got = getdents64(fd, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < got; at += ((struct dirent64 *)(buffer + at))->d_reclen)
			count++;
	MUST(got || count == MANY_ENTRIES + 2);
	MUST(!close(fd));
	return GRANTED(got);
}

static bool use_vectors(void)
{
	static struct iovec many[200];
	int fd = open(data_path("data"), O_RDONLY), null = open("/dev/null", O_WRONLY);
	bool good = fd >= 0 && null >= 0;

	for (int i = 0; i < 200; i++)
		many[i] = (struct iovec){ buffer + i * 20, 20 };
	good = good && all_there(preadv(fd, many, 200, 4096), 200 * 20, SEED_DATA, buffer, 4096) &&
	       GRANTED(writev(null, many, 200));
	if (fd >= 0)
		MUST(!close(fd));
	if (null >= 0)
		MUST(!close(null));
	return good;
}

static bool use_descriptors(void)
{
	struct pollfd fds[160];
	int fd = eventfd(0, EFD_NONBLOCK), high;
	u64 value = 7;
	bool good;

	if (!GRANTED(fd))
		return false;
	for (int i = 0; i < 160; i++)
		fds[i] = (struct pollfd){ .fd = fd, .events = POLLIN | POLLOUT };
	high = fcntl(fd, F_DUPFD, 500);
	good = GRANTED(high) && GRANTED(write(fd, &value, sizeof(value))) && GRANTED(poll(fds, 160, 1000)) &&
	       GRANTED(read(fd, &value, sizeof(value)));
	if (good)
		MUST(value == 7 && (fds[159].revents & POLLIN));
	if (high >= 0)
		MUST(!close(high));
	MUST(!close(fd));
	return good;
}

static bool wait_for_time(void)
{
	struct timespec time = { 0, 1000 };
	struct pollfd fd = { .fd = -1 };

	return GRANTED(poll(&fd, 1, 1)) && GRANTED(nanosleep(&time, NULL) ? -1 : 0);
}

static bool read_proc(void)
{
	static const char *const paths[] = { "/proc/self/maps", "/proc/tasks", "/proc/self/status", "/proc/slabs" };
	bool good = true;

	for (size_t i = 0; good && i < ARRAY_SIZE(paths); i++) {
		int fd = open(paths[i], O_RDONLY);

		good = GRANTED(fd) && GRANTED(read(fd, buffer, sizeof(buffer)));
		if (fd >= 0)
			MUST(!close(fd));
	}
	return good;
}

/* What was locked can be given free without memory. */
static bool lock_file(void)
{
	int fd = open(data_path("hello"), O_RDONLY);
	bool good;

	if (!GRANTED(fd))
		return false;
	good = !flock(fd, LOCK_EX);
	MUST(good || errno == ENOMEM || errno == ENOLCK);
	MUST(!flock(fd, LOCK_UN));
	MUST(!close(fd));
	return good;
}

static const struct action actions[] = {
	ACTION("read", read_file),	   COLD("read cold", read_file),
	COLD("read far", read_far),	   ACTION("read untouched", read_untouched),
	COLD("read mapped", read_mapped),  ACTION("names", look_at_names),
	COLD("names cold", look_at_names), ACTION("deep", walk_deep),
	ACTION("list", list_directory),	   COLD("list cold", list_directory),
	ACTION("vectors", use_vectors),	   ACTION("descriptors", use_descriptors),
	ACTION("time", wait_for_time),	   ACTION("proc", read_proc),
	ACTION("lock", lock_file),
};

int main(void)
{
	return sweep_all(actions, ARRAY_SIZE(actions));
}
