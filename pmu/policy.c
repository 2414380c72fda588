// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/policy - place a VM; the rules are in policy.h
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "policy.h"
#include "text.h"
#include "util.h"

/* a set of CPUs that may be chosen, with what the choice depends on */
struct cluster {
	const struct pmu_dev *dev;
	uint32_t capacity;
	struct cpuset cpus, free;
	unsigned int nr, nr_free;
	unsigned int others;	/* vCPUs of other VMs on it */
};

static const char *const kind_words[] = {
	[PMU_POLICY_ANY]	= "any",
	[PMU_POLICY_AUTO]	= "auto",
	[PMU_POLICY_BIG]	= "big",
	[PMU_POLICY_MID]	= "mid",
	[PMU_POLICY_LITTLE]	= "little",
};
_Static_assert(ARRAY_SIZE(kind_words) == PMU_POLICY_NAMED,
	       "every kind but a name has its word");

enum pmu_policy_kind pmu_policy_kind(const char *text)
{
	unsigned int i;

	if (!text || !*text)
		return PMU_POLICY_ANY;
	for (i = 0; i < PMU_POLICY_NAMED; i++) {
		if (!strcmp(text, kind_words[i]))
			return i;
	}
	return PMU_POLICY_NAMED;
}

/* ---- which clusters are meant ---- */

/* "armv8_cortex_a72", "Arm Cortex-A72" or, as people say it, "cortex-a72" */
static bool is_named(const struct pmu_dev *dev, const char *name)
{
	const char *core = pmu_core_name(dev->midr), *short_name;

	if (!strcmp(dev->name, name))
		return true;
	if (!core)
		return false;
	short_name = strchr(core, ' ');
	return !strcasecmp(core, name) ||
	       (short_name && !strcasecmp(short_name + 1, name));
}

/* Smallest and largest capacity of the host's cores, whoever may use them:
 * "big" must not become "little" because only those are allowed. */
static void capacity_range(const struct pmu_placing *p, uint32_t *min,
			   uint32_t *max)
{
	struct cpuset cpus;
	unsigned int i, cpu;

	*min = UINT32_MAX;
	*max = 0;
	for (i = 0; i < p->host->nr; i++) {
		cpus = cpuset_and(&p->host->dev[i].cpus, &p->host->online);
		for (cpu = cpuset_next(&cpus, 0); cpu < CPUSET_MAX;
		     cpu = cpuset_next(&cpus, cpu + 1)) {
			if (p->topo->cpu[cpu].capacity < *min)
				*min = p->topo->cpu[cpu].capacity;
			if (p->topo->cpu[cpu].capacity > *max)
				*max = p->topo->cpu[cpu].capacity;
		}
	}
}

static bool is_meant(const struct pmu_placing *p, const struct cluster *c)
{
	uint32_t min, max;

	switch (pmu_policy_kind(p->policy)) {
	case PMU_POLICY_BIG:
		capacity_range(p, &min, &max);
		return c->capacity == max;
	case PMU_POLICY_MID:
		capacity_range(p, &min, &max);
		return c->capacity > min && c->capacity < max;
	case PMU_POLICY_LITTLE:
		capacity_range(p, &min, &max);
		return c->capacity == min;
	case PMU_POLICY_NAMED:
		return is_named(c->dev, p->policy);
	default:
		return true;
	}
}

/* ---- how much of a cluster is there to have ---- */

static struct cpuset claimed(const struct pmu_placing *p)
{
	struct cpuset cpus = { { 0 } };
	unsigned int i;

	for (i = 0; i < p->nr_claims; i++)
		cpus = cpuset_or(&cpus, &p->claims[i].cpus);
	return cpus;
}

/* A VM that spans clusters counts on each of them in full: only VMs without
 * a PMU can, and nobody knows where their vCPUs are. */
static unsigned int others_on(const struct pmu_placing *p,
			      const struct cpuset *cpus)
{
	struct cpuset common;
	unsigned int i, nr = 0;

	for (i = 0; i < p->nr_claims; i++) {
		common = cpuset_and(&p->claims[i].cpus, cpus);
		if (!cpuset_empty(&common))
			nr += p->claims[i].nr_vcpus;
	}
	return nr;
}

/* The CPUs of @dev that have @capacity; a name means all of its PMU's. */
static struct cpuset cpus_of(const struct pmu_placing *p,
			     const struct pmu_dev *dev, uint32_t capacity)
{
	struct cpuset all = cpuset_and(&dev->cpus, &p->host->online);
	struct cpuset cpus = { { 0 } };
	unsigned int cpu;

	if (pmu_policy_kind(p->policy) == PMU_POLICY_NAMED)
		return all;
	for (cpu = cpuset_next(&all, 0); cpu < CPUSET_MAX;
	     cpu = cpuset_next(&all, cpu + 1)) {
		if (p->topo->cpu[cpu].capacity == capacity)
			cpuset_set(&cpus, cpu);
	}
	return cpus;
}

static struct cluster make_cluster(const struct pmu_placing *p,
				   const struct pmu_dev *dev, uint32_t capacity)
{
	struct cluster c = { .dev = dev, .capacity = capacity };
	const struct cpuset taken = claimed(p);
	const struct cpuset all = cpus_of(p, dev, capacity);

	c.cpus = cpuset_and(&all, p->usable);
	c.free = cpuset_andnot(&c.cpus, &taken);
	c.nr = cpuset_count(&c.cpus);
	c.nr_free = cpuset_count(&c.free);
	c.others = others_on(p, &c.cpus);
	return c;
}

static bool is_better(const struct cluster *a, const struct cluster *b,
		      unsigned int nr_vcpus)
{
	const uint64_t load_a = (uint64_t)a->others * b->nr;
	const uint64_t load_b = (uint64_t)b->others * a->nr;

	if ((a->nr_free >= nr_vcpus) != (b->nr_free >= nr_vcpus))
		return a->nr_free >= nr_vcpus;
	if (load_a != load_b)
		return load_a < load_b;
	if (a->capacity != b->capacity)
		return a->capacity > b->capacity;
	return cpuset_next(&a->cpus, 0) < cpuset_next(&b->cpus, 0);
}

/* What came of looking at every cluster. */
struct search {
	struct cluster best;	/* dev is NULL: none */
	bool any_meant;		/* the host has such a cluster */
	struct cpuset meant;	/* the CPUs of those */
};

static void look_at(const struct pmu_placing *p, const struct pmu_dev *dev,
		    uint32_t capacity, struct search *s)
{
	const struct cluster c = make_cluster(p, dev, capacity);
	const struct cpuset all = cpus_of(p, dev, capacity);

	if (!is_meant(p, &c))
		return;
	s->any_meant = true;
	s->meant = cpuset_or(&s->meant, &all);
	if (c.nr && (!s->best.dev || is_better(&c, &s->best, p->nr_vcpus)))
		s->best = c;
}

/* Each capacity among the PMU's CPUs once, at the first CPU that has it. */
static void look_at_pmu(const struct pmu_placing *p, const struct pmu_dev *dev,
			struct search *s)
{
	const struct cpuset cpus = cpuset_and(&dev->cpus, &p->host->online);
	struct cpuset same, seen = { { 0 } };
	unsigned int cpu;

	/* all of it is offline: there is nothing to look at but the name */
	if (cpuset_empty(&cpus) &&
	    pmu_policy_kind(p->policy) == PMU_POLICY_NAMED &&
	    is_named(dev, p->policy)) {
		s->any_meant = true;
		s->meant = cpuset_or(&s->meant, &dev->cpus);
	}
	for (cpu = cpuset_next(&cpus, 0); cpu < CPUSET_MAX;
	     cpu = cpuset_next(&cpus, cpu + 1)) {
		if (cpuset_has(&seen, cpu))
			continue;
		same = cpus_of(p, dev, p->topo->cpu[cpu].capacity);
		seen = cpuset_or(&seen, &same);
		look_at(p, dev, p->topo->cpu[cpu].capacity, s);
	}
}

/* ---- which CPUs of the cluster ---- */

/* One CPU of each core that has any in @cpus; of @avoid's cores none. */
static struct cpuset one_per_core(const struct pmu_topology *topo,
				  const struct cpuset *cpus,
				  const struct cpuset *avoid)
{
	struct cpuset ret = { { 0 } }, cores = { { 0 } };
	unsigned int cpu;

	for (cpu = cpuset_next(avoid, 0); cpu < CPUSET_MAX;
	     cpu = cpuset_next(avoid, cpu + 1))
		cpuset_set(&cores, topo->cpu[cpu].core);
	for (cpu = cpuset_next(cpus, 0); cpu < CPUSET_MAX;
	     cpu = cpuset_next(cpus, cpu + 1)) {
		if (cpuset_has(&cores, topo->cpu[cpu].core))
			continue;
		cpuset_set(&cores, topo->cpu[cpu].core);
		cpuset_set(&ret, cpu);
	}
	return ret;
}

static struct cpuset on_node(const struct pmu_topology *topo,
			     const struct cpuset *cpus, unsigned int node)
{
	struct cpuset ret = { { 0 } };
	unsigned int cpu;

	for (cpu = cpuset_next(cpus, 0); cpu < CPUSET_MAX;
	     cpu = cpuset_next(cpus, cpu + 1)) {
		if (topo->cpu[cpu].node == node)
			cpuset_set(&ret, cpu);
	}
	return ret;
}

/* Move up to @nr CPUs of @from to @to, those in @first before the others. */
static unsigned int take(struct cpuset *to, const struct cpuset *from,
			 const struct cpuset *first, unsigned int nr)
{
	const struct cpuset order[] = {
		cpuset_and(from, first), cpuset_andnot(from, first),
	};
	unsigned int i, cpu, taken = 0;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		for (cpu = cpuset_next(&order[i], 0);
		     cpu < CPUSET_MAX && taken < nr;
		     cpu = cpuset_next(&order[i], cpu + 1)) {
			cpuset_set(to, cpu);
			taken++;
		}
	}
	return taken;
}

/* The node with the most CPUs of @cpus: room for what grows, and the fewest
 * nodes where one is not enough. */
static struct cpuset fullest_node(const struct pmu_topology *topo,
				  const struct cpuset *cpus)
{
	struct cpuset best = { { 0 } }, here;
	struct cpuset nodes = topo->nodes;
	unsigned int node;

	cpuset_set(&nodes, 0);	/* of CPUs on a host without nodes */
	for (node = cpuset_next(&nodes, 0); node < CPUSET_MAX;
	     node = cpuset_next(&nodes, node + 1)) {
		here = on_node(topo, cpus, node);
		if (cpuset_count(&here) > cpuset_count(&best))
			best = here;
	}
	return best;
}

/* @nr of @cpus, which has as many, on as few nodes as possible. */
static struct cpuset spread(const struct pmu_topology *topo,
			    struct cpuset cpus, unsigned int nr)
{
	struct cpuset ret = { { 0 } }, here;

	while (nr) {
		here = fullest_node(topo, &cpus);
		cpus = cpuset_andnot(&cpus, &here);
		/* the tick of the host does not interrupt a guest there */
		nr -= take(&ret, &here, &topo->nohz_full, nr);
	}
	return ret;
}

/* A CPU for each vCPU, from the best of three sets that is large enough. */
static struct cpuset choose_own(const struct pmu_placing *p,
				const struct cluster *c)
{
	const struct cpuset none = { { 0 } }, taken = claimed(p);
	const struct cpuset sets[] = {
		one_per_core(p->topo, &c->free, &taken),
		one_per_core(p->topo, &c->free, &none),
		c->free,
	};
	unsigned int i = 0;

	while (cpuset_count(&sets[i]) < p->nr_vcpus)
		i++;
	return spread(p->topo, sets[i], p->nr_vcpus);
}

/* ---- refusals ---- */

/* "armv8_cortex_a72 (Arm Cortex-A72, CPUs 4-5)" for each PMU */
static void add_pmus(struct text *t, const struct pmu_host *host)
{
	const struct pmu_dev *dev;
	const char *core;

	for (dev = host->dev; dev < host->dev + host->nr; dev++) {
		core = pmu_core_name(dev->midr);
		text_add(t, "%s%s (%s%s", dev > host->dev ? ", " : "",
			 dev->name, core ? core : "", core ? ", " : "");
		text_add_cpus(t, &dev->cpus);
		text_add(t, ")");
	}
}

static int refuse_unknown(const struct pmu_placing *p, struct err *e)
{
	char buf[ERR_TEXT_MAX / 2];
	struct text t = text_init(buf, sizeof(buf));
	uint32_t min, max;

	add_pmus(&t, p->host);
	capacity_range(p, &min, &max);
	if (pmu_policy_kind(p->policy) == PMU_POLICY_MID)
		return err_config(e, "--pmu-cluster=mid: this host has no cores "
				  "between its smallest (capacity %u) and its "
				  "largest (%u): %s", min, max, buf);
	return err_config(e, "--pmu-cluster=%.64s: this host has no PMU and no "
			  "core of that name: it has %s; or say big, mid, "
			  "little, auto or any", p->policy, buf);
}

static int refuse_unusable(const struct pmu_placing *p,
			   const struct cpuset *meant, struct err *e)
{
	char buf[TEXT_CPUS_MAX + 8], list[TEXT_CPUS_MAX];
	struct text t = text_init(buf, sizeof(buf));

	text_add_cpus(&t, meant);
	return err_host(e, -ENODEV, "--pmu-cluster=%.64s means %s, and tallyvm "
			"may choose none of them (it may: %s): widen its "
			"affinity (taskset) or cgroup cpuset; isolated CPUs "
			"are taken only where --vcpu-affinity names them",
			p->policy, buf,
			cpuset_format(p->usable, list, sizeof(list)));
}

/* Several PMUs and no capacities: nobody can tell which is the big one. */
static int check_kind(const struct pmu_placing *p, struct err *e)
{
	const enum pmu_policy_kind kind = pmu_policy_kind(p->policy);
	char buf[ERR_TEXT_MAX / 2];
	struct text t = text_init(buf, sizeof(buf));
	uint32_t min, max;

	if (kind == PMU_POLICY_AUTO || kind == PMU_POLICY_NAMED)
		return 0;
	capacity_range(p, &min, &max);
	if (max || p->host->nr < 2)
		return 0;
	add_pmus(&t, p->host);
	return err_config(e, "--pmu-cluster=%s: this kernel gives no "
			  "cpu_capacity, so it cannot be told which cores are "
			  "%s: name one of %s", p->policy, p->policy, buf);
}

int pmu_policy_place(const struct pmu_placing *p, struct pmu_placement *ret,
		     struct err *e)
{
	struct search s = { .any_meant = false };
	unsigned int i;
	int err;

	err = check_kind(p, e);
	if (err)
		return err;
	for (i = 0; i < p->host->nr; i++)
		look_at_pmu(p, &p->host->dev[i], &s);
	if (!s.any_meant)
		return refuse_unknown(p, e);
	if (!s.best.dev)
		return refuse_unusable(p, &s.meant, e);
	*ret = (struct pmu_placement){
		.dev = s.best.dev,
		.own = s.best.nr_free >= p->nr_vcpus,
		.cpus = s.best.cpus,
		.cluster = s.best.cpus,
		.others = s.best.others,
	};
	if (ret->own)
		ret->cpus = choose_own(p, &s.best);
	return 0;
}

int pmu_reserve_check(const struct pmu_dev *dev, unsigned int max,
		      unsigned int guest, unsigned int reserve, struct err *e)
{
	if (guest + reserve <= max)
		return 0;
	if (!reserve)
		err_config(e, "asked for %u event counters, %s has %u", guest,
			   dev->name, max);
	else
		err_config(e, "%u event counters for the guest "
			   "(--pmu-partition) + %u for the host "
			   "(--pmu-host-reserve) = %u, and %s has %u: %u too "
			   "many", guest, reserve, guest + reserve, dev->name,
			   max, guest + reserve - max);
	return -ERANGE;
}
