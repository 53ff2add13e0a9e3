/* trace.c - the buffers and their one writer each.
 *
 *     slots   [ 5 | 6 | 7 | 3 | 4 ]     record number n is in slot n % size; `next` is 8 here
 *                       ^ next goes here
 *
 * Invariant: only its own hart writes a buffer, and a hart is not interrupted, so a record is written in one go.
 * Records below `next` are whole (release), but for the one in the slot that `next` goes to: it may be being
 * overwritten. So who reads takes the newest size - 1.
 */
#include "kernel/trace/trace.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/bootargs.h"
#include "kernel/hart/clock.h"
#include "kernel/mm/page.h"
#include "kernel/trace/slot.h"

enum { RECORDS_USUAL = 4096, RECORDS_LEAST = PAGE_SIZE / sizeof(struct trace_slot), RECORDS_MOST = 65536 };

struct trace_buffer trace_buffers[MAX_HARTS];
void (*trace_switched)(bool on);

#if defined(HOST)
static u64 instructions(void)
{
	return clock_now();
}
#else
static u64 instructions(void)
{
	return csr_read(instret);
}
#endif

/* --- writing --- */

/* A slot, filled as far as all kinds are alike. NULL: this hart has no buffer. */
static struct trace_slot *slot_begin(enum trace_kind kind, const struct trace_task *task)
{
	u64 counter = instructions();
	struct trace_buffer *buffer = &trace_buffers[hart()->index];
	struct trace_slot *slot = load_relaxed(&buffer->slots);

	if (!slot)
		return NULL;
	slot += buffer->next & (buffer->size - 1);
	slot->time = clock_now();
	slot->instructions = counter;
	slot->own = (u32)buffer->own;
	slot->type = task->type;
	slot->kind = (u8)kind;
	slot->line = task->line & 0xffffff;
	slot->task = task->number;
	slot->name[0] = 0;
	for (u32 i = 0; task->name && i < sizeof(slot->name); i++) {
		slot->name[i] = task->name[i];
		if (!task->name[i])
			break;
	}
	return slot;
}

/* Now it counts, and so does what it has cost. */
static void slot_end(const struct trace_slot *slot)
{
	struct trace_buffer *buffer = &trace_buffers[hart()->index];

	/* release: who sees the number finds the record; partner: slot_copy */
	store_release(&buffer->next, buffer->next + 1);
	buffer->own += instructions() - slot->instructions + buffer->around;
}

__attribute__((cold)) void trace_record(enum trace_kind kind, const struct trace_task *task, u64 argument,
					const char *text)
{
	struct trace_slot *slot = slot_begin(kind, task);

	if (!slot)
		return;
	slot->argument = argument;
	slot->text = text;
	slot_end(slot);
}

/* --- on and off --- */

static int buffer_make(struct trace_buffer *buffer, u32 records)
{
	u32 order = (u32)__builtin_ctz(records / RECORDS_LEAST);
	struct page *page = page_alloc(order);

	if (!page)
		return -ENOMEM;
	buffer->size = records;
	/* release: the hart that finds the slots finds their number */
	store_release(&buffer->slots, (struct trace_slot *)page_to_virt(page));
	return 0;
}

/* What a record costs that its own two looks at the counter do not see: measured between two records. */
static void measure_around(struct trace_buffer *buffer)
{
	const struct trace_slot *first = &buffer->slots[buffer->next & (buffer->size - 1)], *second;

	buffer->around = 0;
	trace_record_event(TRACE_NOTHING, 0, NULL);
	second = &buffer->slots[buffer->next & (buffer->size - 1)];
	trace_record_event(TRACE_NOTHING, 0, NULL);
	buffer->around = (u32)(second->instructions - first->instructions) - (second->own - first->own);
}

static void switch_on(struct trace_buffer *own)
{
	measure_around(own);
	for (u32 i = 0; i < hart_count; i++)
		store_relaxed(&trace_buffers[i].around, own->around);
	store_relaxed(&own->first, own->next);
	if (trace_switched)
		trace_switched(true);
	for (u32 i = 0; i < hart_count; i++)
		store_relaxed(&harts[i].tracing, (u8)1);
}

int trace_start(u32 records)
{
	struct trace_buffer *own = &trace_buffers[hart()->index];
	static u32 starting;
	u32 size = RECORDS_LEAST;
	int err = 0;

	if (records > RECORDS_MOST)
		return -EINVAL;
	if (atomic_exchange(&starting, 1u))
		return -EBUSY;
	while (size < (records > 1 ? records : RECORDS_USUAL))
		size *= 2;
	trace_stop();
	for (u32 i = 0; i < hart_count && !err; i++) {
		if (!trace_buffers[i].slots)
			err = buffer_make(&trace_buffers[i], size);
		store_relaxed(&trace_buffers[i].first, load_relaxed(&trace_buffers[i].next));
	}
	if (!err)
		switch_on(own);
	store_release(&starting, 0u);
	return err;
}

void trace_stop(void)
{
	for (u32 i = 0; i < hart_count; i++)
		store_relaxed(&harts[i].tracing, (u8)0);
	if (trace_switched)
		trace_switched(false);
}

void trace_boot(void)
{
	const char *text = bootargs_value("trace");
	u32 records = 0;

	for (; text && *text >= '0' && *text <= '9' && records < RECORDS_MOST; text++)
		records = records * 10 + (u32)(*text - '0');
	if (records)
		trace_start(min(records, (u32)RECORDS_MOST));
}
