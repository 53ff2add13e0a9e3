/* proc-maps.c - /proc/<pid>/maps names what is mapped: files by path, device and inode, also those whose name is gone
 * or that never had one; the heap, the stack; and each line is laid out as on Linux.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, TEXT_BYTES = 1 << 18, NAME_COLUMN = 73 };

static char text[TEXT_BYTES];

struct line {
	unsigned long start, end, offset, inode;
	unsigned major, minor;
	char access[8], name[512];
};

static void read_maps(pid_t pid)
{
	char path[64];
	ssize_t got, all = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = (int)REQUIRE_OK(open(path, O_RDONLY));
	while ((got = read(fd, text + all, sizeof(text) - 1 - (size_t)all)) > 0)
		all += got;
	CHECK_EQ(got, 0);
	text[all] = 0;
	close(fd);
}

/* Take the line at AT apart; a name stands in its column. */
static void parse(const char *at, struct line *line)
{
	const char *end = strchr(at, '\n');
	int used = 0;

	memset(line, 0, sizeof(*line));
	REQUIRE_EQ(sscanf(at, "%lx-%lx %4s %lx %x:%x %lu %n", &line->start, &line->end, line->access, &line->offset,
			  &line->major, &line->minor, &line->inode, &used),
		   7);
	REQUIRE(end);
	if (at + used > end)
		return;
	CHECK_EQ(used, NAME_COLUMN);
	memcpy(line->name, at + used, (size_t)(end - at) - (size_t)used);
}

/* The line of the area that holds ADDRESS in the text that was read last. */
static struct line line_of(const volatile void *address)
{
	unsigned long wanted = (unsigned long)address;
	struct line line = { 0 };

	for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
		parse(at, &line);
		if (line.start <= wanted && wanted < line.end)
			return line;
	}
	CHECK(!"an area for the address");
	return (struct line){ 0 };
}

static void check_name(const volatile void *address, const char *access, const char *name)
{
	struct line line = line_of(address);

	if (!CHECK_EQ(strcmp(line.name, name), 0))
		check_note("it is called '%s', not '%s'", line.name, name);
	if (!CHECK_EQ(strcmp(line.access, access), 0))
		check_note("it is %s, not %s", line.access, access);
}

static char *map(int fd, size_t pages, int prot, int flags, off_t offset)
{
	char *at = mmap(NULL, pages * PAGE, prot, flags, fd, offset);

	REQUIRE(at != MAP_FAILED);
	return at;
}

static void check_program(const char *self)
{
	static volatile int data = 1;
	char program[512];
	struct line line;
	struct stat st;
	int local = 0;
	char *heap = sbrk(3 * PAGE);

	REQUIRE(realpath(self, program));
	CHECK_OK(stat(program, &st));
	data = 2;
	*heap = 1;
	read_maps(getpid());
	check_name((void *)check_program, "r-xp", program);
	line = line_of((void *)check_program);
	CHECK_EQ(line.inode, st.st_ino);
	CHECK_EQ(makedev(line.major, line.minor), st.st_dev);
	check_name(&data, "rw-p", program);
	check_name(heap + PAGE, "rw-p", "[heap]");
	check_name(&local, "rw-p", "[stack]");
}

static void check_files(void)
{
	char *a, *b, *second, *none, *hidden;
	int fd = (int)REQUIRE_OK(open("/tmp/proc-maps.a", O_RDWR | O_CREAT | O_TRUNC, 0600));
	struct stat st;

	CHECK_OK(ftruncate(fd, 16 * PAGE));
	CHECK_OK(fstat(fd, &st));
	a = map(fd, 2, PROT_READ | PROT_WRITE, MAP_SHARED, 3 * PAGE);
	b = map(fd, 1, PROT_READ, MAP_PRIVATE, 0);
	none = map(-1, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	hidden = map(-1, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	read_maps(getpid());
	check_name(a, "rw-s", "/tmp/proc-maps.a");
	CHECK_EQ(line_of(a).offset, 3 * PAGE);
	CHECK_EQ(line_of(a).end - line_of(a).start, 2 * PAGE);
	CHECK_EQ(line_of(a).inode, st.st_ino);
	CHECK_EQ(makedev(line_of(a).major, line_of(a).minor), st.st_dev);
	check_name(b, "r--p", "/tmp/proc-maps.a");
	check_name(none, "rw-p", "");
	CHECK_EQ(line_of(none).inode, 0);
	check_name(hidden, "---p", "");

	CHECK_OK(rename("/tmp/proc-maps.a", "/tmp/proc-maps.b"));
	second = map(fd, 1, PROT_READ, MAP_SHARED, PAGE);
	close(fd);
	read_maps(getpid());
	check_name(a, "rw-s", "/tmp/proc-maps.b");
	CHECK_OK(unlink("/tmp/proc-maps.b"));
	read_maps(getpid());
	check_name(a, "rw-s", "/tmp/proc-maps.b (deleted)");
	check_name(second, "r--s", "/tmp/proc-maps.b (deleted)");
	CHECK_OK(munmap(a, PAGE));
	read_maps(getpid());
	CHECK_EQ(line_of(a + PAGE).offset, 4 * PAGE);
	CHECK_OK(munmap(a + PAGE, PAGE));
	CHECK_OK(munmap(b, PAGE));
	CHECK_OK(munmap(second, PAGE));
	CHECK_OK(munmap(none, PAGE));
	CHECK_OK(munmap(hidden, PAGE));
}

/* What was replaced by a rename has lost its name, too; and one of two names is enough. */
static void check_renamed(void)
{
	int fd = (int)REQUIRE_OK(open("/tmp/proc-maps.c", O_RDWR | O_CREAT | O_TRUNC, 0600)), other;
	char *a;

	CHECK_OK(ftruncate(fd, PAGE));
	a = map(fd, 1, PROT_READ, MAP_SHARED, 0);
	other = (int)REQUIRE_OK(open("/tmp/proc-maps.d", O_RDWR | O_CREAT | O_TRUNC, 0600));
	CHECK_OK(rename("/tmp/proc-maps.d", "/tmp/proc-maps.c"));
	read_maps(getpid());
	check_name(a, "r--s", "/tmp/proc-maps.c (deleted)");
	CHECK_OK(munmap(a, PAGE));
	CHECK_OK(unlink("/tmp/proc-maps.c"));
	close(fd);
	close(other);
}

/* A name cannot pretend to be a line. */
static void check_new_line(void)
{
	int fd = (int)REQUIRE_OK(open("/tmp/proc-maps\n0-1", O_RDWR | O_CREAT | O_TRUNC, 0600));
	char *a;

	CHECK_OK(ftruncate(fd, PAGE));
	a = map(fd, 1, PROT_READ, MAP_SHARED, 0);
	read_maps(getpid());
	check_name(a, "r--s", "/tmp/proc-maps\\0120-1");
	CHECK_OK(munmap(a, PAGE));
	CHECK_OK(unlink("/tmp/proc-maps\n0-1"));
	close(fd);
}

static void check_unnamed(void)
{
	char *shared = map(-1, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, 0), *memory, link[64], path[64];
	int fd = (int)REQUIRE_OK(memfd_create("a name", 0));
	ssize_t length;

	CHECK_OK(ftruncate(fd, PAGE));
	memory = map(fd, 1, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	read_maps(getpid());
	check_name(shared, "rw-s", "/dev/zero (deleted)");
	check_name(memory, "rw-s", "/memfd:a name (deleted)");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = CHECK_OK(readlink(path, link, sizeof(link) - 1));
	link[length > 0 ? length : 0] = 0;
	CHECK_EQ(strcmp(link, "/memfd:a name (deleted)"), 0);
	CHECK_OK(munmap(shared, PAGE));
	CHECK_OK(munmap(memory, PAGE));
	close(fd);
}

/* Many areas of one file: more text than a page holds; all of it is there. */
static void check_many(void)
{
	enum { AREAS = 400 };
	int fd = (int)REQUIRE_OK(open("/tmp/proc-maps.many", O_RDWR | O_CREAT | O_TRUNC, 0600)), lines = 0;
	char *at;

	CHECK_OK(ftruncate(fd, 2 * AREAS * PAGE));
	at = map(fd, 2 * AREAS, PROT_READ, MAP_SHARED, 0);
	for (int i = 0; i < AREAS; i++)
		CHECK_OK(munmap(at + (2 * i + 1) * PAGE, PAGE));
	read_maps(getpid());
	for (const char *line = text; (line = strstr(line, "/tmp/proc-maps.many\n")); line++)
		lines++;
	CHECK_EQ(lines, AREAS);
	for (int i = 0; i < AREAS; i++)
		CHECK_OK(munmap(at + 2 * i * PAGE, PAGE));
	CHECK_OK(unlink("/tmp/proc-maps.many"));
	close(fd);
}

/* Another's: a child that waits; one that has ended has nothing mapped. */
static void check_other(const char *self)
{
	char program[512];
	siginfo_t info;
	pid_t pid;

	REQUIRE(realpath(self, program));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		pause();
		_exit(0);
	}
	read_maps(pid);
	check_name((void *)check_other, "r-xp", program);
	check_name(&pid, "rw-p", "[stack]");
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_OK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	read_maps(pid);
	CHECK_EQ(text[0], 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

int main(int argc, char **argv)
{
	(void)argc;
	check_program(argv[0]);
	check_files();
	check_renamed();
	check_new_line();
	check_unnamed();
	check_many();
	check_other(argv[0]);
	return check_done();
}
