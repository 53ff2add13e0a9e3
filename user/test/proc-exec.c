/* proc-exec.c - vfork and execve: the parent waits for the exec, the child shares its memory until then; what a new
 * program inherits (descriptors, their positions, the parent) and what not (close-on-exec); exit codes come back.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>

static const char path[] = "/tmp/proc-exec", link_path[] = "/tmp/proc-exec-link";

static void check_shared_memory(void)
{
	volatile int seen = 0;
	pid_t parent = getpid(), pid = vfork();

	if (pid == 0) {
		for (volatile int i = 0; i < 1000; i++)
			;
		seen = getppid() == parent && getpid() != parent ? 1 : 2;
		_exit(17);
	}
	CHECK_EQ(seen, 1); /* we run only now that the child has ended */
	CHECK(pid > 0 && pid != parent);
	CHECK_EQ(child_wait(pid), EXITED(17));
	CHECK_EQ(getpid(), parent);
}

static void check_codes(void)
{
	static const char *const codes[] = { "0", "1", "77", "127", "128", "255", "256" };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		CHECK_EQ(child_run_arg("code", codes[i]), EXITED(atoi(codes[i])));
}

/* vfork returns at the exec, not at the end of the child. */
static void check_released(void)
{
	pid_t pid = child_start("sleep", NULL);

	REQUIRE(pid > 0);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
}

/* The child writes through one descriptor it inherits and must not have the other. */
static void check_descriptors(void)
{
	char text[30], got[8] = "";
	int kept, closed;

	kept = (int)REQUIRE_OK(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
	closed = (int)REQUIRE_OK(open(path, O_RDONLY | O_CLOEXEC));
	CHECK_EQ(write(kept, "ab", 2), 2);
	snprintf(text, sizeof(text), "%d %d %d", kept, closed, (int)getpid());
	CHECK_EQ(child_run_arg("descriptors", text), EXITED(0));
	CHECK_EQ(lseek(kept, 0, SEEK_CUR), 4); /* one position for both */
	CHECK_EQ(pread(kept, got, sizeof(got), 0), 4);
	CHECK(!memcmp(got, "abcd", 4));
	CHECK_OK(fcntl(closed, F_GETFD)); /* ours is still open */
	close(kept);
	close(closed);
	unlink(path);
}

static int child_descriptors(const char *argument)
{
	int kept, closed, parent;

	REQUIRE(sscanf(argument, "%d %d %d", &kept, &closed, &parent) == 3);
	CHECK_EQ(getppid(), parent);
	CHECK_EQ(write(kept, "cd", 2), 2);
	CHECK_ERRNO(fcntl(closed, F_GETFD), EBADF);
	CHECK_EQ(fcntl(kept, F_GETFD), 0);
	return check_done();
}

/* By way of a symbolic link, and with a directory that is not the root. */
static void check_paths(void)
{
	const char *const argv[] = { "other name", "code", "9", NULL };
	char here[1000], self[PATH_MAX];

	unlink(link_path);
	REQUIRE(realpath(child_self, self) != NULL);
	CHECK_OK(symlink(self, link_path));
	CHECK_EQ(child_wait(child_exec(link_path, argv, environ)), EXITED(9));
	REQUIRE(getcwd(here, sizeof(here)) != NULL);
	CHECK_OK(chdir("/tmp"));
	CHECK_EQ(child_wait(child_exec("proc-exec-link", argv, environ)), EXITED(9));
	CHECK_EQ(child_wait(child_exec("./proc-exec-link", argv, environ)), EXITED(9));
	CHECK_OK(chdir(here));
	CHECK_OK(unlink(link_path));
}

/* A new program replaces the old one in the same process, over and over. */
static int child_chain(const char *argument)
{
	char next[20];
	const char *const argv[] = { child_self, "chain", next, NULL };
	int left = atoi(argument);

	if (!left)
		return 33;
	snprintf(next, sizeof(next), "%d", left - 1);
	execv(child_self, (char *const *)argv);
	return 1;
}

int main(int argc, char **argv)
{
	child_self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "code"))
		return atoi(argv[2]);
	if (argc > 1 && !strcmp(argv[1], "descriptors"))
		return child_descriptors(argv[2]);
	if (argc > 1 && !strcmp(argv[1], "chain"))
		return child_chain(argv[2]);
	if (argc > 1)
		sleep_ms(1000 * 1000);
	check_shared_memory();
	check_codes();
	check_released();
	check_descriptors();
	check_paths();
	CHECK_EQ(child_run_arg("chain", "10"), EXITED(33));
	return check_done();
}
