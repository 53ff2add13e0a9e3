/* trace_read.c - records for those who read them: one by number, and the newest as text. */
#include "kernel/abi/errno.h"
#include "kernel/trace/slot.h"
#include "kernel/trace/trace.h"
#include "lib/fmt.h"

enum { SHOWN = 64 }; /* records in the text: a step shall not be long */

static const char *const kind_names[TRACE_KINDS] = {
	[TRACE_NOTHING] = "nothing",
	[TRACE_INTERRUPT] = "interrupt",
	[TRACE_TIMER] = "timer",
	[TRACE_WAKE] = "wake",
	[TRACE_RUN] = "run",
	[TRACE_SUSPEND] = "suspend",
	[TRACE_END] = "end",
	[TRACE_USER] = "user",
	[TRACE_TRAP] = "trap",
	[TRACE_CALL] = "call",
	[TRACE_SQE] = "sqe",
	[TRACE_CQE] = "cqe",
	[TRACE_UINTR] = "uintr",
	[TRACE_BLOCK] = "block",
	[TRACE_SLEEP] = "sleep",
	[TRACE_AWAKE] = "awake",
	[TRACE_BLOCK_ENDED] = "block ended",
};

bool trace_is_running(void)
{
	for (u32 i = 0; i < hart_count; i++)
		if (load_relaxed(&harts[i].tracing))
			return true;
	return false;
}

/* The numbers of a buffer's records: FIRST to END - 1. */
static u64 range(const struct trace_buffer *buffer, u64 *end)
{
	u64 first = load_relaxed(&buffer->first);

	/* acquire: pairs with the release in slot_end */
	*end = load_acquire(&buffer->next);
	if (!load_relaxed(&buffer->slots))
		return *end = 0;
	return *end - first < buffer->size ? first : *end - buffer->size + 1;
}

static void text_copy(char *to, size_t bytes, const char *from, size_t most)
{
	size_t i;

	for (i = 0; from && i < most && i + 1 < bytes && from[i]; i++)
		to[i] = from[i];
	to[i] = 0;
}

/* "kernel/fs/ext2_file.c" of any path that ends so. */
static const char *file_tail(const char *file)
{
	const char *tail = file;

	for (; *file; file++)
		if (!__builtin_strncmp(file, "kernel/", 7))
			tail = file;
	return tail;
}

static void slot_export(u32 hart_index, const struct trace_slot *slot, struct trace_record *out)
{
	const struct co_type *type = load_relaxed(&slot->type);

	*out = (struct trace_record){
		.time = slot->time,
		.instructions = slot->instructions,
		.own = slot->own,
		.argument = slot->argument,
		.task = slot->task,
		.line = slot->line,
		.kind = slot->kind,
		.hart = (u16)hart_index,
	};
	text_copy(out->name, sizeof(out->name), slot->name, sizeof(slot->name));
	text_copy(out->text, sizeof(out->text), slot->text, SIZE_MAX);
	if (!type)
		return;
	text_copy(out->what, sizeof(out->what), type->name, SIZE_MAX);
	text_copy(out->file, sizeof(out->file), file_tail(type->file), SIZE_MAX);
}

static const struct trace_slot *slot_of(const struct trace_buffer *buffer, u64 number)
{
	return &buffer->slots[number & (buffer->size - 1)];
}

bool trace_get(u64 index, struct trace_record *out)
{
	u64 first, end;

	for (u32 i = 0; i < hart_count; i++) {
		first = range(&trace_buffers[i], &end);
		if (index < end - first) {
			slot_export(i, slot_of(&trace_buffers[i], first + index), out);
			return true;
		}
		index -= end - first;
	}
	return false;
}

/* --- as text: the newest of all harts, in the order of time --- */

struct cursor {
	u64 first, at, end;
};

/* The hart whose record before its cursor is the newest; MAX_HARTS: none is left. */
static u32 newest(const struct cursor *cursors)
{
	u32 found = MAX_HARTS;
	u64 time = 0;

	for (u32 i = 0; i < hart_count; i++) {
		if (cursors[i].at == cursors[i].first)
			continue;
		if (found == MAX_HARTS || slot_of(&trace_buffers[i], cursors[i].at - 1)->time > time) {
			found = i;
			time = slot_of(&trace_buffers[i], cursors[i].at - 1)->time;
		}
	}
	return found;
}

static u32 oldest(const struct cursor *cursors)
{
	u32 found = MAX_HARTS;
	u64 time = 0;

	for (u32 i = 0; i < hart_count; i++) {
		if (cursors[i].at == cursors[i].end)
			continue;
		if (found == MAX_HARTS || slot_of(&trace_buffers[i], cursors[i].at)->time < time) {
			found = i;
			time = slot_of(&trace_buffers[i], cursors[i].at)->time;
		}
	}
	return found;
}

static void print_record(struct fmt_text *text, const struct trace_record *r)
{
	fmt_add(text, "%u %lu.%06lu ms  %-11s", r->hart, r->time / 1000000, r->time % 1000000,
		r->kind < TRACE_KINDS ? kind_names[r->kind] : "?");
	fmt_add(text, " %-12s %lx", r->task ? r->name : "-", r->argument);
	if (r->what[0])
		fmt_add(text, "  %s %s:%u", r->what, r->file, r->line);
	fmt_add(text, r->text[0] ? "  %s\n" : "\n", r->text);
}

void trace_report(struct fmt_text *text)
{
	struct cursor cursors[MAX_HARTS];
	struct trace_record record;
	u32 i, count = 0;

	fmt_add(text, "%s\n", trace_is_running() ? "on" : "off");
	if (trace_is_running())
		return;
	for (i = 0; i < hart_count; i++) {
		cursors[i].first = range(&trace_buffers[i], &cursors[i].end);
		cursors[i].at = cursors[i].end;
	}
	while (count < SHOWN && (i = newest(cursors)) != MAX_HARTS) {
		cursors[i].at--;
		count++;
	}
	while ((i = oldest(cursors)) != MAX_HARTS) {
		slot_export(i, slot_of(&trace_buffers[i], cursors[i].at++), &record);
		print_record(text, &record);
	}
}

int trace_command(const char *command)
{
	if (!__builtin_strncmp(command, "on", 2))
		return trace_start(0);
	if (__builtin_strncmp(command, "off", 3))
		return -EINVAL;
	trace_stop();
	return 0;
}
