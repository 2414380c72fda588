// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/require - the requirements of a partition; the contract is in require.h
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "require.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

_Static_assert(PMU_CMDLINE_MAX == SYSFS_VALUE_MAX, "sysfs_read() fills it");

struct requirement {
	const char *name;
	const char *remedy;
	bool optional;		/* its absence is never a reason to refuse */
	enum pmu_req_state (*check)(const struct pmu_req_facts *facts);
};

static bool was_accepted(const struct pmu_req_facts *f)
{
	return !f->offer.attr || !f->offer.ioctl;
}

/* The kernel knows the request and turns it down. */
static bool was_denied(const struct pmu_req_facts *f)
{
	return f->offer.attr == -EPERM || f->offer.ioctl == -EPERM;
}

/* The value of a parameter on the command line ("name=value"), or NULL. */
static const char *find_param(const char *cmdline, const char *name)
{
	const char *p = cmdline;
	size_t len = strlen(name);

	while ((p = strstr(p, name))) {
		if ((p == cmdline || p[-1] == ' ') && p[len] == '=')
			return p + len + 1;
		p += len;
	}
	return NULL;
}

static bool log_has(const struct pmu_req_facts *f, const char *message)
{
	return f->log && strstr(f->log, message);
}

static enum pmu_req_state check_kvm(const struct pmu_req_facts *f)
{
	return f->kvm;
}

static enum pmu_req_state check_guest_pmu(const struct pmu_req_facts *f)
{
	return f->kvm == PMU_REQ_MET ? f->guest_pmu : PMU_REQ_UNKNOWN;
}

static enum pmu_req_state check_interface(const struct pmu_req_facts *f)
{
	if (was_accepted(f) || was_denied(f))
		return PMU_REQ_MET;
	if (f->offer.attr == PMU_NOT_ASKED || f->offer.ioctl == PMU_NOT_ASKED)
		return PMU_REQ_UNKNOWN;
	return PMU_REQ_MISSING;
}

/* Linux Documentation/admin-guide/kernel-parameters.txt, "kvm-arm.mode"; the
 * message is that of arch/arm64/kvm/arm.c, finalize_init_hyp_mode() */
static enum pmu_req_state check_vhe(const struct pmu_req_facts *f)
{
	const char *mode = find_param(f->cmdline, "kvm-arm.mode");

	if (was_accepted(f) ||
	    log_has(f, ": VHE mode initialized successfully"))
		return PMU_REQ_MET;
	if (log_has(f, "VHE mode initialized successfully"))
		return PMU_REQ_MISSING;
	if (mode && (!strncmp(mode, "nvhe", 4) ||
		     !strncmp(mode, "protected", 9)))
		return PMU_REQ_MISSING;
	return PMU_REQ_UNKNOWN;
}

/* ID_AA64MMFR0_EL1.FGT is not shown to user space, neither of the host nor in
 * the guest's copy.  Kernels that use it say so (arch/arm64/kernel/
 * cpufeature.c); silence proves nothing. */
static enum pmu_req_state check_fgt(const struct pmu_req_facts *f)
{
	return log_has(f, "detected: Fine Grained Traps") ? PMU_REQ_MET :
							    PMU_REQ_UNKNOWN;
}

static enum pmu_req_state check_hpmn0(const struct pmu_req_facts *f)
{
	if (f->n > 0 || was_accepted(f))
		return PMU_REQ_MET;
	return PMU_REQ_UNKNOWN;
}

/* The parameter has no file in sysfs (its permission is 0), only the command
 * line shows it; a negative value switches partitioning off. */
static enum pmu_req_state check_driver(const struct pmu_req_facts *f)
{
	const char *value;

	if (was_accepted(f) || log_has(f, "Partitioned PMU with "))
		return PMU_REQ_MET;
	if (log_has(f, "PMU partition is not supported"))
		return PMU_REQ_MISSING;
	value = find_param(f->cmdline, "arm_pmuv3.reserved_host_counters");
	if (!value)
		value = find_param(f->cmdline, "kvm.reserved_host_counters");
	if (value && *value != '-')
		return PMU_REQ_MET;
	return was_denied(f) && *f->cmdline ? PMU_REQ_MISSING : PMU_REQ_UNKNOWN;
}

static enum pmu_req_state check_counters(const struct pmu_req_facts *f)
{
	if (!f->max)
		return PMU_REQ_UNKNOWN;
	return f->n < f->max || was_accepted(f) ? PMU_REQ_MET :
						  PMU_REQ_MISSING;
}

static const struct requirement requirements[] = {
	[PMU_REQ_KVM] = {
		.name = "KVM for arm64",
		.remedy = "run on an arm64 host whose kernel started at EL2, "
			  "as a user who may open /dev/kvm",
		.check = check_kvm,
	},
	[PMU_REQ_GUEST_PMU] = {
		.name = "a PMU for guests",
		.remedy = "it takes a PMUv3 on every CPU and a kernel with "
			  "CONFIG_HW_PERF_EVENTS",
		.check = check_guest_pmu,
	},
	[PMU_REQ_INTERFACE] = {
		.name = "a kernel interface for counter partitions",
		.remedy = "boot a host kernel with the arm64 PMU partitioning "
			  "series, such as the one in kernel/ of tallyvm's "
			  "sources",
		.check = check_interface,
	},
	[PMU_REQ_VHE] = {
		.name = "KVM in VHE mode",
		.remedy = "it takes Armv8.1 cores and a host command line "
			  "without kvm-arm.mode=nvhe or =protected",
		.check = check_vhe,
	},
	[PMU_REQ_FGT] = {
		.name = "FEAT_FGT",
		.remedy = "optional: without it each guest access to a counter "
			  "traps",
		.optional = true,
		.check = check_fgt,
	},
	[PMU_REQ_HPMN0] = {
		.name = "FEAT_HPMN0, for a partition of no counter",
		.remedy = "ask for at least 1 counter",
		.check = check_hpmn0,
	},
	[PMU_REQ_DRIVER] = {
		.name = "a partitioned host PMU driver",
		.remedy = "boot the host with "
			  "arm_pmuv3.reserved_host_counters=N, N being what "
			  "the host keeps",
		.check = check_driver,
	},
	[PMU_REQ_COUNTERS] = {
		.name = "a counter left for the host",
		.remedy = "ask for fewer",
		.check = check_counters,
	},
};
_Static_assert(ARRAY_SIZE(requirements) == PMU_REQ_NUM, "a row for each");

void pmu_require_check(const struct pmu_req_facts *facts,
		       enum pmu_req_state ret[PMU_REQ_NUM])
{
	size_t i;

	for (i = 0; i < PMU_REQ_NUM; i++)
		ret[i] = requirements[i].check(facts);
}

const char *pmu_require_name(enum pmu_req req)
{
	return requirements[req].name;
}

const char *pmu_require_remedy(enum pmu_req req)
{
	return requirements[req].remedy;
}

bool pmu_require_is_optional(enum pmu_req req)
{
	return requirements[req].optional;
}

enum pmu_req pmu_require_culprit(const struct pmu_req_facts *facts)
{
	static const enum pmu_req_state by_weight[] = {
		PMU_REQ_MISSING, PMU_REQ_UNKNOWN,
	};
	enum pmu_req_state states[PMU_REQ_NUM];
	unsigned int i, req;

	pmu_require_check(facts, states);
	for (i = 0; i < ARRAY_SIZE(by_weight); i++) {
		for (req = 0; req < PMU_REQ_NUM; req++) {
			if (states[req] == by_weight[i] &&
			    !requirements[req].optional)
				return req;
		}
	}
	return PMU_REQ_INTERFACE;
}

/* Append every requirement in @state, "name (remedy)", after @lead. */
static unsigned int add_all(struct text *t, const enum pmu_req_state *states,
			    enum pmu_req_state state, const char *lead)
{
	unsigned int i, nr = 0;

	for (i = 0; i < PMU_REQ_NUM; i++) {
		if (states[i] != state || requirements[i].optional)
			continue;
		text_add(t, "%s%s (%s)", nr++ ? ", " : lead,
			 requirements[i].name, requirements[i].remedy);
	}
	return nr;
}

int pmu_require_refuse(const struct pmu_req_facts *facts, struct err *e)
{
	enum pmu_req_state states[PMU_REQ_NUM];
	char buf[ERR_TEXT_MAX];
	struct text t = text_init(buf, sizeof(buf));

	pmu_require_check(facts, states);
	text_add(&t, "this host cannot give the guest ");
	text_add_count(&t, facts->n, "counter");
	text_add(&t, " of its own: ");
	/* a kernel that could be asked and was not: it may lack more */
	if (!add_all(&t, states, PMU_REQ_MISSING, "missing is ") ||
	    (states[PMU_REQ_GUEST_PMU] == PMU_REQ_MET &&
	     states[PMU_REQ_INTERFACE] == PMU_REQ_UNKNOWN))
		add_all(&t, states, PMU_REQ_UNKNOWN, ", not known are ");
	text_add(&t, "; --pmu-fallback=emulate gives the same count emulated");
	return err_host(e, -EOPNOTSUPP, "%s", buf);
}

const char *pmu_require_cmdline(const char *proc, char *buf)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/cmdline", proc);
	if (sysfs_read(&SYSFS_ANYWHERE, path, buf, /* e= */ NULL))
		buf[0] = '\0';
	return buf;
}
