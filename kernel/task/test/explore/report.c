/* report.c - a schedule as a table: time runs down, each hart has a column.
 *
 *     hart 0                                    hart 1
 *     waker.c:48  state 2 -> 3
 *                                               inbox.c:14  head = 0x5580  (newer: 1, in hart 0's store buffer)
 */
#include "kernel/task/test/explore/machine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COLUMN = 58, LONGEST = 100 };

/* Small numbers in decimal; addresses of the program's data are shown by their low digits. */
MODEL_OWN static void number(char *text, size_t bytes, u64 bits)
{
	if (bits < 100000)
		snprintf(text, bytes, "%lu", (unsigned long)bits);
	else
		snprintf(text, bytes, "@%04lx", (unsigned long)(bits & 0xffff));
}

MODEL_OWN static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

MODEL_OWN static const char *access_name(const struct site *site)
{
	return site->what[0] == '&' ? site->what + 1 : site->what;
}

MODEL_OWN static void access_text(char *text, size_t bytes, const struct step *step)
{
	char before[24], after[24];
	bool read = step->kind != OP_STORE && step->kind != OP_UNLOCK;

	number(before, sizeof(before), step->before);
	number(after, sizeof(after), step->after);
	if (step->kind == OP_FENCE)
		snprintf(text, bytes, "full fence");
	else if (step->kind == OP_RELAX)
		snprintf(text, bytes, "spins");
	else if (step->kind == OP_AWAIT && !step->wrote)
		snprintf(text, bytes, "%s is %s: awake", access_name(step->site), before);
	else if (step->kind == OP_LOCK || step->kind == OP_UNLOCK)
		snprintf(text, bytes, "%s", step->site->what);
	else if (step->kind == OP_TRY_LOCK)
		snprintf(text, bytes, "%s%s", step->site->what, step->wrote ? "" : ": busy");
	else if (read && step->wrote)
		snprintf(text, bytes, "%s: %s -> %s", access_name(step->site), before, after);
	else if (read)
		snprintf(text, bytes, "%s is %s", access_name(step->site), before);
	else
		snprintf(text, bytes, "%s = %s", access_name(step->site), after);
}

MODEL_OWN static void print_step(const struct step *step)
{
	char text[120], line[200];

	access_text(text, sizeof(text), step);
	snprintf(line, sizeof(line), "%s:%u %s", file_name(step->site->file), step->site->line, text);
	printf("    %*s%s", (int)(step->hart * COLUMN), "", line);
	if (step->newer)
		printf("  <- old: the newer value is still in hart %u's store buffer", step->newer_hart);
	printf("\n");
}

/* Ask binutils for the line of a plain access. */
MODEL_OWN static void print_plain(const struct race_side *side)
{
	char command[100], line[200] = "?\n";
	FILE *answer;

	if (!side->code)
		return;
	snprintf(command, sizeof(command), "addr2line -s -e /proc/%d/exe 0x%x", getpid(), side->code);
	answer = popen(command, "r");
	if (answer && !fgets(line, sizeof(line), answer))
		line[0] = 0;
	if (answer)
		pclose(answer);
	printf("       hart %u, plainly: %s", side->hart, line);
}

MODEL_OWN void report_schedule(void)
{
	u32 first = machine->step_count > LONGEST ? machine->step_count - LONGEST : 0;

	for (u32 i = 0; machine->scenario->body[i]; i++)
		printf("%*shart %u", i ? COLUMN - 6 : 4, "", i);
	printf("\n");
	if (first)
		printf("    (%u steps before)\n", first);
	for (u32 i = first; i < machine->step_count; i++)
		print_step(&machine->steps[i]);
	printf("    => %s\n", machine->failure);
	print_plain(&machine->race[0]);
	print_plain(&machine->race[1]);
	printf("    replay: %s", machine->scenario->name);
	for (u32 i = 0; i < machine->step_count; i++) {
		printf(" %u", machine->steps[i].hart);
		if (machine->steps[i].pick)
			printf(":%u", machine->steps[i].pick);
	}
	printf("\n");
}
