/* poweroff.c - the finisher of QEMU's virt machine ("sifive,test0"): a store to it ends QEMU.
 *
 *     0x5555                  exit status 0
 *     status << 16 | 0x3333   exit status STATUS
 */
#include "kernel/dev/poweroff.h"

#include "kernel/dev/uart.h"
#include "kernel/hart/cpu.h"
#include "kernel/hart/fdt.h"
#include "kernel/hart/sbi.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/page.h"

enum { FINISH_PASS = 0x5555, FINISH_FAIL = 0x3333 };
enum { RESET_SHUTDOWN = 0, REASON_NONE = 0, REASON_FAILURE = 1 };

static volatile u32 *finisher;

void poweroff_init(void)
{
	struct fdt_node node = { 0 };
	struct fdt_reg reg;

	if (!fdt_next_compatible(&node, "sifive,test0") || !fdt_reg(&node, 0, &reg) ||
	    !kmap_device(reg.base, reg.bytes))
		return;
	finisher = phys_to_virt(reg.base);
}

void machine_off(u32 status)
{
	uart_drain_sync();
	if (finisher)
		*finisher = status ? status << 16 | FINISH_FAIL : FINISH_PASS;
	sbi_call(SBI_RESET, 0, RESET_SHUTDOWN, status ? REASON_FAILURE : REASON_NONE, 0, 0, 0);
	for (;;)
		cpu_wait_for_interrupt();
}
