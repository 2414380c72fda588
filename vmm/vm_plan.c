// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_plan - from a VM's configuration to the planner's request
 */
#include "vm_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "registry.h"
#include "util.h"

bool vm_plan_needed(const struct vm_config *cfg)
{
	return cfg->pmu || cfg->affinity;
}

static bool has_policy(const struct vm_config *cfg)
{
	return cfg->pmu &&
	       pmu_policy_kind(cfg->pmu_cluster) != PMU_POLICY_ANY;
}

static struct pmu_request make_request(const struct vm_planning *p,
				       const struct vm_config *cfg)
{
	struct pmu_request req = {
		.mode = cfg->pmu ? PMU_MODE_EMULATED : PMU_MODE_OFF,
		.fallback = cfg->pmu_fallback,
		.wordless = p->wordless,
		.counters = cfg->pmu_counters,
		.nr_vcpus = cfg->cpus,
		.affinity = cfg->affinity,
		.cluster = cfg->pmu_cluster,
		.topo = &p->topo,
		.claims = p->claims,
		.nr_claims = p->nr_claims,
		.max_counters = p->max,
	};

	if (cfg->pmu_partition >= 0) {
		req.mode = PMU_MODE_PARTITIONED;
		req.counters = cfg->pmu_partition;
	}
	if (cfg->pmu_host_reserve > 0)
		req.host_reserve = cfg->pmu_host_reserve;
	return req;
}

static int add_claims(struct vm_planning *p, const struct pmu_claim *more,
		      unsigned int nr, struct err *e)
{
	struct pmu_claim *claims;
	unsigned int i;

	claims = reallocarray(p->claims, p->nr_claims + nr + 1,
			      sizeof(*claims));
	if (!claims)
		return err_fault(e, -ENOMEM, "planning beside other VMs");
	p->claims = claims;
	for (i = 0; i < nr; i++)
		claims[p->nr_claims++] = more[i];
	return 0;
}

static int add_running(struct vm_planning *p, struct err *e)
{
	_cleanup_free_ struct pmu_claim *running = NULL;
	unsigned int nr;
	int err;

	err = registry_claims(&running, &nr, e);
	if (!err)
		err = add_claims(p, running, nr, e);
	p->claims_known = !err;
	return err;
}

static int look_around(struct vm_planning *p, struct err *e)
{
	int err;

	if (!p->topo.cpu) {
		err = pmu_topology_probe(p->sysfs, p->host, &p->topo, e);
		if (err)
			return err;
	}
	return p->alone || p->claims_known ? 0 : add_running(p, e);
}

int vm_plan_make(struct vm_planning *p, const struct vm_config *cfg,
		 struct pmu_plan **ret, struct err *e)
{
	struct pmu_request req;
	int err;

	if (has_policy(cfg)) {
		err = look_around(p, e);
		if (err)
			return err;
	}
	req = make_request(p, cfg);
	return pmu_plan_make(p->host, &req, ret, e);
}

struct cpuset vm_plan_cpus(const struct pmu_plan *plan)
{
	struct cpuset cpus = { { 0 } };
	unsigned int i;

	for (i = 0; i < plan->nr; i++)
		cpus = cpuset_or(&cpus, &plan->vcpu[i].cpus);
	return cpus;
}

int vm_plan_claim(struct vm_planning *p, const char *name,
		  const struct pmu_plan *plan, struct err *e)
{
	struct pmu_claim claim = {
		.cpus = vm_plan_cpus(plan), .nr_vcpus = plan->nr,
	};

	snprintf(claim.name, sizeof(claim.name), "%s", name);
	return add_claims(p, &claim, 1, e);
}

void vm_plan_fini(struct vm_planning *p)
{
	pmu_topology_fini(&p->topo);
	free(steal_ptr(&p->claims));
	p->nr_claims = 0;
}
