/* walk.c - a read passes its stations in the order it must: from the page cache, the disk and the RAM disk, told of by
 * an upcall and by a direct user interrupt. Runs the program that prints them.
 *
 * oracle: none
 * boot: ramdisk=4M,latency=20-80,seed=7
 */
#include "user/test/check.h"
#include "user/test/child.h"

int main(void)
{
	static const char *const arguments[] = { "walk", "--check", NULL };

	CHECK_EQ(child_program("/bin/walk", arguments), EXITED(0));
	return check_done();
}
