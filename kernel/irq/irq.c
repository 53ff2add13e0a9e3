/* irq.c - who handles which interrupt, and how often it came.
 *
 * Invariant: a row's handler is published last (store_release), after its argument and name; rows are never taken back.
 * Counters are written by the hart that handles, and read by anyone.
 */
#include "kernel/irq/irq.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/hart.h"
#include "kernel/irq/chip.h"
#include "kernel/hart/lock.h"
#include "kernel/trace/trace.h"
#include "lib/fmt.h"

const struct irq_chip *irq_chip;
u32 irq_sources;

static struct row {
	irq_handler *handler;
	void *argument;
	const char *name;
	u64 count[MAX_HARTS];
} rows[IRQ_MAX];

static u64 ipis[MAX_HARTS], strays[MAX_HARTS]; /* strays: claimed, but nobody is registered */
static struct spinlock lock = SPINLOCK_INIT(RANK_REGISTRY);

int irq_register(u32 source, u32 hart_index, const char *name, irq_handler *handler, void *argument)
{
	struct row *row = &rows[source % IRQ_MAX];
	int err = -EBUSY;

	if (!source || source > irq_sources || source >= IRQ_MAX || hart_index >= MAX_HARTS)
		return -EINVAL;
	spin_lock(&lock);
	if (!row->handler) {
		row->argument = argument;
		row->name = name;
		/* release: pairs with the acquire in irq_dispatch on the hart that handles it */
		store_release(&row->handler, handler);
		err = 0;
	}
	spin_unlock(&lock);
	if (!err)
		irq_chip->enable(source, hart_index);
	return err;
}

void irq_dispatch(u32 source)
{
	struct row *row = &rows[source % IRQ_MAX];
	irq_handler *handler = load_acquire(&row->handler); /* pairs with the release in irq_register */
	struct hart *h = hart();

	h->interrupts++;
	if (source >= IRQ_MAX || !handler) {
		strays[h->index]++;
		return;
	}
	row->count[h->index]++;
	trace_event(TRACE_INTERRUPT, source, row->name);
	handler(row->argument);
}

void irq_count_ipi(void)
{
	struct hart *h = hart();

	trace_event(TRACE_INTERRUPT, 0, "another hart");
	h->interrupts++;
	ipis[h->index]++;
}

void irq_send_ipi(u32 hart_index)
{
	hart()->ipis_sent++;
	irq_chip->send_ipi(hart_index);
}

static void report_counts(struct fmt_text *text, const u64 *counts)
{
	for (u32 i = 0; i < hart_count; i++)
		fmt_add(text, " %10lu", load_relaxed(&counts[i]));
}

void irq_report(struct fmt_text *text)
{
	fmt_add(text, "    ");
	for (u32 i = 0; i < hart_count; i++)
		fmt_add(text, "       CPU%u", i);
	fmt_add(text, "\n");
	for (u32 source = 1; source < IRQ_MAX; source++) {
		if (!load_acquire(&rows[source].handler))
			continue;
		fmt_add(text, "%3u:", source);
		report_counts(text, rows[source].count);
		fmt_add(text, "  %s  %s\n", irq_chip->name, rows[source].name);
	}
	fmt_add(text, "IPI:");
	report_counts(text, ipis);
	fmt_add(text, "  from other harts\nERR:");
	report_counts(text, strays);
	fmt_add(text, "  nobody's\n");
}
