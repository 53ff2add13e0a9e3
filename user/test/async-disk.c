/* async-disk.c - the loop from a disk's interrupt to a program's coroutine closes by user interrupts, by what the
 * machine has of them: runs the program of that name.
 *
 * oracle: none
 */
#include "user/test/check.h"
#include "user/test/child.h"

int main(void)
{
	static const char *const arguments[] = { "async-disk", "--check", "64", NULL };

	CHECK_EQ(child_program("/bin/async-disk", arguments), EXITED(0));
	return check_done();
}
