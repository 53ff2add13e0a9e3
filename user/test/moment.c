/* moment.c - while a read waits for the disk its coroutine is found among the tasks of the kernel. Runs the program
 * that shows it, where time is the guest's own.
 *
 * machines: icount !torture
 * oracle: none
 * boot: ramdisk=4M,latency=20000-20000
 */
#include "user/test/check.h"
#include "user/test/child.h"

int main(void)
{
	static const char *const arguments[] = { "moment", NULL };

	CHECK_EQ(child_program("/bin/moment", arguments), EXITED(0));
	return check_done();
}
