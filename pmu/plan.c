// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/plan - decide who gets which PMU, CPUs and counters
 *
 * Three steps: check every wish against the host, settle the VM's one PMU
 * (from the wishes, else by choice), fill in each vCPU.  The words are in
 * reason.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "reason.h"
#include "text.h"
#include "util.h"

/* What the steps have found out so far. */
struct planner {
	const struct pmu_host *host;
	const struct pmu_request *req;
	struct cpuset usable;		/* online and allowed */
	struct cpuset choice;		/* of those, what may be chosen */
	const struct pmu_dev *dev;	/* the VM's one PMU, or NULL */
	struct pmu_placement place;	/* by policy; own is false without */
	enum pmu_why why;		/* of vCPUs without a wish */
};

/* The CPUs that the person named for a vCPU, or NULL. */
static const struct cpuset *wish(const struct pmu_request *req,
				 unsigned int vcpu)
{
	if (!req->affinity || cpuset_empty(&req->affinity[vcpu]))
		return NULL;
	return &req->affinity[vcpu];
}

static bool has_policy(const struct pmu_request *req)
{
	return pmu_policy_kind(req->cluster) != PMU_POLICY_ANY;
}

static int check_policy(const struct pmu_request *req, struct err *e)
{
	if (!has_policy(req))
		return 0;
	if (req->mode == PMU_MODE_OFF)
		return err_config(e, "--pmu-cluster=%.64s chooses a PMU for "
				  "the guest, and it has none: say --pmu",
				  req->cluster);
	if (req->affinity)
		return err_config(e, "--pmu-cluster=%.64s and --vcpu-affinity "
				  "both say where the vCPUs are: give one",
				  req->cluster);
	return 0;
}

static int check_request(const struct pmu_request *req, struct err *e)
{
	if (!req->nr_vcpus)
		return err_config(e, "a VM needs at least one vCPU");
	if (check_policy(req, e))
		return -EINVAL;
	if (req->mode == PMU_MODE_OFF)
		return 0;
	if (req->counters < PMU_COUNTERS_ALL ||
	    req->counters > PMU_COUNTERS_MAX)
		return err_config(e, "asked for %d event counters: PMUv3 has "
				  "0 to %d", req->counters, PMU_COUNTERS_MAX);
	if (req->mode == PMU_MODE_PARTITIONED &&
	    req->counters == PMU_COUNTERS_ALL)
		return err_config(e, "a partition needs a number of counters: "
				  "say --pmu-partition=N");
	if (req->mode != PMU_MODE_PARTITIONED && req->host_reserve)
		return err_config(e, "counters are reserved for the host only "
				  "beside a partition: say --pmu-partition=N");
	return 0;
}

/* Every CPU of a wish must be usable, or the pinning would not be the one
 * that was asked for: sched_setaffinity(2) ignores the others silently. */
static int check_usable(const struct planner *p, unsigned int vcpu,
			struct err *e)
{
	struct cpuset rest = cpuset_andnot(wish(p->req, vcpu), &p->usable);
	unsigned int cpu = cpuset_next(&rest, 0);

	if (cpu == CPUSET_MAX)
		return 0;
	if (!cpuset_has(&p->host->online, cpu))
		return pmu_refuse_offline(p->host, vcpu, cpu, e);
	return pmu_refuse_not_allowed(p->host, vcpu, cpu, e);
}

/* Every CPU of a wish must be counted by one and the same PMU. */
static int check_one_pmu(const struct planner *p, unsigned int vcpu,
			 const struct pmu_dev **ret, struct err *e)
{
	const struct cpuset *cpus = wish(p->req, vcpu);
	const struct pmu_dev *dev =
		pmu_host_find_cpu(p->host, cpuset_next(cpus, 0));
	struct cpuset rest;
	unsigned int cpu;

	if (!dev)
		return pmu_refuse_bare_cpu(p->host, vcpu, cpuset_next(cpus, 0),
					   e);
	rest = cpuset_andnot(cpus, &dev->cpus);
	for (cpu = cpuset_next(&rest, 0); cpu < CPUSET_MAX;
	     cpu = cpuset_next(&rest, cpu + 1)) {
		if (!pmu_host_find_cpu(p->host, cpu))
			return pmu_refuse_bare_cpu(p->host, vcpu, cpu, e);
	}
	if (!cpuset_empty(&rest))
		return pmu_refuse_span(p->host, vcpu, cpus, e);
	*ret = dev;
	return 0;
}

/* Check all wishes; with a PMU, they settle which one the VM has. */
static int check_wishes(struct planner *p, struct err *e)
{
	const struct pmu_dev *dev = NULL;
	unsigned int i, first = 0;
	int err;

	for (i = 0; i < p->req->nr_vcpus; i++) {
		if (!wish(p->req, i))
			continue;
		err = check_usable(p, i, e);
		if (!err && p->req->mode != PMU_MODE_OFF)
			err = check_one_pmu(p, i, &dev, e);
		if (err)
			return err;
		if (!p->dev)
			first = i;
		else if (p->dev != dev)
			return pmu_refuse_mixed(p->host, p->req, first, i, e);
		p->dev = dev;
		p->why = PMU_WHY_SHARED;
	}
	return 0;
}

struct candidate {
	const struct pmu_dev *dev;
	unsigned int cpus;	/* usable ones */
	unsigned int holds;	/* vCPUs that get a CPU of their own */
};

static bool is_better(const struct candidate *a, const struct candidate *b)
{
	if (a->holds != b->holds)
		return a->holds > b->holds;
	if (a->dev->capacity != b->dev->capacity)
		return a->dev->capacity > b->dev->capacity;
	/* equal in all: the one found first has the lowest CPU */
	return a->cpus > b->cpus;
}

/* Choose among the PMUs that have a usable CPU. */
static int choose_pmu(struct planner *p, struct err *e)
{
	const unsigned int nr_vcpus = p->req->nr_vcpus;
	struct candidate best = { .dev = NULL }, c;
	struct cpuset cpus;
	unsigned int i, nr = 0;

	for (i = 0; i < p->host->nr; i++) {
		c.dev = &p->host->dev[i];
		cpus = cpuset_and(&c.dev->cpus, &p->choice);
		c.cpus = cpuset_count(&cpus);
		c.holds = c.cpus < nr_vcpus ? c.cpus : nr_vcpus;
		if (!c.cpus)
			continue;
		nr++;
		if (!best.dev || is_better(&c, &best))
			best = c;
	}
	if (!nr)
		return pmu_refuse_no_pmu(p->host, e);
	p->dev = best.dev;
	p->why = nr == 1 ? PMU_WHY_ONLY :
		 best.holds == nr_vcpus ? PMU_WHY_ROOM : PMU_WHY_MOST;
	return 0;
}

/* Choose as the policy says. */
static int place_vm(struct planner *p, struct err *e)
{
	const struct pmu_placing placing = {
		.host = p->host,
		.topo = p->req->topo,
		.policy = p->req->cluster,
		.usable = &p->choice,
		.claims = p->req->claims,
		.nr_claims = p->req->nr_claims,
		.nr_vcpus = p->req->nr_vcpus,
	};
	int err;

	err = pmu_policy_place(&placing, &p->place, e);
	if (err)
		return err;
	p->dev = p->place.dev;
	p->why = p->place.own ? PMU_WHY_OWN : PMU_WHY_CLUSTER;
	return 0;
}

/* The wishes settled the PMU; the others need a CPU of it too. */
static int check_rest(const struct planner *p, struct err *e)
{
	const struct cpuset left = cpuset_and(&p->dev->cpus, &p->choice);
	unsigned int i;

	for (i = 0; i < p->req->nr_vcpus && cpuset_empty(&left); i++) {
		if (!wish(p->req, i))
			return pmu_refuse_isolated(p->host, p->dev, i, e);
	}
	return 0;
}

static int settle_pmu(struct planner *p, struct err *e)
{
	if (p->req->mode == PMU_MODE_OFF)
		return 0;
	if (p->dev)
		return check_rest(p, e);
	return has_policy(p->req) ? place_vm(p, e) : choose_pmu(p, e);
}

/* Where somebody has found out what the PMU has, say no before KVM does. */
static int check_counters(const struct planner *p, struct err *e)
{
	const unsigned int *max = p->req->max_counters;
	unsigned int n;

	if (!p->dev || !max || p->req->counters == PMU_COUNTERS_ALL)
		return 0;
	n = max[p->dev - p->host->dev];
	return n ? pmu_reserve_check(p->dev, n, p->req->counters,
				     p->req->host_reserve, e) : 0;
}

/* The CPUs of a vCPU that nobody placed: the @i-th of the chosen ones, or all
 * that may be shared. */
static struct cpuset chosen_cpus(const struct planner *p, unsigned int i)
{
	struct cpuset one = { { 0 } };
	unsigned int cpu;

	if (!p->place.dev)
		return cpuset_and(&p->dev->cpus, &p->choice);
	if (!p->place.own)
		return p->place.cpus;
	cpu = cpuset_next(&p->place.cpus, 0);
	while (i--)
		cpu = cpuset_next(&p->place.cpus, cpu + 1);
	cpuset_set(&one, cpu);
	return one;
}

static void fill_vcpu(const struct planner *p, struct pmu_plan *plan,
		      unsigned int i)
{
	const struct cpuset *asked = wish(p->req, i);
	struct pmu_plan_vcpu *v = &plan->vcpu[i];

	if (i && !asked && !wish(p->req, i - 1) && !p->place.own) {
		*v = plan->vcpu[i - 1];
		return;
	}
	v->mode = p->req->mode;
	v->dev = p->dev;
	v->counters = p->req->counters;
	if (asked)
		v->cpus = *asked;
	else if (p->dev)
		v->cpus = chosen_cpus(p, i);
	if (!p->req->wordless)
		pmu_reason_vcpu(v, p->req, asked ? PMU_WHY_ASKED :
				p->dev ? p->why : PMU_WHY_UNPINNED, &p->place);
}

/* Other threads stay off the vCPUs' CPUs as long as one CPU is left. */
static void fill_device_cpus(const struct planner *p, struct pmu_plan *plan)
{
	struct text t = text_init(plan->device_reason,
				  sizeof(plan->device_reason));
	struct cpuset pinned = { { 0 } };
	unsigned int i;

	for (i = 0; i < plan->nr; i++)
		pinned = cpuset_or(&pinned, &plan->vcpu[i].cpus);
	if (cpuset_empty(&pinned)) {
		text_add(&t, "no vCPU is pinned");
		return;
	}
	plan->device_cpus = cpuset_andnot(&p->choice, &pinned);
	if (!cpuset_empty(&plan->device_cpus)) {
		text_add(&t, "the allowed CPUs that no vCPU is pinned to");
		return;
	}
	plan->device_cpus = p->choice;
	text_add(&t, "vCPUs may use every allowed CPU");
}

static int settle(struct planner *p, struct err *e)
{
	int err;

	err = check_request(p->req, e);
	if (err)
		return err;
	if (p->req->mode != PMU_MODE_OFF && !p->host->nr)
		return pmu_refuse_no_pmu(p->host, e);
	err = check_wishes(p, e);
	if (!err)
		err = settle_pmu(p, e);
	return err ? err : check_counters(p, e);
}

static struct planner make_planner(const struct pmu_host *host,
				   const struct pmu_request *req)
{
	struct planner p = {
		.host = host,
		.req = req,
		.usable = cpuset_and(&host->allowed, &host->online),
	};

	p.choice = cpuset_andnot(&p.usable, &host->isolated);
	if (cpuset_empty(&p.choice))
		p.choice = p.usable;
	return p;
}

int pmu_plan_make(const struct pmu_host *host, const struct pmu_request *req,
		  struct pmu_plan **ret, struct err *e)
{
	struct planner p = make_planner(host, req);
	struct pmu_plan *plan;
	unsigned int i;
	int err;

	err = settle(&p, e);
	if (err)
		return err;
	plan = calloc(1, sizeof(*plan) + req->nr_vcpus * sizeof(plan->vcpu[0]));
	if (!plan)
		return err_fault(e, -ENOMEM, "planning %u vCPUs",
				 req->nr_vcpus);
	plan->nr = req->nr_vcpus;
	plan->nr_pmus = host->nr;
	plan->fallback = req->fallback;
	plan->host_reserve = req->host_reserve;
	for (i = 0; i < plan->nr; i++)
		fill_vcpu(&p, plan, i);
	fill_device_cpus(&p, plan);
	*ret = plan;
	return 0;
}

void pmu_plan_free(struct pmu_plan *plan)
{
	free(plan);
}

static void print_host(const struct pmu_host *host, const char *prefix,
		       FILE *out)
{
	const struct pmu_dev *dev;
	const char *core;
	char list[TEXT_CPUS_MAX];

	for (dev = host->dev; dev < host->dev + host->nr; dev++) {
		fprintf(out, "%shost PMU: %s (type %u) on CPUs %s", prefix,
			dev->name, dev->type,
			cpuset_format(&dev->cpus, list, sizeof(list)));
		core = pmu_core_name(dev->midr);
		if (core)
			fprintf(out, ", %s", core);
		if (dev->capacity)
			fprintf(out, ", capacity %u", dev->capacity);
		fputc('\n', out);
	}
}

/* How many vCPUs from @first on have the same sentence. */
static unsigned int same_reason(const struct pmu_plan *plan,
				unsigned int first)
{
	unsigned int i = first + 1;

	while (i < plan->nr && !strcmp(plan->vcpu[i].reason,
				       plan->vcpu[first].reason))
		i++;
	return i - first;
}

void pmu_plan_print(const struct pmu_plan *plan, const struct pmu_host *host,
		    const char *prefix, FILE *out)
{
	char list[TEXT_CPUS_MAX];
	unsigned int i, nr;

	print_host(host, prefix, out);
	for (i = 0; i < plan->nr; i += nr) {
		nr = same_reason(plan, i);
		if (nr == 1)
			fprintf(out, "%svCPU %u: ", prefix, i);
		else
			fprintf(out, "%svCPUs %u-%u: ", prefix, i, i + nr - 1);
		fprintf(out, "%s\n", plan->vcpu[i].reason);
	}
	cpuset_format(&plan->device_cpus, list, sizeof(list));
	nr = cpuset_count(&plan->device_cpus);
	fprintf(out, "%sother threads: %s%s: %s\n", prefix,
		!nr ? "any CPU" : nr == 1 ? "CPU " : "CPUs ", list,
		plan->device_reason);
}

const char *pmu_mode_name(enum pmu_mode mode)
{
	static const char *const names[] = {
		[PMU_MODE_OFF]		= "off",
		[PMU_MODE_EMULATED]	= "emulated",
		[PMU_MODE_PARTITIONED]	= "partitioned",
	};
	_Static_assert(ARRAY_SIZE(names) == PMU_MODE_NUM, "a name for each");

	return names[mode];
}
