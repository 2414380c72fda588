// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/explain - word KVM_EXIT_FAIL_ENTRY; the contract is in explain.h
 */
#include "explain.h"
#include "text.h"

/* "CPU 5 (armv8_cortex_a55)" or "CPU 5 (no core PMU)" */
static void add_cpu(struct text *t, const struct pmu_host *host,
		    unsigned int cpu)
{
	const struct pmu_dev *dev = pmu_host_find_cpu(host, cpu);

	text_add(t, "CPU %u (%s)", cpu, dev ? dev->name : "no core PMU");
}

const char *pmu_explain_fail_entry(const struct pmu_plan *plan,
				   const struct pmu_host *host,
				   unsigned int vcpu, unsigned int cpu,
				   char *buf, size_t len)
{
	struct text t = text_init(buf, len);
	const struct pmu_plan_vcpu *v =
		vcpu < plan->nr ? &plan->vcpu[vcpu] : NULL;
	char list[TEXT_CPUS_MAX];

	text_add(&t, "vCPU %u ran on ", vcpu);
	add_cpu(&t, host, cpu);
	if (!v || !v->dev) {
		text_add(&t, " and KVM does not support it there");
		return buf;
	}
	if (cpuset_has(&v->dev->cpus, cpu)) {
		text_add(&t, " and KVM refused it, although its PMU %s counts "
			 "there", v->dev->name);
		return buf;
	}
	text_add(&t, " but its PMU is %s (", v->dev->name);
	text_add_cpus(&t, &v->dev->cpus);
	text_add(&t, "): keep it there with --vcpu-affinity=%s, and let "
		 "nothing else move it", cpuset_format(&v->cpus, list, sizeof(list)));
	return buf;
}
