// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu_doctor - "tallyvm pmu doctor": what partitioning needs, and what of it
 * this host has
 */
#include <stdio.h>

#include "cmd.h"
#include "json.h"
#include "pmu_facts.h"
#include "util.h"

static const char help[] =
"usage: tallyvm pmu doctor [OPTIONS]\n"
"\n"
"Says of each thing that counter partitions need whether this host has it,\n"
"and if not, how to get it.\n"
"\n"
"      --counters N   counters that a guest shall have, 0 to 31 (default: 1)\n"
"      --json         the same for scripts\n"
"      --dev FILE     KVM device (default: /dev/kvm)\n"
"      --sysfs DIR    look at a recorded sysfs; its kernel is not asked\n"
"      --help         print this text\n"
"\n"
"Exit status:\n"
"    0  all that is needed is there\n"
"   33  tallyvm or the kernel failed\n"
"   35  the options are wrong\n"
"   77  something needed is missing, or cannot be known\n";

/* What is printed; one row for each requirement. */
struct diagnosis {
	const struct pmu_facts *facts;
	const struct pmu_dev *dev;	/* NULL: the host has no core PMU */
	unsigned int n, max;
	enum pmu_req_state state[PMU_REQ_NUM];
	bool ready;
};

static const char *state_name(enum pmu_req_state state)
{
	static const char *const names[] = {
		[PMU_REQ_MET] = "met",
		[PMU_REQ_MISSING] = "missing",
		[PMU_REQ_UNKNOWN] = "unknown",
	};
	_Static_assert(ARRAY_SIZE(names) == PMU_REQ_STATE_NUM, "one for each");

	return names[state];
}

static struct diagnosis diagnose(const struct pmu_facts *f, unsigned int n)
{
	unsigned int best = pmu_facts_best(f), req;
	const struct pmu_req_facts facts = pmu_facts_require(f, best, n);
	struct diagnosis d = {
		.facts = f,
		.dev = f->host.nr ? &f->host.dev[best] : NULL,
		.n = n,
		.max = facts.max,
		.ready = f->host.nr > 0,
	};

	pmu_require_check(&facts, d.state);
	for (req = 0; req < PMU_REQ_NUM; req++)
		if (d.state[req] != PMU_REQ_MET &&
		    !pmu_require_is_optional(req))
			d.ready = false;
	return d;
}

static void print_row(const struct diagnosis *d, enum pmu_req req)
{
	bool optional = pmu_require_is_optional(req);

	printf("%-8s  %s\n", state_name(d->state[req]), pmu_require_name(req));
	if (d->state[req] == PMU_REQ_MET)
		return;
	if (req == PMU_REQ_KVM)
		printf("          %s\n", d->facts->no_kvm.text);
	printf("          %s%s\n",
	       d->state[req] == PMU_REQ_UNKNOWN && !optional ?
	       "cannot be seen from here: " : "", pmu_require_remedy(req));
}

static void print_diagnosis(const struct diagnosis *d)
{
	unsigned int req;

	printf("A guest with %u event counter%s of its own", d->n,
	       d->n == 1 ? "" : "s");
	if (!d->dev)
		printf(": this host has no core PMU");
	else if (d->max)
		printf(", of the %u of %s", d->max, d->dev->name);
	else
		printf(" on %s, of whose size nothing is known", d->dev->name);
	printf("\n\n");
	for (req = 0; req < PMU_REQ_NUM; req++)
		print_row(d, req);
	printf("\n%s\n", d->ready ?
	       "Ready: \"tallyvm run --pmu-partition\" will work." :
	       "Not ready: emulated counters (--pmu) need none of this but "
	       "KVM and a PMU for guests.");
}

static json_t *json_row(const struct diagnosis *d, enum pmu_req req)
{
	bool met = d->state[req] == PMU_REQ_MET;

	return json_pack("{ss,ss,sb,so}", "name", pmu_require_name(req),
			 "state", state_name(d->state[req]),
			 "optional", pmu_require_is_optional(req), "remedy",
			 json_out_text(met ? NULL : pmu_require_remedy(req)));
}

static int print_json(const struct diagnosis *d, struct err *e)
{
	json_t *rows = json_array();
	unsigned int req;

	for (req = 0; req < PMU_REQ_NUM; req++)
		json_array_append_new(rows, json_row(d, req));
	return json_out_print(json_pack("{sb,so,si,so,so,so}",
		"ready", d->ready,
		"pmu", json_out_text(d->dev ? d->dev->name : NULL),
		"counters", (int)d->n,
		"max", d->max ? json_integer(d->max) : json_null(),
		"no_kvm", json_out_text(d->facts->no_kvm.text),
		"requirements", rows), stdout, e);
}

static int report(const struct pmu_args *args, const struct pmu_facts *facts,
		  struct err *e)
{
	const struct diagnosis d = diagnose(facts, args->counters);

	if (args->json && print_json(&d, e))
		return cmd_error(e);
	if (!args->json)
		print_diagnosis(&d);
	return d.ready ? 0 : EXIT_HOST;
}

int cmd_pmu_doctor(int argc, char **argv)
{
	return pmu_facts_command(argc, argv, help, report);
}
