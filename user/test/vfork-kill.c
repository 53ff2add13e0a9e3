/* vfork-kill.c - a parent that waits for its vfork child can be killed; the child goes on with the memory.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
	pid_t child;
	int beats; /* of the child's */
};

static void lend_memory(struct shared *shared)
{
	pid_t pid = vfork();

	if (!pid) {
		store_release(&shared->child, getpid());
		for (;;) {
			store_release(&shared->beats, shared->beats + 1);
			usleep(1000);
		}
	}
	_exit(100); /* only after the child's end */
}

int main(void)
{
	struct shared *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, before;
	pid_t pid;

	REQUIRE(shared != MAP_FAILED);
	CHECK_OK(prctl(PR_SET_CHILD_SUBREAPER, 1)); /* the grandchild comes to us */
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid)
		lend_memory(shared);
	while (!load_acquire(&shared->child)) {
		REQUIRE_EQ(waitpid(pid, &status, WNOHANG), 0);
		usleep(1000);
	}
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	before = load_acquire(&shared->beats);
	while (load_acquire(&shared->beats) < before + 3)
		usleep(1000);
	CHECK_OK(kill(shared->child, SIGKILL));
	CHECK_EQ(waitpid(shared->child, &status, 0), shared->child);
	CHECK(WIFSIGNALED(status));
	return check_done();
}
