/* sites.c - explore_sites: is every ordering of the kernel's code needed, and would the explorer notice if it were
 * gone?
 *
 * First the scenarios run as they are, and every place that makes a step is noted. Then each ordering of each of
 * those places in the given files is taken away (an acquire, a release, a fence, or the atomicity of a
 * read-modify-write), and some scenario must fail. What survives must be in the table of spares, with a reason.
 */
#include "kernel/task/test/explore/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SITES_MAX = 256, SCENARIOS_MAX = 64 };

struct sites {
	const struct scenario *scenarios[SCENARIOS_MAX];
	u32 scenario_count, scenario, weakenings, count;
	const struct site *site[SITES_MAX];
	u64 seen_by[SITES_MAX]; /* bit i: scenario i */
	const struct spare *spares;
	u32 spare_count;
	bool spare_used[SITES_MAX];
	bool show;
};

/* Headers are compiled into several objects, each with sites of its own: these are told apart, and each weakened. */
MODEL_OWN void site_seen(const struct site *site)
{
	struct sites *sites = machine->sites;
	u32 i = 0;

	if (!sites || machine->weakening.site)
		return;
	while (i < sites->count && sites->site[i] != site)
		i++;
	if (i == SITES_MAX)
		return;
	sites->site[i] = site;
	sites->count = max(sites->count, i + 1);
	sites->seen_by[i] |= BIT(sites->scenario);
}

static const struct {
	u32 bit;
	const char *name;
} orders[] = {
	{ ORDER_ACQUIRE, " acquire" },
	{ ORDER_RELEASE, " release" },
	{ ORDER_ATOMIC, " atomicity" },
	{ ORDER_FENCE, " full fence" },
};

MODEL_OWN static bool is_listed(const char *const *files, const struct site *site)
{
	for (; *files; files++)
		if (!strcmp(*files, site->file))
			return true;
	return false;
}

/* Is a scenario broken by WEAKENING? If that is LIKELY, simple schedules come first. */
MODEL_OWN static bool is_caught(u64 seen_by, struct weakening weakening, bool likely)
{
	struct sites *sites = machine->sites;

	for (u32 i = 0; i < sites->scenario_count; i++)
		if (seen_by & BIT(i) && !(likely ? search_simplest : search_all)(sites->scenarios[i], weakening))
			return true;
	return false;
}

/* The row of the spares for LOST of SITE, or NULL. */
MODEL_OWN static const struct spare *find_spare(const struct site *site, u32 lost)
{
	struct sites *sites = machine->sites;

	for (u32 i = 0; i < sites->spare_count; i++)
		if (!strcmp(sites->spares[i].function, site->function) && !strcmp(sites->spares[i].what, site->what) &&
		    sites->spares[i].lost & lost)
			return &sites->spares[i];
	return NULL;
}

MODEL_OWN static void say(const struct site *site, u32 lost, bool caught, const struct spare *spare)
{
	printf("%s %s:%u %s(%s) without its", caught || spare ? "ok  " : "FAIL", site->file, site->line, site->function,
	       site->what);
	for (u32 i = 0; i < ARRAY_SIZE(orders); i++)
		printf("%s", lost & orders[i].bit ? orders[i].name : "");
	if (caught)
		printf(": found by %s\n", machine->scenario->name);
	else
		printf(": %s%s\n", spare ? "spare: " : "no schedule fails, and it is not listed as spare",
		       spare ? spare->reason : "");
	if (caught && machine->sites->show)
		report_schedule();
	fflush(stdout);
}

/* Take LOST away from site INDEX: true if that is noticed, or has its reason. */
MODEL_OWN static bool weaken(u32 index, u32 lost, const struct spare *spare)
{
	struct sites *sites = machine->sites;
	const struct site *site = sites->site[index];
	bool caught = is_caught(sites->seen_by[index], (struct weakening){ site, lost }, !spare);

	sites->weakenings++;
	say(site, lost, caught, spare);
	if (spare && !caught)
		sites->spare_used[spare - sites->spares] = true;
	return caught || spare;
}

/* What is listed as spare is taken away together: if nothing fails then, nothing fails for a part of it. An ordering
 * may be spare at one place of a function and needed at another that reads alike: that one is noticed by itself. */
MODEL_OWN static bool weaken_site(u32 index)
{
	struct sites *sites = machine->sites;
	const struct site *site = sites->site[index];
	const struct spare *spare = find_spare(site, site->order);
	u32 together = spare ? spare->lost & site->order : 0;
	bool good = true;

	if (together && !is_caught(sites->seen_by[index], (struct weakening){ site, together }, false)) {
		sites->weakenings++;
		sites->spare_used[spare - sites->spares] = true;
		say(site, together, false, spare);
	} else {
		together = 0;
	}
	for (u32 i = 0; i < ARRAY_SIZE(orders); i++)
		if (site->order & ~together & orders[i].bit)
			good &= weaken(index, orders[i].bit, find_spare(site, orders[i].bit));
	return good;
}

/* Run the scenarios as they are. False: the code is broken, and weakening it says nothing. */
MODEL_OWN static bool note_sites(const struct scenario *const *const *groups)
{
	struct sites *sites = machine->sites;

	for (; *groups; groups++)
		for (const struct scenario *const *s = *groups; *s; s++)
			if (!(*s)->bug)
				sites->scenarios[sites->scenario_count++] = *s;
	for (u32 i = 0; i < sites->scenario_count; i++) {
		sites->scenario = i;
		if (!search_all(sites->scenarios[i], (struct weakening){ NULL, 0 })) {
			printf("not judged: scenario %s fails as it is: %s\n", sites->scenarios[i]->name,
			       machine->failure);
			return false;
		}
	}
	return true;
}

MODEL_OWN static bool spares_are_used(void)
{
	struct sites *sites = machine->sites;
	bool good = true;

	for (u32 i = 0; i < sites->spare_count; i++)
		if (!sites->spare_used[i]) {
			printf("FAIL what is listed as spare in %s(%s) is not there, or is needed\n",
			       sites->spares[i].function, sites->spares[i].what);
			good = false;
		}
	return good;
}

MODEL_OWN int explore_sites(const struct scenario *const *const *groups, const char *const *files,
			    const struct spare *spares, u32 spare_count, int argc, char **argv)
{
	const char *function = argc > 1 ? argv[1] : NULL;
	bool good = true;

	search_open();
	machine->sites = calloc(1, sizeof(*machine->sites));
	*machine->sites = (struct sites){ .spares = spares, .spare_count = spare_count, .show = function };
	if (!note_sites(groups))
		return 0;
	for (u32 i = 0; i < machine->sites->count; i++)
		if (is_listed(files, machine->sites->site[i]) &&
		    (!function || !strcmp(function, machine->sites->site[i]->function)))
			good &= weaken_site(i);
	if (!function)
		good &= spares_are_used();
	printf("%u weakenings, %lu schedules\n", machine->sites->weakenings, (unsigned long)machine->schedules_ever);
	return good ? 0 : 1;
}
