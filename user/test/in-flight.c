/* in-flight.c - at most four reads in flight take less time than synchronous ones, on a disk whose requests take some.
 * Runs the program that measures it, where time is the guest's own.
 *
 * machines: icount !torture
 * oracle: none
 * boot: ramdisk=4M,latency=20-80,seed=7
 */
#include "user/test/check.h"
#include "user/test/child.h"

int main(void)
{
	static const char *const arguments[] = { "in-flight", "--check", NULL };

	CHECK_EQ(child_program("/bin/in-flight", arguments), EXITED(0));
	return check_done();
}
