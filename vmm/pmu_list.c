// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu_list - "tallyvm pmu list": the host's PMUs, who holds counters of them,
 * and what this kernel can do for guests
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "json.h"
#include "pmu_facts.h"
#include "table.h"
#include "util.h"

#define CORE_MAX 32
#define COLUMNS 79		/* of the list of events */

static const char help[] =
"usage: tallyvm pmu list [OPTIONS]\n"
"\n"
"Lists the host's core PMUs with the event counters a guest can have of each,\n"
"the events that the kernel names, who holds counters now as far as it can be\n"
"seen, and what this kernel can do.\n"
"\n"
"      --json       the same for scripts\n"
"      --dev FILE   KVM device (default: /dev/kvm)\n"
"      --sysfs DIR  look at a recorded sysfs; its kernel is not asked\n"
"      --help       print this text\n"
"\n"
"Exit status: 0; 33 when tallyvm or the kernel failed; 35 when the options\n"
"are wrong.\n";

enum answer { NO, YES, UNKNOWN };

struct ability {
	const char *key;
	const char *name;
	enum answer (*has)(const struct pmu_facts *f);
};

static enum answer bit(const struct pmu_facts *f, bool value)
{
	if (f->no_kvm.kind != ERR_NONE)
		return UNKNOWN;
	return value ? YES : NO;
}

static enum answer has_pmu(const struct pmu_facts *f)
{
	return bit(f, f->scratch.can.pmu);
}

static enum answer has_set_pmu(const struct pmu_facts *f)
{
	return bit(f, f->scratch.can.set_pmu);
}

static enum answer has_filter(const struct pmu_facts *f)
{
	return bit(f, f->scratch.can.filter);
}

static enum answer has_pmcr(const struct pmu_facts *f)
{
	return bit(f, f->scratch.can.pmcr);
}

static enum answer has_nr_counters(const struct pmu_facts *f)
{
	return bit(f, f->scratch.can.nr_counters);
}

static enum answer has_strict(const struct pmu_facts *f)
{
	return bit(f, f->scratch.can.strict);
}

static enum answer has_partition(const struct pmu_facts *f)
{
	enum pmu_family family = f->scratch.can.family;

	return bit(f, family == PMU_FAMILY_ATTR || family == PMU_FAMILY_IOCTL);
}

static enum answer requirement(const struct pmu_facts *f, enum pmu_req req)
{
	const struct pmu_req_facts facts = pmu_facts_require(f, 0, 1);
	enum pmu_req_state states[PMU_REQ_NUM];

	pmu_require_check(&facts, states);
	return states[req] == PMU_REQ_MET ? YES :
	       states[req] == PMU_REQ_MISSING ? NO : UNKNOWN;
}

static enum answer has_vhe(const struct pmu_facts *f)
{
	return requirement(f, PMU_REQ_VHE);
}

static enum answer has_fgt(const struct pmu_facts *f)
{
	return requirement(f, PMU_REQ_FGT);
}

static const struct ability abilities[] = {
	{ "guest_pmu", "PMU for guests (KVM_CAP_ARM_PMU_V3)", has_pmu },
	{ "set_pmu", "choice of the host PMU (SET_PMU)", has_set_pmu },
	{ "filter", "event filter (FILTER)", has_filter },
	{ "pmcr", "number of counters by PMCR_EL0.N", has_pmcr },
	{ "nr_counters", "number of counters (SET_NR_COUNTERS)",
	  has_nr_counters },
	{ "strict", "strict PMU (PMU_V3_STRICT)", has_strict },
	{ "partition", "partition of the counters", has_partition },
	{ "vhe", "KVM in VHE mode", has_vhe },
	{ "fgt", "fine-grained traps (FEAT_FGT)", has_fgt },
};

/* ---- for people ---- */

static void print_pmus(const struct pmu_facts *f)
{
	static const char *const heads[] = {
		"PMU", "TYPE", "CPUS", "CORE", "CAPACITY", "COUNTERS", "EVENTS",
	};
	char list[64], core[CORE_MAX];
	const struct pmu_dev *dev;
	struct table t;
	unsigned int i;

	if (!f->host.nr) {
		puts("This host has no core PMU.");
		return;
	}
	table_init(&t, heads, ARRAY_SIZE(heads));
	for (i = 0; i < f->host.nr; i++) {
		dev = &f->host.dev[i];
		table_add(&t, "%s", dev->name);
		table_add(&t, "%u", dev->type);
		table_add(&t, "%s", cpuset_format(&dev->cpus, list,
						  sizeof(list)));
		table_add(&t, "%s", pmu_facts_core(dev, core, sizeof(core)));
		table_add(&t, dev->capacity ? "%u" : "", dev->capacity);
		table_add(&t, f->scratch.n[i] ? "%u" : "?", f->scratch.n[i]);
		table_add(&t, "%zu", f->events[i].nr);
	}
	(void)table_print(&t, stdout);
	table_fini(&t);
	puts("COUNTERS: event counters that a guest can have; the cycle "
	     "counter comes on top.");
}

static void print_holders(const struct pmu_holders *h)
{
	size_t i;

	printf("\nHeld now, as far as it can be seen:\n");
	printf("  hard-lockup watchdog: %s\n", pmu_watchdog_text(h->watchdog));
	for (i = 0; i < h->nr; i++) {
		const struct pmu_holder *p = &h->holder[i];

		printf("  %s (pid %d):", p->comm, (int)p->pid);
		if (p->events)
			printf(" %u perf event%s", p->events,
			       p->events == 1 ? "" : "s");
		if (p->vcpus)
			printf("%s %u vCPU%s, with what their guests count",
			       p->events ? "," : "", p->vcpus,
			       p->vcpus == 1 ? "" : "s");
		putchar('\n');
	}
	if (!h->nr)
		puts("  no process has a perf event or a vCPU open");
	if (h->hidden)
		printf("  %u process%s of other users could not be looked "
		       "into\n", h->hidden, h->hidden == 1 ? "" : "es");
}

static void print_abilities(const struct pmu_facts *f)
{
	static const char *const words[] = {
		[NO] = "no", [YES] = "yes", [UNKNOWN] = "unknown",
	};
	size_t i;

	printf("\nThis kernel and host:\n");
	for (i = 0; i < ARRAY_SIZE(abilities); i++)
		printf("  %-8s %s\n", words[abilities[i].has(f)],
		       abilities[i].name);
	if (f->no_kvm.kind != ERR_NONE)
		printf("  KVM was not asked: %s\n", f->no_kvm.text);
	else
		printf("  partition interface: %s\n",
		       pmu_family_name(f->scratch.can.family));
}

static void print_events(const struct pmu_dev *dev,
			 const struct pmu_event_list *list)
{
	size_t i, len, column = 0;

	if (!list->nr)
		return;
	printf("\nEvents that the kernel names for %s:\n", dev->name);
	for (i = 0; i < list->nr; i++) {
		len = strlen(list->event[i].name) + sizeof("=0xffff");
		if (column && column + len > COLUMNS) {
			putchar('\n');
			column = 0;
		}
		column += printf("%s%s=0x%02x", column ? " " : "  ",
				 list->event[i].name, list->event[i].number);
	}
	putchar('\n');
}

static void print_list(const struct pmu_facts *f)
{
	unsigned int i;

	print_pmus(f);
	if (f->running)
		print_holders(&f->holders);
	print_abilities(f);
	for (i = 0; i < f->host.nr; i++)
		print_events(&f->host.dev[i], &f->events[i]);
}

/* ---- for scripts ---- */

static json_t *json_events(const struct pmu_event_list *list)
{
	json_t *events = json_object();
	size_t i;

	for (i = 0; i < list->nr; i++)
		json_object_set_new(events, list->event[i].name,
				    json_integer(list->event[i].number));
	return events;
}

static json_t *json_number(unsigned int n)
{
	return n ? json_integer(n) : json_null();
}

static json_t *json_pmu(const struct pmu_facts *f, unsigned int i)
{
	const struct pmu_dev *dev = &f->host.dev[i];
	char core[CORE_MAX], midr[CORE_MAX] = "";

	if (dev->midr)
		snprintf(midr, sizeof(midr), "0x%016llx",
			 (unsigned long long)dev->midr);
	return json_pack("{ss,si,so,so,so,so,so,so}",
			 "name", dev->name, "type", (int)dev->type,
			 "cpus", json_out_cpus(&dev->cpus),
			 "core", json_out_text(pmu_facts_core(dev, core,
							     sizeof(core))),
			 "midr", json_out_text(midr),
			 "capacity", json_number(dev->capacity),
			 "counters", json_number(f->scratch.n[i]),
			 "events", json_events(&f->events[i]));
}

static json_t *json_holders(const struct pmu_facts *f)
{
	static const char *const watchdog[] = {
		[PMU_WATCHDOG_OFF] = "off", [PMU_WATCHDOG_ON] = "on",
		[PMU_WATCHDOG_MAYBE] = "maybe",
		[PMU_WATCHDOG_UNKNOWN] = "unknown",
	};
	_Static_assert(ARRAY_SIZE(watchdog) == PMU_WATCHDOG_NUM, "all words");
	const struct pmu_holders *h = &f->holders;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < h->nr; i++)
		json_array_append_new(list, json_pack("{si,ss,si,si}",
			"pid", (int)h->holder[i].pid,
			"comm", h->holder[i].comm,
			"perf_events", (int)h->holder[i].events,
			"vcpus", (int)h->holder[i].vcpus));
	return json_pack("{ss,so,si}", "watchdog", watchdog[h->watchdog],
			 "processes", list, "hidden", (int)h->hidden);
}

static json_t *json_abilities(const struct pmu_facts *f)
{
	json_t *all = json_object();
	enum answer has;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(abilities); i++) {
		has = abilities[i].has(f);
		json_object_set_new(all, abilities[i].key, has == UNKNOWN ?
				    json_null() : json_boolean(has == YES));
	}
	json_object_set_new(all, "interface", json_out_text(
		f->no_kvm.kind == ERR_NONE ?
		pmu_family_name(f->scratch.can.family) : NULL));
	json_object_set_new(all, "no_kvm", json_out_text(f->no_kvm.text));
	return all;
}

static int print_json(const struct pmu_facts *f, struct err *e)
{
	json_t *pmus = json_array();
	unsigned int i;

	for (i = 0; i < f->host.nr; i++)
		json_array_append_new(pmus, json_pmu(f, i));
	return json_out_print(json_pack("{so,so,so}", "pmus", pmus,
					"holders", json_holders(f),
					"abilities", json_abilities(f)),
			      stdout, e);
}

static int report(const struct pmu_args *args, const struct pmu_facts *facts,
		  struct err *e)
{
	if (args->json && print_json(facts, e))
		return cmd_error(e);
	if (!args->json)
		print_list(facts);
	return 0;
}

int cmd_pmu_list(int argc, char **argv)
{
	return pmu_facts_command(argc, argv, help, report);
}
