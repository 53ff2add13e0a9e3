/* boot.c - how long the way from the kernel's first instruction to the first one in user mode was.
 *
 * The kernel notes both on its clock. Under icount that clock counts instructions since the machine was switched on, so
 * the firmware's part is `boot_firmware`; while the hart sleeps (for the disk) it counts on, so that is taken off.
 */
#include "user/bench/bench.h"
#include "user/bench/proc.h"

int main(void)
{
	long entry = proc_number("/proc/boot", "kernel_entry_ns:"), user = proc_number("/proc/boot", "first_user_ns:");
	long idle = proc_number("/proc/boot", "idle_ns:");

	if (entry < 0 || user < 0 || idle < 0)
		return 77;
	bench_say("boot_firmware", 1, (double)entry);
	bench_say("boot_to_user", 1, (double)(user - entry - idle));
	return 0;
}
