/* fork-flush.c - what the parent writes right after fork does not show in the child, though a moment ago the page could
 * be written and the hart remembers that.
 *
 * The two share the page until one of them writes. Nothing lies between the end of the call and the write but the write
 * itself, and the child looks only after it.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/byte.h"
#include "user/test/check.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 20, PAGES = 8, PAGE = 4096 };

static volatile long *memory;

/* All pages hold VALUE, and can be written without a fault. */
static void heat(long value)
{
	for (int i = 0; i < PAGES; i++)
		memory[i * PAGE / 8] = value;
}

static void check_round(long round, int gate[2])
{
	long pid;
	int status = -1;
	char byte;

	heat(round);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid) {
		heat(~round);
		byte_send(gate[1], 0);
		REQUIRE(pid > 0);
		CHECK_EQ(waitpid((pid_t)pid, &status, 0), pid);
		if (!CHECK_EQ(status, 0))
			check_note("in round %ld", round);
		return;
	}
	byte_receive(gate[0], &byte);
	for (int i = 0; i < PAGES; i++)
		if (memory[i * PAGE / 8] != round)
			_exit(1);
	_exit(0);
}

int main(void)
{
	int gate[2];

	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory != MAP_FAILED);
	REQUIRE_OK(pipe(gate));
	for (long round = 0; round < ROUNDS; round++)
		check_round(round, gate);
	return check_done();
}
