/* irq.c - the registry of interrupts, with a controller that the test plays.
 *
 * links: kernel/irq/irq.c kernel/hart/lock.c lib/fmt.c kernel/test/host/host.c
 */
#include "kernel/irq/irq.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/hart.h"
#include "kernel/irq/chip.h"
#include "kernel/test/host/host.h"
#include "lib/fmt.h"
#include "lib/test/check.h"

static u32 enabled_source, enabled_hart, enabled_count, sent_to;
static u32 served[3];

static void enable(u32 source, u32 hart_index)
{
	enabled_source = source;
	enabled_hart = hart_index;
	enabled_count++;
}

static void send_ipi(u32 hart_index)
{
	sent_to = hart_index;
}

static const struct irq_chip chip = { .name = "TEST", .enable = enable, .send_ipi = send_ipi };

static void count(void *argument)
{
	(*(u32 *)argument)++;
}

static void begin(void)
{
	host_init(2);
	irq_chip = &chip;
	irq_sources = 96;
}

TEST(a_source_has_one_handler)
{
	begin();
	CHECK_EQ(irq_register(7, 1, "seven", count, &served[0]), 0);
	CHECK_EQ(enabled_source, 7);
	CHECK_EQ(enabled_hart, 1);
	CHECK_EQ(irq_register(7, 0, "again", count, &served[1]), -EBUSY);
	CHECK_EQ(irq_register(0, 0, "none", count, &served[1]), -EINVAL);
	CHECK_EQ(irq_register(97, 0, "none", count, &served[1]), -EINVAL);
	CHECK_EQ(irq_register(UINT32_MAX, 0, "none", count, &served[1]), -EINVAL);
	CHECK_EQ(irq_register(8, 99, "none", count, &served[1]), -EINVAL);
	CHECK_EQ(enabled_count, 1);
	CHECK_EQ(irq_register(96, 0, "last", count, &served[2]), 0);
	irq_dispatch(7);
	irq_dispatch(7);
	irq_dispatch(96);
	CHECK_EQ(served[0], 2);
	CHECK_EQ(served[1], 0);
	CHECK_EQ(served[2], 1);
}

TEST(interrupts_are_counted_where_they_are_handled)
{
	char buffer[1024];
	struct fmt_text text = { buffer, sizeof(buffer), 0 };

	begin();
	CHECK_EQ(irq_register(7, 0, "disk", count, &served[0]), 0);
	irq_dispatch(7);
	host_be(1);
	irq_dispatch(7);
	irq_dispatch(7);
	irq_dispatch(9); /* nobody's */
	irq_dispatch(IRQ_MAX + 7);
	irq_dispatch(0);
	irq_count_ipi();
	host_be(0);
	irq_send_ipi(1);
	CHECK_EQ(sent_to, 1);
	CHECK_EQ(served[0], 3);
	CHECK_EQ(harts[0].interrupts, 1);
	CHECK_EQ(harts[0].ipis_sent, 1);
	CHECK_EQ(harts[1].interrupts, 6);
	irq_report(&text);
	CHECK_STR_EQ(buffer, "           CPU0       CPU1\n"
			     "  7:          1          2  TEST  disk\n"
			     "IPI:          0          1  from other harts\n"
			     "ERR:          0          3  nobody's\n");
}

static const struct test tests[] = {
	TEST_ROW(a_source_has_one_handler),
	TEST_ROW(interrupts_are_counted_where_they_are_handled),
};
TEST_MAIN(tests)
