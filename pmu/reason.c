// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/reason - word the planner's decisions; the contract is in reason.h
 */
#include <errno.h>

#include "reason.h"
#include "text.h"
#include "util.h"

/* CPUs of @dev that a vCPU could really be pinned to */
static struct cpuset usable_cpus(const struct pmu_host *host,
				 const struct pmu_dev *dev)
{
	struct cpuset may = cpuset_and(&host->allowed, &host->online);

	return cpuset_and(&dev->cpus, &may);
}

/* What the policy chose from, and between whom. */
static void say_place(struct text *t, const struct pmu_request *req,
		      enum pmu_why why, const struct pmu_placement *place)
{
	if (why == PMU_WHY_OWN)
		text_add_cpus(t, &place->cluster);
	if (place->others) {
		text_add(t, why == PMU_WHY_OWN ? ", beside " : " with ");
		text_add_count(t, place->others, "vCPU");
		text_add(t, " of other VMs");
	}
	text_add(t, " (--pmu-cluster=%.64s)", req->cluster);
}

static void say_why(struct text *t, const struct pmu_plan_vcpu *v,
		    const struct pmu_request *req, enum pmu_why why,
		    const struct pmu_placement *place)
{
	static const char *const fixed[] = {
		[PMU_WHY_ASKED]	 = "placed there by --vcpu-affinity",
		[PMU_WHY_SHARED] = "the PMU of the vCPUs that --vcpu-affinity "
				   "places, as a VM has one PMU",
		[PMU_WHY_ONLY]	 = "the only core PMU on the allowed CPUs",
		[PMU_WHY_ROOM]	 = "room for ",
		[PMU_WHY_MOST]	 = "no core PMU has room for ",
		[PMU_WHY_OWN]	 = "a CPU of its own on ",
		[PMU_WHY_CLUSTER] = "too few free CPUs for one each, so "
				    "shared",
		[PMU_WHY_UNPINNED] = "not pinned",
	};
	_Static_assert(ARRAY_SIZE(fixed) == PMU_WHY_NUM, "one text for each");

	if (why == PMU_WHY_ROOM && v->dev && v->dev->capacity)
		text_add(t, "the largest cores (capacity %u) with ",
			 v->dev->capacity);
	text_add(t, "%s", fixed[why]);
	if (why == PMU_WHY_ROOM || why == PMU_WHY_MOST)
		text_add_count(t, req->nr_vcpus, "vCPU");
	if (why == PMU_WHY_OWN || why == PMU_WHY_CLUSTER)
		say_place(t, req, why, place);
	if (why == PMU_WHY_MOST)
		text_add(t, ", the most CPUs of one are %u",
			 cpuset_count(&v->cpus));
}

static void say_counters(struct text *t, const struct pmu_plan_vcpu *v,
			 const struct pmu_request *req)
{
	if (v->counters == PMU_COUNTERS_ALL)
		text_add(t, "every counter");
	else
		text_add_count(t, v->counters, "counter");
	if (v->mode == PMU_MODE_EMULATED)
		text_add(t, ", emulated");
	else
		text_add(t, " by partition%s",
			 req->fallback ? ", else emulated" : "");
	if (req->host_reserve)
		text_add(t, ", at least %u left to the host",
			 req->host_reserve);
}

void pmu_reason_vcpu(struct pmu_plan_vcpu *v, const struct pmu_request *req,
		     enum pmu_why why, const struct pmu_placement *place)
{
	struct text t = text_init(v->reason, sizeof(v->reason));

	text_add(&t, "%s", v->dev ? v->dev->name : "no PMU");
	if (!cpuset_empty(&v->cpus)) {
		text_add(&t, " on ");
		text_add_cpus(&t, &v->cpus);
	}
	text_add(&t, ": ");
	say_why(&t, v, req, why, place);
	if (v->mode != PMU_MODE_OFF) {
		text_add(&t, "; ");
		say_counters(&t, v, req);
	}
}

int pmu_refuse_offline(const struct pmu_host *host, unsigned int vcpu,
		       unsigned int cpu, struct err *e)
{
	char list[TEXT_CPUS_MAX];

	return err_config(e, "vCPU %u: --vcpu-affinity names CPU %u, which is "
			  "not online (online: %s): bring it online or leave "
			  "it out", vcpu, cpu,
			  cpuset_format(&host->online, list, sizeof(list)));
}

int pmu_refuse_not_allowed(const struct pmu_host *host, unsigned int vcpu,
			   unsigned int cpu, struct err *e)
{
	char list[TEXT_CPUS_MAX];

	return err_config(e, "vCPU %u: --vcpu-affinity names CPU %u, which "
			  "tallyvm may not use (allowed: %s): widen its "
			  "affinity (taskset) or cgroup cpuset, or leave the "
			  "CPU out", vcpu, cpu,
			  cpuset_format(&host->allowed, list, sizeof(list)));
}

/* "armv8_cortex_a53 has CPUs 0-3, armv8_cortex_a72 has CPUs 4-5" */
static void add_pmus(struct text *t, const struct pmu_host *host)
{
	unsigned int i;

	for (i = 0; i < host->nr; i++) {
		text_add(t, "%s%s has ", i ? ", " : "", host->dev[i].name);
		text_add_cpus(t, &host->dev[i].cpus);
	}
}

int pmu_refuse_bare_cpu(const struct pmu_host *host, unsigned int vcpu,
			unsigned int cpu, struct err *e)
{
	char buf[ERR_TEXT_MAX / 2];
	struct text t = text_init(buf, sizeof(buf));

	add_pmus(&t, host);
	return err_config(e, "vCPU %u: --vcpu-affinity names CPU %u, which has "
			  "no core PMU (%s): leave it out or run without a PMU",
			  vcpu, cpu, buf);
}

/* "--vcpu-affinity=0-1 or --vcpu-affinity=2-3": for each PMU with a CPU in
 * @within that can be used, those CPUs */
static void add_fixes(struct text *t, const struct pmu_host *host,
		      const struct cpuset *within)
{
	char list[TEXT_CPUS_MAX];
	struct cpuset part;
	unsigned int i, nr = 0;

	for (i = 0; i < host->nr; i++) {
		part = usable_cpus(host, &host->dev[i]);
		part = cpuset_and(&part, within);
		if (cpuset_empty(&part))
			continue;
		text_add(t, "%s--vcpu-affinity=%s", nr++ ? " or " : "",
			 cpuset_format(&part, list, sizeof(list)));
	}
}

int pmu_refuse_span(const struct pmu_host *host, unsigned int vcpu,
		    const struct cpuset *cpus, struct err *e)
{
	char buf[ERR_TEXT_MAX];
	struct text t = text_init(buf, sizeof(buf));
	struct cpuset part;
	unsigned int i;

	text_add(&t, "vCPU %u cannot be on ", vcpu);
	text_add_cpus(&t, cpus);
	text_add(&t, ":");
	for (i = 0; i < host->nr; i++) {
		part = cpuset_and(cpus, &host->dev[i].cpus);
		if (cpuset_empty(&part))
			continue;
		text_add(&t, " %s counts on ", host->dev[i].name);
		text_add_cpus(&t, &part);
		text_add(&t, ",");
	}
	text_add(&t, " and a VM has one PMU: on the other's CPUs its counters "
		 "would stop and KVM_RUN would fail; use ");
	add_fixes(&t, host, cpus);
	return err_config(e, "%s", buf);
}

static void add_place(struct text *t, const struct pmu_host *host,
		      const struct pmu_request *req, unsigned int vcpu)
{
	const struct cpuset *cpus = &req->affinity[vcpu];
	const struct pmu_dev *dev =
		pmu_host_find_cpu(host, cpuset_next(cpus, 0));

	text_add(t, "vCPU %u is placed on ", vcpu);
	text_add_cpus(t, cpus);
	text_add(t, " (%s)", dev->name);
}

int pmu_refuse_mixed(const struct pmu_host *host,
		     const struct pmu_request *req, unsigned int a,
		     unsigned int b, struct err *e)
{
	char buf[ERR_TEXT_MAX];
	struct text t = text_init(buf, sizeof(buf));

	add_place(&t, host, req, a);
	text_add(&t, " and ");
	add_place(&t, host, req, b);
	text_add(&t, ", but KVM holds one PMU for the whole VM: on the other's "
		 "CPUs counters would stop and KVM_RUN would fail; keep every "
		 "vCPU on one PMU: ");
	add_fixes(&t, host, &host->online);
	return err_config(e, "%s", buf);
}

int pmu_refuse_isolated(const struct pmu_host *host, const struct pmu_dev *dev,
			unsigned int vcpu, struct err *e)
{
	char buf[TEXT_CPUS_MAX + 8], list[TEXT_CPUS_MAX];
	const struct cpuset cpus = usable_cpus(host, dev);
	struct text t = text_init(buf, sizeof(buf));

	text_add_cpus(&t, &cpus);
	return err_config(e, "vCPU %u has to be on %s like the others, whose "
			  "PMU is %s, and the host isolates %s: name CPUs for "
			  "it with --vcpu-affinity=%u:%s", vcpu, buf, dev->name,
			  cpuset_next(&cpus, cpuset_next(&cpus, 0) + 1) <
			  CPUSET_MAX ? "them" : "it", vcpu,
			  cpuset_format(&cpus, list, sizeof(list)));
}

int pmu_refuse_no_pmu(const struct pmu_host *host, struct err *e)
{
	char buf[ERR_TEXT_MAX / 2], list[TEXT_CPUS_MAX];
	struct text t = text_init(buf, sizeof(buf));

	if (!host->nr)
		return err_host(e, -ENODEV, "this host has no core PMU: no "
				"event source in sysfs has a \"cpus\" file; "
				"the kernel needs CONFIG_ARM_PMUV3 and a PMU "
				"in its device tree or ACPI tables");
	add_pmus(&t, host);
	return err_host(e, -ENODEV, "no CPU that tallyvm may use (%s) is online "
			"and has a core PMU (%s): widen its affinity (taskset) "
			"or cgroup cpuset",
			cpuset_format(&host->allowed, list, sizeof(list)), buf);
}
