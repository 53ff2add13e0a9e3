/* alloc-fail-memory.c - memory runs out while mappings move and are brought in, while pipes, nameless files and copies
 * of files are made: each allocation fails once.
 *
 * machines: smp=1
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"
#include "user/test/data.h"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>

enum { PAGE = 4096, PAGES = 12, BOTH = PROT_READ | PROT_WRITE, PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS };

static char *map(size_t pages, int flags)
{
	char *at = mmap(NULL, pages * PAGE, BOTH, flags, -1, 0);

	return GRANTED(at == MAP_FAILED ? -1 : 0) ? at : NULL;
}

/* What cannot be unmapped for want of memory goes with the process. */
static bool unmap(char *at, size_t pages)
{
	return !at || GRANTED(munmap(at, pages * PAGE));
}

static bool is_whole(const char *at)
{
	for (int i = 0; i < PAGES; i++)
		if (at[i * PAGE] != i + 1)
			return false;
	return true;
}

/* Moved or not, all pages are at one place. */
static bool move_mapping(void)
{
	size_t gib = 1ul << 30;
	char *at = map(PAGES, PRIVATE), *wall, *to;
	bool good = at, moved;

	if (!at)
		return false;
	for (int i = 0; i < PAGES; i++)
		at[i * PAGE] = (char)(i + 1);
	wall = mmap(at + PAGES * PAGE, PAGE, PROT_NONE, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0);
	if (wall == MAP_FAILED)
		good = errno == EEXIST || GRANTED(-1);
	to = mremap(at, PAGES * PAGE, gib, MREMAP_MAYMOVE); /* to where there are no tables yet */
	moved = GRANTED(to == MAP_FAILED ? -1 : 0);
	good = moved && good;
	at = moved ? to : at;
	MUST(is_whole(at));
	to = mremap(at, 5 * PAGE, 5 * PAGE, MREMAP_MAYMOVE); /* nothing to do */
	good = GRANTED(to == MAP_FAILED ? -1 : 0) && good;
	MUST(is_whole(at));
	good = GRANTED(munmap(at, moved ? gib : PAGES * PAGE)) && good;
	return good;
}

/* A second view of shared memory, over something else. */
static bool view_twice(void)
{
	char *at = map(PAGES, MAP_SHARED | MAP_ANONYMOUS), *place = map(PAGES, PRIVATE), *second = MAP_FAILED;
	bool good = at && place;

	if (good) {
		at[PAGE] = 7;
		second = mremap(at, 0, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
		good = GRANTED(second == MAP_FAILED ? -1 : 0);
		MUST(!good || second[PAGE] == 7);
		MUST(at[PAGE] == 7);
	}
	good = unmap(at, PAGES) && good;
	if (second != MAP_FAILED)
		good = unmap(second, PAGES) && good;
	return good;
}

static bool bring_in(void)
{
	char *at = map(PAGES, PRIVATE | MAP_POPULATE), *lazy = map(PAGES, PRIVATE);
	unsigned char answers[PAGES];
	bool good = at && lazy;

	if (good) {
		good = GRANTED(mlock(lazy, 5 * PAGE));
		good = GRANTED(madvise(lazy, PAGES * PAGE, MADV_WILLNEED)) && good;
		good = GRANTED(mincore(lazy, PAGES * PAGE, answers)) && good;
		MUST(!good || (answers[4] && !answers[5]));
	}
	good = unmap(at, PAGES) && good;
	return unmap(lazy, PAGES) && good;
}

static bool use_pipe(void)
{
	static char bytes[3 * PAGE], back[3 * PAGE];
	bool good;
	int ends[2];
	ssize_t put, got = 0, n;

	if (!GRANTED(pipe2(ends, O_NONBLOCK)))
		return false;
	memset(bytes, 'p', sizeof(bytes));
	good = GRANTED(fcntl(ends[1], F_SETPIPE_SZ, 16 * PAGE));
	put = write(ends[1], bytes, sizeof(bytes));
	good = GRANTED(put) && put == (ssize_t)sizeof(bytes) && good;
	good = GRANTED(fcntl(ends[1], F_SETPIPE_SZ, 8 * PAGE)) && good;
	for (int tries = 0; got < put && tries < 5; tries++) {
		n = read(ends[0], back + got, sizeof(back) - (size_t)got);
		good = GRANTED(n) && good;
		got += n > 0 ? n : 0;
	}
	MUST(!good || (got == put && !memcmp(bytes, back, sizeof(back))));
	MUST(!close(ends[0]));
	MUST(!close(ends[1]));
	return good;
}

static bool copy_files(void)
{
	int from = open(data_path("data"), O_RDONLY), to, twice = -1;
	bool good = GRANTED(from);
	off_t in = 0, out = 0;
	ssize_t got;

	if (!good)
		return false;
	to = memfd_create("copy", 0);
	good = GRANTED(to);
	if (good) {
		got = sendfile(to, from, &in, 5 * PAGE);
		good = GRANTED(got) && got == 5 * PAGE;
		twice = memfd_create("again", 0);
		good = GRANTED(twice) && good;
	}
	if (good) {
		good = GRANTED(fallocate(twice, 0, 0, 8 * PAGE));
		in = 0;
		got = copy_file_range(to, &in, twice, &out, 4 * PAGE, 0);
		good = GRANTED(got) && got == 4 * PAGE && good;
	}
	MUST(!close(from));
	if (to >= 0)
		MUST(!close(to));
	if (twice >= 0)
		MUST(!close(twice));
	return good;
}

/* openat2, O_PATH, many descriptors and their end. */
static bool use_newer(void)
{
	struct {
		u64 flags, mode, resolve;
	} how = { O_RDONLY, 0, 8 };
	int dir = open(data_dir(), O_PATH | O_DIRECTORY), fd = -1;
	bool good = GRANTED(dir);

	if (good) {
		fd = (int)syscall(437, dir, "hello", &how, sizeof(how));
		good = GRANTED(fd);
		good = GRANTED(syscall(439, dir, "hello", R_OK, 0)) && good;
	}
	if (good)
		good = GRANTED(dup2(fd, 500)) && GRANTED(dup2(fd, 901));
	if (!GRANTED(syscall(436, 400, 1023, 0))) {
		good = false;
		close(500);
		close(901);
	}
	if (fd >= 0)
		MUST(!close(fd));
	if (dir >= 0)
		MUST(!close(dir));
	return good;
}

static const struct action actions[] = {
	ACTION("move", move_mapping), ACTION("view", view_twice),   ACTION("bring in", bring_in),
	ACTION("pipe", use_pipe),     ACTION("copies", copy_files), ACTION("newer", use_newer),
};

int main(void)
{
	return sweep_all(actions, ARRAY_SIZE(actions));
}
