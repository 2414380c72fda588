// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_plan - who gets which PMU: whole machines by hand, then thousands of
 * random hosts and requests against rules written down a second time
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pmu/explain.h"
#include "pmu/plan.h"
#include "util.h"

#include "sysfs_tree.h"
#include "t.h"

#define VCPUS_MAX 16

static struct cpuset cpus(const char *list)
{
	struct cpuset set;

	ck_assert_int_eq(cpuset_parse(list, &set), 0);
	return set;
}

static void load(const char *name, const char *allowed, struct pmu_host *host)
{
	struct cpuset set = cpus(allowed);
	struct tree tree;
	struct err e;

	tree_load(&tree, name);
	ck_assert_msg(!pmu_host_probe(tree.root, &set, host, &e), "%s", e.text);
	tree_fini(&tree);
}

struct row {
	const char *tree, *allowed;
	enum pmu_mode mode;
	int counters;
	unsigned int nr_vcpus;
	const char *wish[4];	/* of the first vCPUs; NULL: none */
	/* expected: of the first vCPUs, the last holds for the rest */
	const char *cpus[4];
	const char *device_cpus;
	const char *reason;	/* of vCPU 0 */
	/* expected instead: a refusal that says these */
	int err;
	const char *says[4];
};

static void make_request(const struct row *row, struct cpuset *affinity,
			 struct pmu_request *req)
{
	bool any = false;
	unsigned int i;

	memset(affinity, 0, VCPUS_MAX * sizeof(*affinity));
	for (i = 0; i < 4; i++) {
		if (row->wish[i]) {
			affinity[i] = cpus(row->wish[i]);
			any = true;
		}
	}
	*req = (struct pmu_request){
		.mode = row->mode,
		.counters = row->counters,
		.nr_vcpus = row->nr_vcpus,
		.affinity = any ? affinity : NULL,
	};
}

static void check_plan(const struct row *row, const struct pmu_plan *plan)
{
	const char *want = NULL;
	char list[64];
	unsigned int i;

	ck_assert_uint_eq(plan->nr, row->nr_vcpus);
	for (i = 0; i < plan->nr; i++) {
		if (i < 4 && row->cpus[i])
			want = row->cpus[i];
		ck_assert_str_eq(cpuset_format(&plan->vcpu[i].cpus, list,
					       sizeof(list)), want);
		ck_assert_int_eq(plan->vcpu[i].mode, row->mode);
		if (row->mode == PMU_MODE_OFF)
			ck_assert_ptr_null(plan->vcpu[i].dev);
		else
			ck_assert_int_eq(plan->vcpu[i].counters, row->counters);
	}
	ck_assert_str_eq(cpuset_format(&plan->device_cpus, list, sizeof(list)),
			 row->device_cpus);
	ck_assert_str_eq(plan->vcpu[0].reason, row->reason);
}

static void check_row(const struct row *row)
{
	struct cpuset affinity[VCPUS_MAX];
	struct pmu_plan *plan = NULL;
	struct pmu_request req;
	struct pmu_host host;
	struct err e = { ERR_NONE, "" };
	int err;
	size_t i;

	load(row->tree, row->allowed, &host);
	make_request(row, affinity, &req);
	err = pmu_plan_make(&host, &req, &plan, &e);
	ck_assert_msg(err == row->err, "%s: %d, %s", row->tree, err, e.text);
	if (!err) {
		check_plan(row, plan);
		pmu_plan_free(plan);
		return;
	}
	ck_assert_ptr_null(plan);
	ck_assert_int_eq(e.kind, err == -ENODEV ? ERR_HOST : ERR_CONFIG);
	for (i = 0; i < 4 && row->says[i]; i++)
		ck_assert_msg(!!strstr(e.text, row->says[i]), "%s", e.text);
	/* nothing of it is lost, and it is one line */
	ck_assert_uint_lt(strlen(e.text), ERR_TEXT_MAX - 1);
	ck_assert_ptr_null(strchr(e.text, '\n'));
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, NULL), err);
}

static const struct row chosen[] = {
	{ "rk3399", "0-5", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 2, { NULL },
	  { "4-5" },
	  .device_cpus = "0-3",
	  .reason = "armv8_cortex_a72 on CPUs 4-5: the largest cores "
	  "(capacity 1024) with room for 2 vCPUs; every counter, emulated" },
	{ "rk3399", "0-5", PMU_MODE_PARTITIONED, 4, 1, { NULL }, { "4-5" },
	  .device_cpus = "0-3",
	  .reason = "armv8_cortex_a72 on CPUs 4-5: the largest cores (capacity "
	  "1024) with room for 1 vCPU; 4 counters by partition" },
	{ "rk3399", "0-5", PMU_MODE_EMULATED, 1, 3, { NULL }, { "0-3" },
	  .device_cpus = "4-5",
	  .reason = "armv8_cortex_a53 on CPUs 0-3: the largest cores (capacity "
	  "485) with room for 3 vCPUs; 1 counter, emulated" },
	{ "rk3399", "0-5", PMU_MODE_EMULATED, 0, 8, { NULL }, { "0-3" },
	  .device_cpus = "4-5",
	  .reason = "armv8_cortex_a53 on CPUs 0-3: no core PMU has room for 8 "
	  "vCPUs, the most CPUs of one are 4; 0 counters, emulated" },
	{ "rk3399", "0-2,5", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 2, { NULL },
	  { "0-2" },
	  .device_cpus = "5",
	  .reason = "armv8_cortex_a53 on CPUs 0-2: the largest cores "
	  "(capacity 485) with room for 2 vCPUs; every counter, emulated" },
	{ "rk3399", "2-3", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 2, { NULL },
	  { "2-3" },
	  .device_cpus = "2-3",
	  .reason = "armv8_cortex_a53 on CPUs 2-3: the only core PMU "
	  "on the allowed CPUs; every counter, emulated" },
	{ "phone4", "0-7", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 1, { NULL },
	  { "7" },
	  .device_cpus = "0-6",
	  .reason = "armv9_cortex_x3 on CPU 7: the largest cores "
	  "(capacity 1024) with room for 1 vCPU; every counter, emulated" },
	/* equal in capacity and number: the lower CPUs */
	{ "phone4", "0-7", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 2, { NULL },
	  { "3-4" },
	  .device_cpus = "0-2,5-7",
	  .reason = "armv9_cortex_a715 on CPUs 3-4: the largest "
	  "cores (capacity 693) with room for 2 vCPUs; every counter, "
	  "emulated" },
	{ "apple_m1", "0-7", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 4, { NULL },
	  { "4-7" },
	  .device_cpus = "0-3",
	  .reason = "apple_firestorm_pmu on CPUs 4-7: the largest "
	  "cores (capacity 1024) with room for 4 vCPUs; every counter, "
	  "emulated" },
	{ "server128", "0-127", PMU_MODE_PARTITIONED, 31, 16, { NULL },
	  { "0-127" },
	  .device_cpus = "0-127",
	  .reason = "armv8_pmuv3_0 on CPUs 0-127: the only core "
	  "PMU on the allowed CPUs; 31 counters by partition" },
	/* CPU 3 is offline and never part of a plan */
	{ "offline", "0-5", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 4, { NULL },
	  { "0-2" },
	  .device_cpus = "4-5",
	  .reason = "armv8_cortex_a53 on CPUs 0-2: no core PMU has "
	  "room for 4 vCPUs, the most CPUs of one are 3; every counter, "
	  "emulated" },
};

static const struct row asked[] = {
	{ "rk3399", "0-5", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 2,
	  { "0", "1" }, { "0", "1" },
	  .device_cpus = "2-5",
	  .reason = "armv8_cortex_a53 on CPU 0: "
	  "placed there by --vcpu-affinity; every counter, emulated" },
	/* one wish settles the PMU of the others */
	{ "rk3399", "0-5", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 3,
	  { NULL, "1", NULL }, { "0-3", "1", "0-3" },
	  .device_cpus = "4-5",
	  .reason = "armv8_cortex_a53 on CPUs 0-3: the PMU of the vCPUs that "
	  "--vcpu-affinity places, as a VM has one PMU; every counter, "
	  "emulated" },
	{ "rk3399", "0-5", PMU_MODE_OFF, 0, 2, { "1", "4" }, { "1", "4" },
	  .device_cpus = "0,2-3,5",
	  .reason = "no PMU on CPU 1: placed there by --vcpu-affinity" },
	/* without a PMU a vCPU may span clusters, and one may roam */
	{ "rk3399", "0-5", PMU_MODE_OFF, 0, 2, { "3-4", NULL }, { "3-4", "" },
	  .device_cpus = "0-2,5",
	  .reason = "no PMU on CPUs 3-4: placed there by --vcpu-affinity" },
	{ "no_pmu", "0-3", PMU_MODE_OFF, 0, 2, { NULL }, { "" },
	  .device_cpus = "",
	  .reason = "no PMU: not pinned" },
};

static const struct row refused[] = {
	{ "rk3399", "0-5", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 1,
	  { "0-5" }, .err = -EINVAL, .says = { "vCPU 0 cannot be on CPUs 0-5",
	  "armv8_cortex_a53 counts on CPUs 0-3",
	  "armv8_cortex_a72 counts on CPUs 4-5",
	  "use --vcpu-affinity=0-3 or --vcpu-affinity=4-5" } },
	{ "phone4", "0-7", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 2,
	  { NULL, "2-7" }, .err = -EINVAL, .says = { "vCPU 1 cannot be on",
	  "armv9_cortex_a510 counts on CPU 2,", "KVM_RUN would fail",
	  "=2 or --vcpu-affinity=3-4 or --vcpu-affinity=5-6 or "
	  "--vcpu-affinity=7" } },
	{ "rk3399", "0-5", PMU_MODE_PARTITIONED, 2, 3,
	  { "0-1", NULL, "4" }, .err = -EINVAL,
	  .says = { "vCPU 0 is placed on CPUs 0-1 (armv8_cortex_a53)",
	  "vCPU 2 is placed on CPU 4 (armv8_cortex_a72)",
	  "--vcpu-affinity=0-3 or --vcpu-affinity=4-5", "one PMU" } },
	{ "offline", "0-5", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 1,
	  { "2-3" }, .err = -EINVAL,
	  .says = { "vCPU 0", "CPU 3, which is not online", "0-2,4-5" } },
	{ "offline", "0-5", PMU_MODE_OFF, PMU_COUNTERS_ALL, 1,
	  { "3" }, .err = -EINVAL, .says = { "CPU 3, which is not online" } },
	{ "rk3399", "0-3", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 2,
	  { "0", "3-4" }, .err = -EINVAL, .says = { "vCPU 1",
	  "CPU 4, which tallyvm may not use", "allowed: 0-3" } },
	{ "rk3399", "0-5", PMU_MODE_EMULATED, 32, 1, { NULL }, .err = -EINVAL,
	  .says = { "asked for 32 event counters", "0 to 31" } },
	{ "rk3399", "0-5", PMU_MODE_EMULATED, -2, 1, { NULL }, .err = -EINVAL,
	  .says = { "asked for -2" } },
	{ "rk3399", "0-5", PMU_MODE_PARTITIONED, PMU_COUNTERS_ALL, 1, { NULL },
	  .err = -EINVAL, .says = { "--pmu-partition=N" } },
	{ "rk3399", "0-5", PMU_MODE_OFF, 0, 0, { NULL }, .err = -EINVAL,
	  .says = { "at least one vCPU" } },
	{ "no_pmu", "0-3", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 1, { NULL },
	  .err = -ENODEV, .says = { "no core PMU", "CONFIG_ARM_PMUV3" } },
	{ "no_pmu", "0-3", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 1, { "0" },
	  .err = -ENODEV, .says = { "no core PMU" } },
	{ "rk3399", "6-9", PMU_MODE_EMULATED, PMU_COUNTERS_ALL, 1, { NULL },
	  .err = -ENODEV, .says = { "no CPU that tallyvm may use (6-9)",
	  "armv8_cortex_a53 has CPUs 0-3, armv8_cortex_a72 has CPUs 4-5" } },
};

START_TEST(choices)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(chosen); i++)
		check_row(&chosen[i]);
}
END_TEST

START_TEST(wishes)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(asked); i++)
		check_row(&asked[i]);
}
END_TEST

START_TEST(refusals)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		check_row(&refused[i]);
}
END_TEST

/* A CPU that no PMU counts on, alone and beside one that is counted. */
START_TEST(bare_cpu)
{
	struct pmu_host host = {
		.online = cpus("0-3"), .allowed = cpus("0-3"), .nr = 1,
		.dev[0] = { .name = "core", .type = 8, .cpus = cpus("0-1") },
	};
	struct pmu_plan *plan = NULL;
	struct pmu_request req = {
		.mode = PMU_MODE_EMULATED, .counters = PMU_COUNTERS_ALL,
		.nr_vcpus = 1,
	};
	static const char *const wishes_[] = { "2", "0,3" };
	struct cpuset wish;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wishes_); i++) {
		wish = cpus(wishes_[i]);
		req.affinity = &wish;
		ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e),
				 -EINVAL);
		ck_assert_msg(!!strstr(e.text, "has no core PMU (core has CPUs "
				       "0-1)"), "%s", e.text);
	}
}
END_TEST

/* A host with long names and scattered CPUs still fits into one message. */
START_TEST(long_refusal)
{
	struct cpuset wish = { { 0 } };
	struct pmu_host host = { .nr = PMU_HOST_MAX };
	struct pmu_plan *plan = NULL;
	struct pmu_request req = {
		.mode = PMU_MODE_EMULATED, .counters = PMU_COUNTERS_ALL,
		.nr_vcpus = 1, .affinity = &wish,
	};
	unsigned int i, cpu;
	struct err e;

	for (i = 0; i < PMU_HOST_MAX; i++) {
		memset(host.dev[i].name, 'a' + i, PMU_NAME_MAX - 1);
		host.dev[i].type = 8 + i;
		for (cpu = i; cpu < CPUSET_MAX; cpu += 32)
			cpuset_set(&host.dev[i].cpus, cpu);
		wish = cpuset_or(&wish, &host.dev[i].cpus);
	}
	host.online = wish;
	host.allowed = wish;
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, &e), -EINVAL);
	ck_assert_uint_lt(strlen(e.text), ERR_TEXT_MAX);
	ck_assert_int_eq(strncmp(e.text, "vCPU 0 cannot be on CPUs 0-15,", 30),
			 0);
}
END_TEST

/* The property test: the rules a second time, one CPU after the other. */

struct facts {
	bool bad_request;	/* -EINVAL is justified */
	bool no_device;		/* -ENODEV is justified */
	const struct pmu_dev *wished;
};

static bool usable(const struct pmu_host *host, unsigned int cpu)
{
	return cpuset_has(&host->online, cpu) &&
	       cpuset_has(&host->allowed, cpu);
}

static void judge_wish(const struct pmu_host *host,
		       const struct pmu_request *req, unsigned int vcpu,
		       struct facts *facts)
{
	const struct pmu_dev *dev;
	unsigned int cpu;

	for (cpu = 0; cpu < 64; cpu++) {
		if (!cpuset_has(&req->affinity[vcpu], cpu))
			continue;
		if (!usable(host, cpu))
			facts->bad_request = true;
		if (req->mode == PMU_MODE_OFF)
			continue;
		dev = pmu_host_find_cpu(host, cpu);
		if (!dev || (facts->wished && facts->wished != dev))
			facts->bad_request = true;
		facts->wished = dev;
	}
}

static unsigned int usable_of(const struct pmu_host *host,
			      const struct pmu_dev *dev)
{
	unsigned int cpu, n = 0;

	for (cpu = 0; cpu < 64; cpu++)
		n += cpuset_has(&dev->cpus, cpu) && usable(host, cpu);
	return n;
}

static struct facts judge(const struct pmu_host *host,
			  const struct pmu_request *req)
{
	struct facts facts = { .wished = NULL };
	unsigned int i, n = 0;

	for (i = 0; req->affinity && i < req->nr_vcpus; i++)
		judge_wish(host, req, i, &facts);
	if (req->mode == PMU_MODE_OFF)
		return facts;
	if (req->counters > 31 || (req->counters < 0 &&
				   req->mode == PMU_MODE_PARTITIONED))
		facts.bad_request = true;
	for (i = 0; i < host->nr; i++)
		n += usable_of(host, &host->dev[i]);
	facts.no_device = !n;
	return facts;
}

/* No other PMU would have been preferred to the chosen one. */
static void check_choice(const struct pmu_host *host,
			 const struct pmu_request *req,
			 const struct pmu_dev *dev)
{
	unsigned int mine = usable_of(host, dev), other, i;

	for (i = 0; i < host->nr; i++) {
		other = usable_of(host, &host->dev[i]);
		if (mine < req->nr_vcpus) {
			ck_assert_uint_le(other, mine);
			continue;
		}
		if (other < req->nr_vcpus)
			continue;
		ck_assert_uint_le(host->dev[i].capacity, dev->capacity);
		if (host->dev[i].capacity == dev->capacity)
			ck_assert_uint_le(other, mine);
	}
}

static void check_vcpu(const struct pmu_host *host,
		       const struct pmu_request *req,
		       const struct pmu_plan *plan, unsigned int i)
{
	const struct pmu_plan_vcpu *v = &plan->vcpu[i];
	const struct cpuset *wish = req->affinity ? &req->affinity[i] : NULL;
	struct cpuset may = cpuset_and(&host->online, &host->allowed);

	ck_assert_int_eq(v->mode, req->mode);
	ck_assert_int_eq(v->counters, req->counters);
	ck_assert(cpuset_subset(&v->cpus, &may));
	ck_assert(*v->reason && !strchr(v->reason, '\n'));
	if (wish && !cpuset_empty(wish))
		ck_assert(cpuset_equal(&v->cpus, wish));
	if (req->mode == PMU_MODE_OFF) {
		ck_assert_ptr_null(v->dev);
		return;
	}
	ck_assert_ptr_nonnull(v->dev);
	ck_assert_ptr_eq(v->dev, plan->vcpu[0].dev);
	ck_assert(!cpuset_empty(&v->cpus));
	ck_assert(cpuset_subset(&v->cpus, &v->dev->cpus));
	if (!wish || cpuset_empty(wish))
		ck_assert_uint_eq(cpuset_count(&v->cpus),
				  usable_of(host, v->dev));
}

static void check_devices(const struct pmu_host *host,
			  const struct pmu_plan *plan)
{
	struct cpuset may = cpuset_and(&host->online, &host->allowed);
	struct cpuset taken = { { 0 } }, rest, clash;
	unsigned int i;

	for (i = 0; i < plan->nr; i++)
		taken = cpuset_or(&taken, &plan->vcpu[i].cpus);
	rest = cpuset_andnot(&may, &taken);
	ck_assert(cpuset_subset(&plan->device_cpus, &may));
	clash = cpuset_and(&plan->device_cpus, &taken);
	if (cpuset_empty(&taken))
		ck_assert(cpuset_empty(&plan->device_cpus));
	else if (cpuset_empty(&rest))
		ck_assert(cpuset_equal(&plan->device_cpus, &may));
	else
		ck_assert(cpuset_equal(&plan->device_cpus, &rest) &&
			  cpuset_empty(&clash));
}

static void random_host(unsigned int *seed, struct pmu_host *host)
{
	unsigned int cpu, nr_cpus = 1 + rand_r(seed) % 63, d;

	memset(host, 0, sizeof(*host));
	host->nr = rand_r(seed) % 5;
	for (d = 0; d < host->nr; d++) {
		snprintf(host->dev[d].name, PMU_NAME_MAX, "pmu%u", d);
		host->dev[d].type = 8 + d;
		host->dev[d].capacity = rand_r(seed) % 4 * 256;
	}
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		if (rand_r(seed) % 8)
			cpuset_set(&host->online, cpu);
		if (rand_r(seed) % 8)
			cpuset_set(&host->allowed, cpu);
		/* clusters, with now and then a CPU that nobody counts */
		if (host->nr && rand_r(seed) % 16)
			cpuset_set(&host->dev[cpu * host->nr / nr_cpus].cpus,
				   cpu);
	}
}

/* Mostly near one cluster, or nearly every request would be refused. */
static void random_wishes(unsigned int *seed, const struct pmu_host *host,
			  struct cpuset *affinity, unsigned int nr)
{
	const struct pmu_dev *dev =
		host->nr ? &host->dev[rand_r(seed) % host->nr] : NULL;
	unsigned int i, cpu;

	for (i = 0; i < nr; i++) {
		memset(&affinity[i], 0, sizeof(affinity[i]));
		if (rand_r(seed) % 3 == 0)
			continue;
		for (cpu = 0; cpu < 64; cpu++) {
			if (dev && cpuset_has(&dev->cpus, cpu) &&
			    usable(host, cpu) && rand_r(seed) % 2)
				cpuset_set(&affinity[i], cpu);
		}
		if (rand_r(seed) % 16 == 0)
			cpuset_set(&affinity[i], rand_r(seed) % 64);
	}
}

static int one_round(unsigned int *seed)
{
	struct cpuset affinity[VCPUS_MAX];
	struct pmu_plan *plan = NULL, *again = NULL;
	struct pmu_request req = {
		.mode = rand_r(seed) % PMU_MODE_NUM,
		.counters = rand_r(seed) % 34 - 1,
		.nr_vcpus = 1 + rand_r(seed) % VCPUS_MAX,
		.fallback = rand_r(seed) % 2,
	};
	struct pmu_host host;
	struct facts facts;
	unsigned int i;
	int err;

	random_host(seed, &host);
	random_wishes(seed, &host, affinity, req.nr_vcpus);
	req.affinity = rand_r(seed) % 4 ? affinity : NULL;
	facts = judge(&host, &req);
	err = pmu_plan_make(&host, &req, &plan, NULL);
	ck_assert_int_eq(!err, !facts.bad_request && !facts.no_device);
	if (err == -ENODEV)
		ck_assert(facts.no_device);
	else if (err)
		ck_assert(err == -EINVAL && facts.bad_request);
	if (err)
		return err;
	for (i = 0; i < plan->nr; i++)
		check_vcpu(&host, &req, plan, i);
	check_devices(&host, plan);
	if (req.mode != PMU_MODE_OFF && !facts.wished)
		check_choice(&host, &req, plan->vcpu[0].dev);
	ck_assert_int_eq(pmu_plan_make(&host, &req, &again, NULL), 0);
	ck_assert_int_eq(memcmp(plan, again, sizeof(*plan) +
				plan->nr * sizeof(plan->vcpu[0])), 0);
	pmu_plan_free(plan);
	pmu_plan_free(again);
	return 0;
}

START_TEST(properties)
{
	unsigned int seed = 20, round, made = 0, bad = 0, nodev = 0;

	for (round = 0; round < 5000; round++) {
		switch (one_round(&seed)) {
		case 0:
			made++;
			break;
		case -EINVAL:
			bad++;
			break;
		default:
			nodev++;
		}
	}
	/* the generator reaches all three outcomes often enough to mean it */
	ck_assert_uint_gt(made, 1000);
	ck_assert_uint_gt(bad, 500);
	ck_assert_uint_gt(nodev, 200);
}
END_TEST

START_TEST(print)
{
	static const char want[] =
		"host PMU: armv8_cortex_a53 (type 9) on CPUs 0-3, "
		"Arm Cortex-A53, capacity 485\n"
		"host PMU: armv8_cortex_a72 (type 8) on CPUs 4-5, "
		"Arm Cortex-A72, capacity 1024\n"
		"vCPU 0: armv8_cortex_a72 on CPU 5: placed there by "
		"--vcpu-affinity; 2 counters by partition, else emulated\n"
		"vCPUs 1-2: armv8_cortex_a72 on CPUs 4-5: the PMU of the "
		"vCPUs that --vcpu-affinity places, as a VM has one PMU; "
		"2 counters by partition, else emulated\n"
		"other threads: CPUs 0-3: the allowed CPUs that no vCPU is "
		"pinned to\n";
	struct cpuset affinity[3] = { cpus("5"), cpus(""), cpus("") };
	struct pmu_request req = {
		.mode = PMU_MODE_PARTITIONED, .fallback = true, .counters = 2,
		.nr_vcpus = 3, .affinity = affinity,
	};
	struct pmu_plan *plan = NULL;
	struct pmu_host host;
	char *text = NULL;
	size_t len;
	FILE *out;

	load("rk3399", "0-5", &host);
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, NULL), 0);
	out = open_memstream(&text, &len);
	pmu_plan_print(plan, &host, "", out);
	fclose(out);
	ck_assert_str_eq(text, want);
	free(text);
	pmu_plan_free(plan);
	pmu_plan_free(NULL);
}
END_TEST

START_TEST(explain)
{
	struct pmu_request req = {
		.mode = PMU_MODE_EMULATED, .counters = PMU_COUNTERS_ALL,
		.nr_vcpus = 2,
	};
	struct pmu_plan *plan = NULL;
	struct pmu_host host;
	char buf[ERR_TEXT_MAX];

	load("rk3399", "0-5", &host);
	ck_assert_int_eq(pmu_plan_make(&host, &req, &plan, NULL), 0);
	ck_assert_str_eq(pmu_explain_fail_entry(plan, &host, 1, 2, buf,
						sizeof(buf)),
			 "vCPU 1 ran on CPU 2 (armv8_cortex_a53) but its PMU is "
			 "armv8_cortex_a72 (CPUs 4-5): keep it there with "
			 "--vcpu-affinity=4-5, and let nothing else move it");
	pmu_explain_fail_entry(plan, &host, 1, 99, buf, sizeof(buf));
	ck_assert_msg(!!strstr(buf, "CPU 99 (no core PMU) but"), "%s", buf);
	pmu_explain_fail_entry(plan, &host, 0, 4, buf, sizeof(buf));
	ck_assert_msg(!!strstr(buf, "although its PMU armv8_cortex_a72"), "%s",
		      buf);
	pmu_explain_fail_entry(plan, &host, 7, 4, buf, sizeof(buf));
	ck_assert_msg(!!strstr(buf, "vCPU 7 ran on CPU 4"), "%s", buf);
	pmu_explain_fail_entry(plan, &host, 1, 2, buf, 16);
	ck_assert_str_eq(buf, "vCPU 1 ran on C");
	pmu_plan_free(plan);
}
END_TEST

T_MAIN("pmu_plan", choices, wishes, refusals, bare_cpu, long_refusal,
       properties, print, explain)
