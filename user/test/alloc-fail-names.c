/* alloc-fail-names.c - memory runs out while files in memory are made, written, renamed, cut and removed: each
 * allocation fails once.
 *
 * machines: smp=1
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"

#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096 };

#define FOLDER "/tmp/alloc-fail"
#define PATH   FOLDER "/file"
#define OTHER  FOLDER "/other"

static char text[3 * PAGE];

/* What an attempt that failed, or was killed, has left. */
static void sweep_floor(void)
{
	unlink(PATH);
	unlink(OTHER);
	rmdir(FOLDER "/d");
	rmdir(FOLDER);
}

static bool begin(void)
{
	return GRANTED(mkdir(FOLDER, 0700));
}

/* Only one allocation fails, so what fails once works when it is tried again. True: it worked at once. */
static bool removed(int (*remove)(const char *path), const char *path)
{
	if (!remove(path) || errno == ENOENT)
		return true;
	MUST(errno == ENOMEM && (!remove(path) || errno == ENOENT));
	return false;
}

/* The end of an action. */
static bool end(bool good)
{
	good = removed(unlink, PATH) && good;
	good = removed(unlink, OTHER) && good;
	return removed(rmdir, FOLDER) && good;
}

static bool write_file(int fd)
{
	ssize_t done;

	memset(text, 7, sizeof(text));
	done = write(fd, text, sizeof(text));
	if (!GRANTED(done))
		return false;
	MUST(done > 0);
	return done == sizeof(text);
}

static bool make_file(void)
{
	bool good = begin();
	struct stat st;
	int fd = -1;

	if (good) {
		fd = open(PATH, O_RDWR | O_CREAT | O_EXCL, 0600);
		good = GRANTED(fd);
	}
	good = good && write_file(fd) && GRANTED(pread(fd, text, sizeof(text), 0)) && GRANTED(fstat(fd, &st));
	if (good)
		MUST(text[sizeof(text) - 1] == 7 && st.st_size == sizeof(text));
	good = good && GRANTED(ftruncate(fd, 10)) && GRANTED(fstat(fd, &st));
	if (good)
		MUST(st.st_size == 10);
	if (fd >= 0)
		MUST(!close(fd));
	return end(good);
}

static bool rename_file(void)
{
	bool good = begin();
	int fd = -1;

	if (good) {
		fd = open(PATH, O_RDWR | O_CREAT, 0600);
		good = GRANTED(fd);
	}
	if (fd >= 0)
		MUST(!close(fd));
	good = good && GRANTED(rename(PATH, OTHER));
	if (good)
		MUST(access(PATH, F_OK) && (errno == ENOENT || errno == ENOMEM));
	good = good && GRANTED(link(OTHER, PATH)) && GRANTED(rename(PATH, OTHER)) &&
	       GRANTED(mkdir(FOLDER "/d", 0700)) && GRANTED(rename(OTHER, PATH));
	return end(removed(rmdir, FOLDER "/d") && good);
}

static bool make_link(void)
{
	bool good = begin();

	memset(text, 'x', 3000);
	text[3000] = 0;
	good = good && GRANTED(symlink(text, PATH)) && GRANTED(readlink(PATH, text, sizeof(text)));
	if (good)
		MUST(text[2999] == 'x');
	return end(good);
}

/* Pages that are mapped go when the file becomes shorter. */
static bool cut_mapped(void)
{
	bool good = begin();
	char *at = MAP_FAILED;
	int fd = -1;

	if (good) {
		fd = open(PATH, O_RDWR | O_CREAT, 0600);
		good = GRANTED(fd);
	}
	good = good && write_file(fd);
	if (good) {
		at = mmap(NULL, sizeof(text), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		good = GRANTED(at == MAP_FAILED ? -1 : 0);
	}
	if (good) {
		MUST(at[0] == 7 && at[PAGE] == 7 && at[2 * PAGE] == 7);
		good = GRANTED(ftruncate(fd, PAGE)) && GRANTED(ftruncate(fd, sizeof(text)));
		MUST(at[0] == 7 && (!good || (at[PAGE] == 0 && at[2 * PAGE] == 0)));
	}
	if (fd >= 0)
		MUST(!close(fd));
	if (at != MAP_FAILED)
		MUST(!munmap(at, sizeof(text)));
	return end(good);
}

static const struct action actions[] = {
	ACTION("make", make_file),
	ACTION("rename", rename_file),
	ACTION("symlink", make_link),
	ACTION("cut", cut_mapped),
};

int main(void)
{
	after_attempt = sweep_floor;
	return sweep_all(actions, ARRAY_SIZE(actions));
}
