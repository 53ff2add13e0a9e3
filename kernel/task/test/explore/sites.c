/* sites.c - explore_sites: is every ordering of the kernel's code needed, and would the explorer notice if it were gone?
 *
 * First the scenarios run as they are, and every place that makes a step is noted. Then each ordering of each of those
 * places in the given files is taken away, one at a time (an acquire, a release, a fence, or the atomicity of a
 * read-modify-write), and some scenario must fail. What survives must be in the table of spares, with a reason.
 */
#include "kernel/task/test/explore/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SITES_MAX = 256, SCENARIOS_MAX = 64 };

static struct sites {
	const struct scenario *scenarios[SCENARIOS_MAX];
	u32 scenario_count, scenario, weakenings, count;
	const struct site *site[SITES_MAX];
	u64 seen_by[SITES_MAX]; /* bit i: scenario i */
	bool spare_used[SITES_MAX];
} *sites;

/* Headers are compiled into several objects, each with sites of its own: these are told apart, and each weakened. */
MODEL_OWN void site_seen(const struct site *site)
{
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

static const char *lost_name(u32 lost)
{
	return lost == ORDER_ACQUIRE ? "acquire" :
	       lost == ORDER_RELEASE ? "release" :
	       lost == ORDER_ATOMIC  ? "atomicity" :
				       "fence";
}

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
	for (u32 i = 0; i < sites->scenario_count; i++)
		if (seen_by & BIT(i) && !(likely ? search_simplest : search_all)(sites->scenarios[i], weakening))
			return true;
	return false;
}

/* The row of SPARES for this, or NULL. */
MODEL_OWN static const struct spare *find_spare(const struct spare *spares, u32 count, struct weakening weakening)
{
	for (u32 i = 0; i < count; i++)
		if (!strcmp(spares[i].function, weakening.site->function) &&
		    !strcmp(spares[i].what, weakening.site->what) && spares[i].lost & weakening.lost)
			return &spares[i];
	return NULL;
}

/* An ordering may be spare at one place of a function and needed at another that reads alike: so one that is noticed is
 * good in any case. */
MODEL_OWN static bool judge(struct weakening weakening, bool caught, const struct spare *spare)
{
	const struct site *site = weakening.site;

	printf("%s %s:%u %s(%s) without its %s: ", caught || spare ? "ok  " : "FAIL", site->file, site->line,
	       site->function, site->what, lost_name(weakening.lost));
	if (caught)
		printf("found by %s\n", machine->scenario->name);
	else if (spare)
		printf("spare: %s\n", spare->reason);
	else
		printf("no schedule fails, and it is not listed as spare\n");
	return caught || spare;
}

/* Run the scenarios as they are. False: the code is broken, and weakening it says nothing. */
MODEL_OWN static bool note_sites(const struct scenario *const *const *groups)
{
	sites = calloc(1, sizeof(*sites));
	for (; *groups; groups++)
		for (const struct scenario *const *s = *groups; *s; s++)
			if (!(*s)->bug)
				sites->scenarios[sites->scenario_count++] = *s;
	for (u32 i = 0; i < sites->scenario_count; i++) {
		sites->scenario = i;
		if (!search_all(sites->scenarios[i], (struct weakening){ NULL, 0 })) {
			printf("skip: scenario %s fails even unweakened: %s\n", sites->scenarios[i]->name,
			       machine->failure);
			return false;
		}
	}
	return true;
}

/* Take LOST away from site INDEX: true if that is noticed, or has its reason. */
MODEL_OWN static bool weaken(u32 index, u32 lost, const struct spare *spares, u32 spare_count, bool show)
{
	struct weakening weakening = { sites->site[index], lost };
	const struct spare *spare = find_spare(spares, spare_count, weakening);
	bool caught = is_caught(sites->seen_by[index], weakening, !spare), good = judge(weakening, caught, spare);

	sites->weakenings++;
	if (spare && !caught)
		sites->spare_used[spare - spares] = true;
	if (caught && show)
		report_schedule();
	fflush(stdout);
	return good;
}

MODEL_OWN int explore_sites(const struct scenario *const *const *groups, const char *const *files,
			    const struct spare *spares, u32 spare_count, int argc, char **argv)
{
	const char *function = argc > 1 ? argv[1] : NULL;
	bool good = true;

	if (!note_sites(groups))
		return 0;
	for (u32 i = 0; i < sites->count; i++)
		for (u32 lost = ORDER_ACQUIRE; lost <= ORDER_FENCE && is_listed(files, sites->site[i]); lost *= 2)
			if (sites->site[i]->order & lost && (!function || !strcmp(function, sites->site[i]->function)))
				good &= weaken(i, lost, spares, spare_count, function);
	for (u32 i = 0; i < spare_count && !function; i++)
		if (!sites->spare_used[i]) {
			printf("FAIL what is listed as spare in %s(%s) is not there, or is needed\n",
			       spares[i].function, spares[i].what);
			good = false;
		}
	printf("%u weakenings, %lu schedules\n", sites->weakenings, (unsigned long)machine->schedules_ever);
	return good ? 0 : 1;
}
