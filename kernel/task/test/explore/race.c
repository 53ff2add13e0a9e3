/* race.c - plain accesses of two harts to the same byte, one of them a write, must be ordered by acquire and release.
 *
 * The compiler tells about each plain access (-fsanitize=thread, passed to the compiler proper with -Wp so that gcc
 * does not link its own library). For each byte of the program's data the newest access of each kind and hart is
 * kept, as the hart's clock then; it came before this access exactly if this hart's view holds that clock.
 *
 * Frames, tasks and nodes are static data in the scenarios; what lies elsewhere (locals) is nobody else's.
 */
#include "kernel/task/test/explore/machine.h"

#include <stdio.h>
#include <stdlib.h>

extern char __data_start[], _end[], __executable_start[]; /* from the linker */

struct byte_access {
	u32 schedule; /* older than this schedule: nothing */
	u16 clock[ACCESS_KINDS][MODEL_HARTS];
	u32 code[ACCESS_KINDS]; /* where the newest of each kind is in the program; 0: a step, the table shows it */
};

static struct byte_access *bytes_of_data;
static char *image_at_start, *image;
static u32 *this_schedule; /* on the heap: data is put back between schedules */

MODEL_OWN static size_t data_bytes(void)
{
	return (size_t)(_end - __data_start);
}

/* Before setup: the data as the program started with it. */
MODEL_OWN void race_init(void)
{
	size_t bytes = data_bytes();

	if (!bytes_of_data) {
		bytes_of_data = calloc(bytes, sizeof(*bytes_of_data));
		this_schedule = calloc(1, sizeof(*this_schedule));
		image = malloc(bytes);
		image_at_start = malloc(bytes);
		copy_unseen(image_at_start, __data_start, bytes);
	}
	copy_unseen(__data_start, image_at_start, bytes);
}

/* After setup: what each schedule begins with. */
MODEL_OWN void race_keep(void)
{
	copy_unseen(image, __data_start, data_bytes());
}

MODEL_OWN void race_begin(void)
{
	++*this_schedule;
	copy_unseen(__data_start, image, data_bytes());
}

static const char *const access_name[] = {
	[PLAIN_READ] = "reads it plainly",
	[PLAIN_WRITE] = "writes it plainly",
	[ATOMIC_READ] = "reads it",
	[ATOMIC_WRITE] = "writes it",
};

MODEL_OWN static void fail(u32 hart, enum access access, u32 other, enum access before, const struct byte_access *byte)
{
	machine->race[0] = (struct race_side){ hart, byte->code[access] };
	machine->race[1] = (struct race_side){ other, byte->code[before] };
	model_fail("data race: hart %u %s, unordered with hart %u that %s", hart, access_name[access], other,
		   access_name[before]);
}

/* Two accesses conflict if one writes and one is plain. */
MODEL_OWN static bool conflict(enum access a, enum access b)
{
	bool writes = a == PLAIN_WRITE || a == ATOMIC_WRITE || b == PLAIN_WRITE || b == ATOMIC_WRITE;

	return writes && (a <= PLAIN_WRITE || b <= PLAIN_WRITE);
}

/* Does an access of KIND by a hart other than HART stand there that its clocks MINE do not know? */
MODEL_OWN static bool is_unordered(u32 hart, const u16 *clock, const u16 *mine, u32 *other)
{
	for (*other = 0; *other < MODEL_HARTS; ++*other)
		if (*other != hart && clock[*other] > mine[*other])
			return true;
	return false;
}

MODEL_OWN static void check_byte(u32 hart, const char *p, enum access access, u32 code)
{
	struct byte_access *byte = &bytes_of_data[p - __data_start];
	const u16 *mine = machine->harts[hart].view.clock;
	u32 other;

	if (byte->schedule != *this_schedule) {
		*byte = (struct byte_access){ 0 };
		byte->schedule = *this_schedule;
	}
	if (byte->clock[access][hart] == mine[hart])
		return; /* no step since, so nobody else was here */
	byte->clock[access][hart] = mine[hart];
	byte->code[access] = code;
	if (machine->depth < machine->prefix)
		return; /* an earlier schedule has been here */
	for (u32 kind = 0; kind < ACCESS_KINDS; kind++)
		if (conflict(access, kind) && is_unordered(hart, byte->clock[kind], mine, &other)) {
			fail(hart, access, other, kind, byte);
			return;
		}
}

MODEL_OWN static void check_bytes(u32 hart, const char *p, u64 bytes, enum access access, u32 code)
{
	if (p < __data_start || p >= _end)
		return;
	for (u64 i = 0; i < bytes && !machine->failed; i++)
		check_byte(hart, p + i, access, code);
}

MODEL_OWN void race_check(u32 hart, const char *p, u64 bytes, enum access access)
{
	check_bytes(hart, p, bytes, access, 0);
}

/* --- what the compiler calls before each plain access --- */

MODEL_OWN static void plain(void *p, u64 bytes, enum access access, void *return_address)
{
	if (!machine || !machine->running || (char *)p < __data_start || (char *)p >= _end)
		return;
	if (access == PLAIN_WRITE)
		memory_plain_write(machine->current, p, (u32)bytes);
	check_bytes(machine->current, p, bytes, access, (u32)((char *)return_address - 1 - __executable_start));
}

#define HOOK(name, bytes, access)                                     \
	void name(void *p);                                           \
	MODEL_OWN void name(void *p)                                  \
	{                                                             \
		plain(p, bytes, access, __builtin_return_address(0)); \
	}

#define HOOKS(bytes)                                          \
	HOOK(__tsan_read##bytes, bytes, PLAIN_READ)           \
	HOOK(__tsan_write##bytes, bytes, PLAIN_WRITE)         \
	HOOK(__tsan_unaligned_read##bytes, bytes, PLAIN_READ) \
	HOOK(__tsan_unaligned_write##bytes, bytes, PLAIN_WRITE)

HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)

void __tsan_init(void);
void __tsan_read_range(void *p, long bytes);
void __tsan_write_range(void *p, long bytes);

MODEL_OWN void __tsan_init(void)
{
}

MODEL_OWN void __tsan_read_range(void *p, long bytes)
{
	plain(p, (u64)bytes, PLAIN_READ, __builtin_return_address(0));
}

MODEL_OWN void __tsan_write_range(void *p, long bytes)
{
	plain(p, (u64)bytes, PLAIN_WRITE, __builtin_return_address(0));
}
