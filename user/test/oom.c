/* oom.c - memory runs out for real: a program that takes all there is, is killed, and nobody else is; the page cache
 * and what is in limbo is used up before that. Also threads that take it together, many processes, and a file in
 * memory.
 *
 * machines: smp=2
 * boot: memory=40M
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"
#include "user/test/child.h"
#include "user/test/data.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum { PAGE = 4096, THREADS = 4, CHILDREN = 6 };

static char buffer[64 * 1024];

/* By a call that needs no memory itself: others may have taken it all. */
static long total_pages(void)
{
	struct sysinfo info;

	REQUIRE_OK(sysinfo(&info));
	return (long)(info.totalram * info.mem_unit / PAGE);
}

static void touch(long pages)
{
	volatile char *at = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	REQUIRE(at != MAP_FAILED);
	for (long i = 0; i < pages; i++)
		at[i * PAGE] = (char)i;
	for (long i = 0; i < pages; i++)
		if (at[i * PAGE] != (char)i)
			_exit(WRONG);
}

static void fill_cache(void)
{
	int fd = open("/dev/vda", O_RDONLY);
	long left = total_pages() * PAGE;

	REQUIRE(fd >= 0);
	while (left > 0 && read(fd, buffer, sizeof(buffer)) > 0)
		left -= (long)sizeof(buffer);
	close(fd);
}

static void *touch_part(void *pages)
{
	touch((long)pages);
	return NULL;
}

static int child_main(const char *mode)
{
	pthread_t threads[THREADS];

	if (!strcmp(mode, "all")) {
		touch(total_pages() + 1000);
	} else if (!strcmp(mode, "most")) {
		touch(total_pages() * 3 / 4);
	} else if (!strcmp(mode, "threads")) {
		for (int i = 0; i < THREADS; i++)
			if (pthread_create(&threads[i], NULL, touch_part, (void *)(total_pages() / THREADS + 1000)))
				return CHECK_FAILED;
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
	} else if (!strcmp(mode, "small")) {
		for (int i = 0; i < 100; i++) {
			touch(3);
			usleep(1000);
		}
	}
	return 0;
}

/* Who needs little lives on while another takes everything. */
static void check_small_survives(void)
{
	pid_t small = child_start("small", NULL), large = child_start("all", NULL);

	REQUIRE(small > 0 && large > 0);
	CHECK_EQ(child_wait(large), KILLED(SIGKILL));
	CHECK_EQ(child_wait(small), EXITED(0));
}

/* Together they are too large: one after the other goes until the rest fits. */
static void check_many(void)
{
	pid_t children[CHILDREN];
	int killed = 0;

	for (int i = 0; i < CHILDREN; i++)
		children[i] = child_start("most", NULL);
	for (int i = 0; i < CHILDREN; i++) {
		/* exec needs memory, too, and is told when there is none */
		int status = children[i] == -ENOMEM ? KILLED(SIGKILL) : child_wait(children[i]);

		CHECK(status == EXITED(0) || status == KILLED(SIGKILL));
		killed += status == KILLED(SIGKILL);
	}
	CHECK(killed < CHILDREN);
}

/* A system call that needs a page for its caller. */
static void check_file_in_memory(void)
{
	int fd = open("/tmp/oom", O_RDWR | O_CREAT | O_EXCL, 0600);
	ssize_t done;

	REQUIRE(fd >= 0);
	do
		done = write(fd, buffer, sizeof(buffer));
	while (done > 0);
	CHECK(done == -1 && (errno == ENOSPC || errno == ENOMEM));
	CHECK_EQ(child_run("small"), EXITED(0));
	CHECK_EQ(unlink("/tmp/oom"), 0);
	close(fd);
	/* room in advance: the same */
	fd = open("/tmp/oom", O_RDWR | O_CREAT | O_EXCL, 0600);
	REQUIRE(fd >= 0);
	CHECK_ERRNO(fallocate(fd, 0, 0, total_pages() * PAGE), ENOSPC);
	CHECK_EQ(child_run("small"), EXITED(0));
	CHECK_EQ(unlink("/tmp/oom"), 0);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child_main(argv[1]);
	child_self = argv[0];
	fill_cache();
	CHECK_EQ(child_run("most"), EXITED(0)); /* the cache goes first */
	fill_cache();
	CHECK_EQ(child_run("all"), KILLED(SIGKILL));
	CHECK_EQ(child_run("threads"), KILLED(SIGKILL));
	check_small_survives();
	check_many();
	check_file_in_memory();
	CHECK_EQ(child_run("most"), EXITED(0));
	return check_done();
}
