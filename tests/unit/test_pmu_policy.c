// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_policy - where VMs are placed: whole machines by hand, broken trees,
 * then thousands of random topologies, VMs and requests against the rules
 * written down a second time, CPU by CPU
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pmu/plan.h"
#include "pmu/topology.h"
#include "sysfs_tree.h"
#include "t.h"
#include "util.h"

#define CPUS 64			/* of random hosts */
#define VCPUS_MAX 8
#define CLAIMS_MAX 4

static struct cpuset cpus(const char *list)
{
	struct cpuset set;

	ck_assert_int_eq(cpuset_parse(list, &set), 0);
	return set;
}

/* ---- topology ---- */

static void load(const char *name, struct pmu_host *host,
		 struct pmu_topology *topo)
{
	struct cpuset all = cpus("0-4095");
	struct tree tree;
	struct err e;

	tree_load(&tree, name);
	ck_assert_msg(!pmu_host_probe(tree.root, &all, host, &e), "%s",
		      e.text);
	ck_assert_msg(!pmu_topology_probe(tree.root, host, topo, &e), "%s",
		      e.text);
	tree_fini(&tree);
}

START_TEST(recorded_topology)
{
	struct pmu_topology topo;
	struct pmu_host host;
	char text[32];

	load("smt", &host, &topo);
	ck_assert_str_eq(cpuset_format(&host.isolated, text, sizeof(text)),
			 "6-7");
	ck_assert_str_eq(cpuset_format(&topo.nohz_full, text, sizeof(text)),
			 "4-5,12-13");
	ck_assert(pmu_topology_share_core(&topo, 12, 13));
	ck_assert(!pmu_topology_share_core(&topo, 11, 12));
	ck_assert_uint_eq(topo.cpu[7].node, 0);
	ck_assert_uint_eq(topo.cpu[8].node, 1);
	pmu_topology_fini(&topo);
	pmu_topology_fini(&topo);
	load("rk3399", &host, &topo);
	ck_assert_uint_eq(topo.cpu[3].capacity, 485);
	ck_assert_uint_eq(topo.cpu[4].capacity, 1024);
	ck_assert_uint_eq(topo.cpu[4].core, 4);
	ck_assert(cpuset_empty(&topo.nodes));
	pmu_topology_fini(&topo);
}
END_TEST

static const struct {
	const char *path, *value;
	int err;
} broken[] = {
	{ "devices/system/cpu/nohz_full", "(null)", 0 },
	{ "devices/system/cpu/nohz_full", "", 0 },
	{ "devices/system/cpu/nohz_full", "x", -EINVAL },
	{ "devices/system/cpu/cpu0/cpu_capacity", "-1", -EINVAL },
	{ "devices/system/cpu/cpu1/cpu_capacity", "4294967296", -EINVAL },
	{ "devices/system/cpu/cpu1/topology/thread_siblings_list", "0-",
	  -EINVAL },
	{ "devices/system/cpu/cpu9/cpu_capacity", "nobody reads this", 0 },
	{ "devices/system/node/online", "one", -EINVAL },
	{ "devices/system/node/online", "7", 0 },	/* without files */
	{ "devices/system/node/node0/cpulist", "0-9999", -EINVAL },
};

START_TEST(broken_topology)
{
	struct cpuset all = cpus("0-4095");
	struct pmu_topology topo;
	struct pmu_host host;
	struct tree tree;
	char line[128];
	struct err e;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(broken); i++) {
		tree_init(&tree);
		tree_add(&tree, "devices/system/cpu/online=0-1");
		tree_add(&tree, "devices/system/node/online=0");
		tree_add(&tree, "bus/event_source/devices/p/type=8");
		tree_add(&tree, "bus/event_source/devices/p/cpus=0-1");
		snprintf(line, sizeof(line), "%s=%s", broken[i].path,
			 broken[i].value);
		tree_add(&tree, line);
		topo.cpu = (void *)&tree;
		ck_assert_int_eq(pmu_host_probe(tree.root, &all, &host, &e),
				 0);
		err = pmu_topology_probe(tree.root, &host, &topo, &e);
		ck_assert_msg(err == broken[i].err, "%s=%s: %d",
			      broken[i].path, broken[i].value, err);
		if (err)
			ck_assert_msg(strstr(e.text, broken[i].path) &&
				      topo.cpu == (void *)&tree, "%s", e.text);
		else
			pmu_topology_fini(&topo);
		tree_fini(&tree);
	}
}
END_TEST

START_TEST(broken_isolated)
{
	struct cpuset all = cpus("0-4095");
	struct pmu_host host;
	struct tree tree;
	struct err e;

	tree_init(&tree);
	tree_add(&tree, "devices/system/cpu/online=0-1");
	tree_add(&tree, "devices/system/cpu/isolated=1,");
	ck_assert_int_eq(pmu_host_probe(tree.root, &all, &host, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "cpu/isolated") != NULL, "%s", e.text);
	tree_fini(&tree);
}
END_TEST

/* ---- whole machines ---- */

struct row {
	const char *tree, *policy, *allowed;
	unsigned int nr_vcpus;
	const char *claim[2];		/* CPUs of other VMs, 2 vCPUs each */
	const char *want;		/* CPUs of the vCPUs, "/" between */
	const char *says;		/* in the reason, or in the refusal */
	int err;
};

static const struct row rows[] = {
	{ "rk3399", "auto", "0-5", 2, { NULL }, "4/5",
	  "a CPU of its own on CPUs 4-5 (--pmu-cluster=auto)", 0 },
	{ "rk3399", "auto", "0-5", 2, { "4-5" }, "0/1", "on CPUs 0-3 (", 0 },
	{ "rk3399", "auto", "0-5", 2, { "4-5", "0-1" }, "2/3",
	  "on CPUs 0-3, beside 2 vCPUs of other VMs", 0 },
	/* all full: the cluster with the fewest vCPUs for each CPU */
	{ "rk3399", "auto", "0-5", 2, { "4-5", "0-3" }, "0-3/0-3",
	  "too few free CPUs for one each, so shared with 2 vCPUs", 0 },
	{ "rk3399", "auto", "0-5", 6, { NULL }, "4-5/4-5/4-5/4-5/4-5/4-5",
	  "so shared (--pmu-cluster=auto)", 0 },
	{ "rk3399", "big", "0-5", 1, { NULL }, "4", "(--pmu-cluster=big)", 0 },
	{ "rk3399", "big", "0-5", 2, { "4" }, "4-5/4-5", "shared with", 0 },
	{ "rk3399", "little", "0-5", 3, { "1" }, "0/2/3", "beside 2", 0 },
	{ "rk3399", "armv8_cortex_a53", "0-5", 1, { NULL }, "0", "a53", 0 },
	{ "rk3399", "cortex-A72", "0-5", 1, { NULL }, "4", "a72", 0 },
	{ "rk3399", "Arm Cortex-A72", "0-5", 1, { NULL }, "4", "a72", 0 },
	{ "phone4", "mid", "0-7", 2, { NULL }, "3/4", "a715", 0 },
	{ "phone4", "mid", "0-7", 2, { "3" }, "5/6", "a710", 0 },
	{ "phone4", "little", "0-7", 4, { NULL }, "0-2/0-2/0-2/0-2", "a510",
	  0 },
	/* no capacities, one PMU: every core is the largest and smallest */
	{ "server128", "big", "0-127", 1, { NULL }, "0", "armv8_pmuv3_0", 0 },
	{ "server128", "little", "9-127", 2, { NULL }, "9/10", "pmuv3", 0 },
	/* cores before threads, one node, ticks last, nothing isolated */
	{ "smt", "auto", "0-15", 1, { NULL }, "12", "CPUs 0-5,8-15", 0 },
	{ "smt", "auto", "0-15", 4, { NULL }, "8/10/12/14", "", 0 },
	{ "smt", "auto", "0-15", 3, { "8" }, "0/2/4", "", 0 },
	{ "smt", "auto", "0-15", 5, { NULL }, "4/8/10/12/14", "", 0 },
	{ "smt", "auto", "0-15", 7, { NULL }, "0/2/4/8/10/12/14", "", 0 },
	{ "smt", "auto", "0-15", 8, { NULL }, "8/9/10/11/12/13/14/15", "", 0 },
	{ "smt", "auto", "6-7", 2, { NULL }, "6/7", "CPUs 6-7", 0 },
	/* refused */
	{ "smt", "mid", "0-15", 1, { NULL }, NULL,
	  "no cores between its smallest (capacity 0) and its largest (0)",
	  -EINVAL },
	{ "rk3399", "mid", "0-5", 1, { NULL }, NULL, "--pmu-cluster=mid",
	  -EINVAL },
	{ "rk3399", "Big", "0-5", 1, { NULL }, NULL,
	  "no PMU and no core of that name: it has armv8_cortex_a53 (Arm "
	  "Cortex-A53, CPUs 0-3), armv8_cortex_a72", -EINVAL },
	{ "rk3399", "big", "0-3", 1, { NULL }, NULL,
	  "--pmu-cluster=big means CPUs 4-5, and tallyvm may choose none of "
	  "them (it may: 0-3)", -ENODEV },
	{ "no_pmu", "auto", "0-3", 1, { NULL }, NULL, "no core PMU", -ENODEV },
};

static void plan_row(const struct row *row, const struct pmu_host *host,
		     const struct pmu_topology *topo, struct pmu_plan **plan)
{
	struct pmu_claim claims[2] = { { .nr_vcpus = 0 } };
	struct pmu_request req = {
		.mode = PMU_MODE_EMULATED, .counters = PMU_COUNTERS_ALL,
		.nr_vcpus = row->nr_vcpus, .cluster = row->policy,
		.topo = topo, .claims = claims,
	};
	struct err e = { ERR_NONE, "" };
	int err;

	for (; req.nr_claims < 2 && row->claim[req.nr_claims]; req.nr_claims++)
		claims[req.nr_claims] = (struct pmu_claim){
			.cpus = cpus(row->claim[req.nr_claims]), .nr_vcpus = 2,
		};
	err = pmu_plan_make(host, &req, plan, &e);
	ck_assert_msg(err == row->err, "%s %s %u: %d %s", row->tree,
		      row->policy, row->nr_vcpus, err, e.text);
	if (err)
		ck_assert_msg(strstr(e.text, row->says) != NULL, "%s", e.text);
}

START_TEST(machines)
{
	struct pmu_plan *plan = NULL;
	struct pmu_topology topo;
	char got[256], list[64];
	struct pmu_host host;
	unsigned int v;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		load(rows[i].tree, &host, &topo);
		host.allowed = cpus(rows[i].allowed);
		plan_row(&rows[i], &host, &topo, &plan);
		for (v = 0, *got = '\0'; plan && v < plan->nr; v++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
				 "%s%s", v ? "/" : "",
				 cpuset_format(&plan->vcpu[v].cpus, list,
					       sizeof(list)));
		if (plan)
			ck_assert_msg(!strcmp(got, rows[i].want) &&
				      strstr(plan->vcpu[0].reason,
					     rows[i].says), "row %zu: %s: %s",
				      i, got, plan->vcpu[0].reason);
		pmu_plan_free(steal_ptr(&plan));
		pmu_topology_fini(&topo);
	}
}
END_TEST

/* Several PMUs and no capacities: "big" would be a guess. */
START_TEST(no_capacities)
{
	struct pmu_host host = {
		.online = cpus("0-3"), .allowed = cpus("0-3"), .nr = 2,
		.dev = {
			{ .name = "one", .type = 8, .cpus = cpus("0-1") },
			{ .name = "two", .type = 9, .cpus = cpus("2-3") },
		},
	};
	struct pmu_topology topo = {
		.cpu = calloc(CPUSET_MAX, sizeof(*topo.cpu)),
	};
	struct pmu_request req = {
		.mode = PMU_MODE_EMULATED, .counters = PMU_COUNTERS_ALL,
		.nr_vcpus = 1, .cluster = "big", .topo = &topo,
	};
	struct pmu_plan *plan = NULL;
	struct err e;

	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "no cpu_capacity, so it cannot be told "
			     "which cores are big: name one of one (CPUs 0-1), "
			     "two (CPUs 2-3)") != NULL, "%s", e.text);
	req.cluster = "two";
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), 0);
	ck_assert(cpuset_has(&plan->vcpu[0].cpus, 2));
	pmu_plan_free(plan);
	/* a PMU all of whose CPUs are offline exists all the same */
	host.online = cpus("0-1");
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -ENODEV);
	ck_assert_msg(strstr(e.text, "means CPUs 2-3, and") != NULL, "%s",
		      e.text);
	pmu_topology_fini(&topo);
}
END_TEST

/* ---- isolated CPUs without a policy ---- */

START_TEST(isolated)
{
	struct pmu_host host = {
		.online = cpus("0-5"), .allowed = cpus("0-5"),
		.isolated = cpus("4-5"), .nr = 2,
		.dev = {
			{ .name = "little", .type = 8, .cpus = cpus("0-3"),
			  .capacity = 400 },
			{ .name = "big", .type = 9, .cpus = cpus("4-5"),
			  .capacity = 1024 },
		},
	};
	struct cpuset wish[2] = { cpus("4"), cpus("") };
	struct pmu_request req = {
		.mode = PMU_MODE_EMULATED, .counters = PMU_COUNTERS_ALL,
		.nr_vcpus = 2,
	};
	struct pmu_plan *plan = NULL;
	struct err e;
	char text[32];

	/* not chosen, although larger */
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), 0);
	ck_assert_str_eq(plan->vcpu[0].dev->name, "little");
	pmu_plan_free(plan);
	/* named, and nowhere left for the other vCPU */
	req.affinity = wish;
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "vCPU 1 has to be on CPUs 4-5") &&
		      strstr(e.text, "--vcpu-affinity=1:4-5"), "%s", e.text);
	/* both named; other threads are not put beside them */
	wish[1] = cpus("5");
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), 0);
	ck_assert_str_eq(cpuset_format(&plan->device_cpus, text, sizeof(text)),
			 "0-3");
	pmu_plan_free(plan);
	/* nothing else is allowed: named by taskset or a cgroup */
	req.affinity = NULL;
	host.allowed = cpus("4-5");
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), 0);
	ck_assert_str_eq(plan->vcpu[1].dev->name, "big");
	pmu_plan_free(plan);
}
END_TEST

/* ---- requests that contradict themselves, and counters ---- */

START_TEST(counters)
{
	unsigned int max[PMU_HOST_MAX] = { 6 };
	struct pmu_host host = {
		.online = cpus("0"), .allowed = cpus("0"), .nr = 1,
		.dev[0] = { .name = "core", .type = 8, .cpus = cpus("0") },
	};
	struct pmu_request req = {
		.mode = PMU_MODE_PARTITIONED, .counters = 4, .nr_vcpus = 1,
		.host_reserve = 2, .max_counters = max,
	};
	struct cpuset wish = cpus("0");
	struct pmu_plan *plan = NULL;
	struct err e;

	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), 0);
	ck_assert_uint_eq(plan->host_reserve, 2);
	ck_assert_msg(strstr(plan->vcpu[0].reason, "4 counters by partition, "
			     "at least 2 left to the host") != NULL, "%s",
		      plan->vcpu[0].reason);
	pmu_plan_free(plan);
	req.host_reserve = 3;
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -ERANGE);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_str_eq(e.text, "4 event counters for the guest "
			 "(--pmu-partition) + 3 for the host "
			 "(--pmu-host-reserve) = 7, and core has 6: 1 too "
			 "many");
	req.host_reserve = 0;
	req.counters = 7;
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -ERANGE);
	ck_assert_str_eq(e.text, "asked for 7 event counters, core has 6");
	/* nobody knows how many there are: KVM will say */
	max[0] = 0;
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), 0);
	pmu_plan_free(plan);
	req.mode = PMU_MODE_EMULATED;
	req.host_reserve = 1;
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -EINVAL);
	req = (struct pmu_request){
		.mode = PMU_MODE_OFF, .nr_vcpus = 1, .cluster = "auto",
	};
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "say --pmu") != NULL, "%s", e.text);
	req.mode = PMU_MODE_EMULATED;
	req.affinity = &wish;
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "give one") != NULL, "%s", e.text);
}
END_TEST

/* ---- the property test ---- */

struct world {
	struct pmu_host host;
	struct pmu_topology topo;
	struct pmu_claim claims[CLAIMS_MAX];
	unsigned int max[PMU_HOST_MAX];
	struct pmu_request req;
	enum pmu_policy_kind kind;
	unsigned int nr_cpus;
};

static const char *const policies[] = {
	"any", "auto", "auto", "auto", "big", "mid", "little", "pmu0", "pmu1",
	"pmu7", NULL,
};

/* A PMU for each stretch of CPUs, mostly of one capacity. */
static void random_cpu(unsigned int *seed, struct world *w, unsigned int cpu,
		       unsigned int threads, bool flat)
{
	const unsigned int dev = w->host.nr ? cpu * w->host.nr / w->nr_cpus : 0;
	struct pmu_topo_cpu *t = &w->topo.cpu[cpu];

	if (rand_r(seed) % 10)
		cpuset_set(&w->host.online, cpu);
	if (rand_r(seed) % 10)
		cpuset_set(&w->host.allowed, cpu);
	if (rand_r(seed) % 12 == 0)
		cpuset_set(&w->host.isolated, cpu);
	if (rand_r(seed) % 6 == 0)
		cpuset_set(&w->topo.nohz_full, cpu);
	if (w->host.nr && rand_r(seed) % 20)
		cpuset_set(&w->host.dev[dev].cpus, cpu);
	t->core = cpu - cpu % threads;
	t->node = t->core * 3 / w->nr_cpus;
	if (!flat)
		t->capacity = 256 * (1 + dev % 3) + (cpu % 9 ? 0 : 64);
}

static void random_claims(unsigned int *seed, struct world *w)
{
	unsigned int i, cpu;

	w->req.claims = w->claims;
	w->req.nr_claims = rand_r(seed) % (CLAIMS_MAX + 1);
	for (i = 0; i < w->req.nr_claims; i++) {
		w->claims[i] = (struct pmu_claim){
			.nr_vcpus = 1 + rand_r(seed) % 8,
		};
		for (cpu = 0; cpu < w->nr_cpus; cpu++)
			if (rand_r(seed) % 10 == 0)
				cpuset_set(&w->claims[i].cpus, cpu);
	}
}

static void random_world(unsigned int *seed, struct world *w)
{
	const unsigned int threads = 1u << (rand_r(seed) % 3);
	const bool flat = rand_r(seed) % 3 == 0;
	struct pmu_topo_cpu *cpu = w->topo.cpu;
	unsigned int i;

	memset(cpu, 0, CPUS * sizeof(*cpu));
	*w = (struct world){ .topo.cpu = cpu, .topo.nodes = cpus("0-2"),
			     .nr_cpus = 1 + rand_r(seed) % CPUS };
	w->host.nr = rand_r(seed) % 5;
	for (i = 0; i < w->host.nr; i++) {
		snprintf(w->host.dev[i].name, PMU_NAME_MAX, "pmu%u", i);
		w->host.dev[i].type = 8 + i;
		w->max[i] = rand_r(seed) % 8;
	}
	for (i = 0; i < w->nr_cpus; i++)
		random_cpu(seed, w, i, threads, flat);
	w->req = (struct pmu_request){
		.mode = rand_r(seed) % 2 ? PMU_MODE_EMULATED :
					   PMU_MODE_PARTITIONED,
		.counters = rand_r(seed) % 6,
		.nr_vcpus = 1 + rand_r(seed) % VCPUS_MAX,
		.cluster = policies[rand_r(seed) % ARRAY_SIZE(policies)],
		.topo = &w->topo,
		.max_counters = w->max,
	};
	if (w->req.mode == PMU_MODE_PARTITIONED)
		w->req.host_reserve = rand_r(seed) % 4;
	w->kind = pmu_policy_kind(w->req.cluster);
	random_claims(seed, w);
}

static bool has(const struct cpuset *set, unsigned int cpu)
{
	return cpuset_has(set, cpu);
}

static bool usable(const struct world *w, unsigned int cpu)
{
	return has(&w->host.online, cpu) && has(&w->host.allowed, cpu);
}

/* Isolated ones only where all that is usable is isolated. */
static bool choosable(const struct world *w, unsigned int cpu)
{
	unsigned int i;

	if (!usable(w, cpu) || !has(&w->host.isolated, cpu))
		return usable(w, cpu);
	for (i = 0; i < CPUS; i++)
		if (usable(w, i) && !has(&w->host.isolated, i))
			return false;
	return true;
}

static bool counted(const struct world *w, unsigned int cpu)
{
	return has(&w->host.online, cpu) && pmu_host_find_cpu(&w->host, cpu);
}

static bool is_meant(const struct world *w, unsigned int cpu)
{
	const uint32_t mine = w->topo.cpu[cpu].capacity;
	bool larger = false, smaller = false;
	unsigned int i;

	if (!counted(w, cpu))
		return false;
	for (i = 0; i < CPUS; i++) {
		larger |= counted(w, i) && w->topo.cpu[i].capacity > mine;
		smaller |= counted(w, i) && w->topo.cpu[i].capacity < mine;
	}
	switch (w->kind) {
	case PMU_POLICY_BIG:
		return !larger;
	case PMU_POLICY_MID:
		return larger && smaller;
	case PMU_POLICY_LITTLE:
		return !smaller;
	case PMU_POLICY_NAMED:
		return !strcmp(pmu_host_find_cpu(&w->host, cpu)->name,
			       w->req.cluster);
	default:
		return true;
	}
}

/* Two CPUs that could be of one cluster. */
static bool together(const struct world *w, unsigned int a, unsigned int b)
{
	return pmu_host_find_cpu(&w->host, a) ==
	       pmu_host_find_cpu(&w->host, b) &&
	       (w->kind == PMU_POLICY_NAMED || w->kind == PMU_POLICY_ANY ||
		w->topo.cpu[a].capacity == w->topo.cpu[b].capacity);
}

static bool is_taken(const struct world *w, unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < w->req.nr_claims; i++)
		if (has(&w->claims[i].cpus, cpu))
			return true;
	return false;
}

struct tally {
	unsigned int cpus, free, cores, clean;	/* of a cluster */
	unsigned int node_cores[3], node_clean[3], node_free[3];
	unsigned int others;
};

static bool core_is_clean(const struct world *w, unsigned int core)
{
	unsigned int cpu;

	for (cpu = core; cpu < CPUS; cpu++)
		if (w->topo.cpu[cpu].core == core && is_taken(w, cpu))
			return false;
	return true;
}

/* The cluster that @cpu is of, counted. */
static struct tally count_cluster(const struct world *w, unsigned int cpu)
{
	uint64_t cores = 0, vms = 0;
	struct tally t = { 0 };
	unsigned int i, c, core, node;

	for (i = 0; i < CPUS; i++) {
		if (!is_meant(w, i) || !together(w, i, cpu) ||
		    !choosable(w, i))
			continue;
		t.cpus++;
		for (c = 0; c < w->req.nr_claims; c++)
			if (has(&w->claims[c].cpus, i))
				vms |= BIT(c);
		if (is_taken(w, i))
			continue;
		core = w->topo.cpu[i].core;
		node = w->topo.cpu[i].node;
		t.free++;
		t.node_free[node]++;
		if (cores & BIT(core))
			continue;
		cores |= BIT(core);
		t.cores++;
		t.node_cores[node]++;
		t.clean += core_is_clean(w, core);
		t.node_clean[node] += core_is_clean(w, core);
	}
	for (c = 0; c < w->req.nr_claims; c++)
		if (vms & BIT(c))
			t.others += w->claims[c].nr_vcpus;
	return t;
}

static bool any_holds(const unsigned int nodes[3], unsigned int nr)
{
	return nodes[0] >= nr || nodes[1] >= nr || nodes[2] >= nr;
}

/* Each vCPU has one free CPU of the cluster, and the best possible ones. */
static void check_own(const struct world *w, const struct pmu_plan *plan,
		      const struct tally *t)
{
	uint64_t cores = 0, nodes = 0, seen = 0;
	unsigned int i, cpu, nr = plan->nr;
	bool clean = true;

	for (i = 0; i < nr; i++) {
		ck_assert_uint_eq(cpuset_count(&plan->vcpu[i].cpus), 1);
		cpu = cpuset_next(&plan->vcpu[i].cpus, 0);
		ck_assert(!is_taken(w, cpu));
		seen |= BIT(cpu);
		cores |= BIT(w->topo.cpu[cpu].core);
		nodes |= BIT(w->topo.cpu[cpu].node);
		clean &= core_is_clean(w, w->topo.cpu[cpu].core);
	}
	ck_assert_int_eq(__builtin_popcountll(seen), nr);
	if (t->cores >= nr)
		ck_assert_int_eq(__builtin_popcountll(cores), nr);
	if (t->clean >= nr)
		ck_assert(clean);
	if (any_holds(t->clean >= nr ? t->node_clean : t->cores >= nr ?
		      t->node_cores : t->node_free, nr))
		ck_assert_int_eq(__builtin_popcountll(nodes), 1);
}

static void check_shared(const struct world *w, const struct pmu_plan *plan,
			 const struct tally *t)
{
	unsigned int i;

	(void)w;
	for (i = 0; i < plan->nr; i++) {
		ck_assert_uint_eq(cpuset_count(&plan->vcpu[i].cpus), t->cpus);
		ck_assert(cpuset_equal(&plan->vcpu[i].cpus,
				       &plan->vcpu[0].cpus));
	}
}

/* No cluster would have been better. */
static void check_balance(const struct world *w, const struct tally *mine)
{
	const unsigned int nr = w->req.nr_vcpus;
	unsigned int cpu;
	struct tally t;

	for (cpu = 0; cpu < CPUS; cpu++) {
		if (!is_meant(w, cpu) || !choosable(w, cpu))
			continue;
		t = count_cluster(w, cpu);
		if (mine->free < nr)
			ck_assert_uint_lt(t.free, nr);
		else if (t.free < nr)
			continue;
		ck_assert_uint_le((uintmax_t)mine->others * t.cpus,
				  (uintmax_t)t.others * mine->cpus);
	}
}

static void check_plan(const struct world *w, const struct pmu_plan *plan)
{
	const unsigned int first = cpuset_next(&plan->vcpu[0].cpus, 0);
	unsigned int i, cpu;
	struct tally t;

	for (i = 0; i < plan->nr; i++) {
		ck_assert(!cpuset_empty(&plan->vcpu[i].cpus));
		for (cpu = 0; cpu < CPUSET_MAX; cpu++) {
			if (!has(&plan->vcpu[i].cpus, cpu))
				continue;
			ck_assert(choosable(w, cpu) && is_meant(w, cpu));
			ck_assert(together(w, cpu, first));
			ck_assert(has(&plan->vcpu[i].dev->cpus, cpu));
		}
	}
	if (w->kind == PMU_POLICY_ANY)
		return;
	t = count_cluster(w, first);
	if (t.free >= plan->nr)
		check_own(w, plan, &t);
	else
		check_shared(w, plan, &t);
	check_balance(w, &t);
}

/* ---- what a refusal names must be true ---- */

static void check_refusal(const struct world *w, int err, const struct err *e)
{
	unsigned int cpu, meant = 0, choice = 0, counting = 0;
	bool capacities = false;

	for (cpu = 0; cpu < CPUS; cpu++) {
		meant += is_meant(w, cpu);
		choice += is_meant(w, cpu) && choosable(w, cpu);
		counting += counted(w, cpu) && choosable(w, cpu);
		capacities |= counted(w, cpu) && w->topo.cpu[cpu].capacity;
	}
	if (strstr(e->text, "too many") || strstr(e->text, "asked for")) {
		ck_assert_int_eq(err, -ERANGE);
		ck_assert_uint_gt(choice, 0);
		return;
	}
	if (strstr(e->text, "no cpu_capacity")) {
		ck_assert_int_eq(err, -EINVAL);
		ck_assert(!capacities && w->host.nr > 1);
		ck_assert_int_ne(w->kind, PMU_POLICY_NAMED);
		return;
	}
	if (strstr(e->text, "no PMU and no core of that name") ||
	    strstr(e->text, "no cores between")) {
		ck_assert_int_eq(err, -EINVAL);
		ck_assert_uint_eq(meant, 0);
		return;
	}
	ck_assert_int_eq(err, -ENODEV);
	ck_assert_uint_eq(choice, 0);
	if (strstr(e->text, "means "))
		ck_assert_ptr_nonnull(strstr(e->text, w->req.cluster));
	else
		ck_assert_uint_eq(counting, 0);
}

static bool counters_fit(const struct world *w, const struct pmu_plan *plan)
{
	const unsigned int max = w->max[plan->vcpu[0].dev - w->host.dev];

	return !max || w->req.counters + w->req.host_reserve <= max;
}

static int one_round(unsigned int *seed, struct world *w)
{
	struct pmu_plan *plan = NULL, *again = NULL;
	struct err e = { ERR_NONE, "" };
	int err;

	random_world(seed, w);
	err = pmu_plan_make(&w->host, &w->req, &plan, &e);
	if (err) {
		check_refusal(w, err, &e);
		return err;
	}
	check_plan(w, plan);
	ck_assert(counters_fit(w, plan));
	ck_assert_int_eq(pmu_plan_make(&w->host, &w->req, &again, &e), 0);
	ck_assert_int_eq(memcmp(plan, again, sizeof(*plan) +
				plan->nr * sizeof(plan->vcpu[0])), 0);
	pmu_plan_free(plan);
	pmu_plan_free(again);
	return 0;
}

START_TEST(properties)
{
	struct world w = {
		.topo.cpu = calloc(CPUSET_MAX, sizeof(*w.topo.cpu)),
	};
	unsigned int seed = 31, round, made = 0, bad = 0, nodev = 0, range = 0;

	for (round = 0; round < 6000; round++) {
		switch (one_round(&seed, &w)) {
		case 0:
			made++;
			break;
		case -EINVAL:
			bad++;
			break;
		case -ERANGE:
			range++;
			break;
		default:
			nodev++;
		}
	}
	/* the generator reaches every outcome often enough to mean it */
	ck_assert_uint_gt(made, 2000);
	ck_assert_uint_gt(bad, 400);
	ck_assert_uint_gt(nodev, 400);
	ck_assert_uint_gt(range, 400);
	pmu_topology_fini(&w.topo);
}
END_TEST

T_MAIN("pmu_policy", recorded_topology, broken_topology, broken_isolated,
       machines, no_capacities, isolated, counters, properties)
