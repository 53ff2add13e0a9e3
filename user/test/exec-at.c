/* exec-at.c - execveat: a descriptor's file, a path below a directory, links that are not followed, and scripts, whose
 * reader is told /dev/fd/N, which must not be closed by then; fexecve.
 *
 * The program that is run is this one. How it was called decides what it checks (EXEC_EXPECT: the path that it was
 * told, AT_EXECFN or a script's name).
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char top[64], self[PATH_MAX];

static const char script[] = "script", program[] = "program", link_name[] = "link";

/* In the child of a vfork: EXECUTE(fd, path, flags), told apart by the caller. */
static int run(int fd, const char *path, int flags, const char *expected)
{
	char *const argv[] = { "zero", "one", NULL };
	volatile int error = 0;
	pid_t pid;

	setenv("EXEC_EXPECT", expected ? expected : "nothing", 1);
	pid = vfork();
	if (!pid) {
		syscall(SYS_execveat, fd, path, argv, environ, flags);
		error = errno;
		_exit(127);
	}
	if (!error)
		return child_wait(pid);
	child_wait(pid);
	return -error;
}

/* We have been run: with the arguments as they were, or as a script's reader. */
static int was_run(int argc, char **argv)
{
	const char *told = (const char *)getauxval(AT_EXECFN), *expected = getenv("EXEC_EXPECT");
	struct stat stat;

	if (!strcmp(argv[0], "zero")) {
		CHECK_EQ(argc, 2);
		if (!CHECK(!strcmp(told, expected)))
			check_note("AT_EXECFN is %s, not %s", told, expected);
	} else {
		CHECK_EQ(argc, 4);
		CHECK(!strcmp(argv[1], "-x"));
		CHECK(!strcmp(argv[2], expected));
		CHECK(!strcmp(argv[3], "one"));
		CHECK_OK(fstatat(AT_FDCWD, argv[2], &stat, 0)); /* it can be read by that name */
		CHECK_EQ(stat.st_size, (long)strlen(argv[0]) + 6);
	}
	return checks_failed ? 1 : 42;
}

static const char *by_descriptor(int fd, const char *below)
{
	static char text[64];

	snprintf(text, sizeof(text), *below ? "/dev/fd/%d/%s" : "/dev/fd/%d%s", fd, below);
	return text;
}

static void check_programs(int dir)
{
	int fd = (int)REQUIRE_OK(open(program, O_RDONLY | O_CLOEXEC));
	int path = (int)REQUIRE_OK(open(program, O_PATH));

	CHECK_EQ(run(fd, "", AT_EMPTY_PATH, by_descriptor(fd, "")), EXITED(42));
	CHECK_EQ(run(path, "", AT_EMPTY_PATH, by_descriptor(path, "")), EXITED(42));
	CHECK_EQ(run(dir, program, 0, by_descriptor(dir, program)), EXITED(42));
	CHECK_EQ(run(dir, link_name, 0, by_descriptor(dir, link_name)), EXITED(42));
	CHECK_EQ(run(AT_FDCWD, self, AT_SYMLINK_NOFOLLOW, self), EXITED(42));
	CHECK_EQ(run(-1, self, 0, self), EXITED(42));
	close(fd);
	close(path);
}

static void check_scripts(int dir)
{
	int open_fd = (int)REQUIRE_OK(open(script, O_RDONLY)),
	    shut = (int)REQUIRE_OK(open(script, O_RDONLY | O_CLOEXEC));

	CHECK_EQ(run(open_fd, "", AT_EMPTY_PATH, by_descriptor(open_fd, "")), EXITED(42));
	CHECK_EQ(run(dir, script, 0, by_descriptor(dir, script)), EXITED(42));
	CHECK_EQ(run(shut, "", AT_EMPTY_PATH, NULL), -ENOENT);
	CHECK_OK(fcntl(dir, F_SETFD, FD_CLOEXEC));
	CHECK_EQ(run(dir, script, 0, NULL), -ENOENT);
	CHECK_EQ(run(dir, program, 0, by_descriptor(dir, program)), EXITED(42)); /* who needs no path does not care */
	CHECK_OK(fcntl(dir, F_SETFD, 0));
	close(open_fd);
	close(shut);
}

static void check_errors(int dir)
{
	int fds[2], file = (int)REQUIRE_OK(open(script, O_RDONLY));

	CHECK_EQ(run(dir, link_name, AT_SYMLINK_NOFOLLOW, NULL), -ELOOP);
	CHECK_EQ(run(dir, "", 0, NULL), -ENOENT);
	CHECK_EQ(run(dir, "", AT_EMPTY_PATH, NULL), -EACCES);
	CHECK_EQ(run(AT_FDCWD, "", AT_EMPTY_PATH, NULL), -EACCES);
	CHECK_EQ(run(99, program, 0, NULL), -EBADF);
	CHECK_EQ(run(99, "", AT_EMPTY_PATH, NULL), -EBADF);
	CHECK_EQ(run(file, program, 0, NULL), -ENOTDIR);
	CHECK_EQ(run(dir, program, 1, NULL), -EINVAL);
	CHECK_EQ(run(dir, "nothing", 0, NULL), -ENOENT);
	REQUIRE_OK(pipe(fds));
	CHECK_EQ(run(fds[0], "", AT_EMPTY_PATH, NULL), -EACCES);
	close(fds[0]);
	close(fds[1]);
	close(file);
}

static void check_fexecve(void)
{
	char *const argv[] = { "zero", "one", NULL };
	int fd = (int)REQUIRE_OK(open(program, O_RDONLY));
	pid_t pid;

	setenv("EXEC_EXPECT", by_descriptor(fd, ""), 1);
	pid = vfork();
	if (!pid) {
		fexecve(fd, argv, environ);
		_exit(127);
	}
	CHECK_EQ(child_wait(pid), EXITED(42));
	close(fd);
}

int main(int argc, char **argv)
{
	int dir, fd;

	if (getenv("EXEC_EXPECT"))
		return was_run(argc, argv);
	REQUIRE(realpath(argv[0], self));
	snprintf(top, sizeof(top), "/tmp/exec-at-%d", (int)getpid());
	REQUIRE_OK(mkdir(top, 0755));
	REQUIRE_OK(chdir(top));
	REQUIRE_OK(symlink(self, program));
	REQUIRE_OK(symlink(program, link_name));
	fd = (int)REQUIRE_OK(open(script, O_CREAT | O_WRONLY, 0755));
	CHECK(dprintf(fd, "#!%s -x\n", self) > 0);
	close(fd);
	dir = (int)REQUIRE_OK(open(".", O_RDONLY | O_DIRECTORY));
	check_programs(dir);
	check_scripts(dir);
	check_errors(dir);
	check_fexecve();
	CHECK_OK(unlink(program));
	CHECK_OK(unlink(link_name));
	CHECK_OK(unlink(script));
	CHECK_OK(chdir("/"));
	CHECK_OK(rmdir(top));
	return check_done();
}
