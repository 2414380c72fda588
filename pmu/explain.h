/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/explain - what KVM's refusal to run a vCPU on a CPU means
 */
#ifndef PMU_EXPLAIN_H
#define PMU_EXPLAIN_H

#include <stddef.h>

#include "host.h"
#include "plan.h"

/**
 * pmu_explain_fail_entry() - KVM_EXIT_FAIL_ENTRY with CPU_UNSUPPORTED in words
 * @plan: of this VM
 * @host: as the plan was made from
 * @vcpu: index of the vCPU whose KVM_RUN returned
 * @cpu:  fail_entry.cpu, any value
 * @buf:  the sentence, cut at @len: who ran where, whose PMU counts there,
 *        and the option that prevents it
 *
 * Return: @buf.
 */
const char *pmu_explain_fail_entry(const struct pmu_plan *plan,
				   const struct pmu_host *host,
				   unsigned int vcpu, unsigned int cpu,
				   char *buf, size_t len);

#endif /* PMU_EXPLAIN_H */
