/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pmu/require - what a counter partition needs, and what of it is there
 *
 * One table serves the refusal of --pmu-partition and every report about the
 * host.  Most requirements cannot be read anywhere from user space; what is
 * not known is said to be not known.
 */
#ifndef PMU_REQUIRE_H
#define PMU_REQUIRE_H

#include <stdbool.h>

#include "err.h"
#include "partition.h"

/* the kernel's limit on arm64 is 2048 (COMMAND_LINE_SIZE) */
#define PMU_CMDLINE_MAX 4096

enum pmu_req {
	PMU_REQ_KVM,		/* there is a KVM for arm64 */
	PMU_REQ_GUEST_PMU,	/* it offers guests a PMU */
	PMU_REQ_INTERFACE,	/* the kernel has a way to ask */
	PMU_REQ_VHE,		/* the host kernel runs at EL2 */
	PMU_REQ_FGT,		/* optional: fine-grained traps */
	PMU_REQ_HPMN0,		/* only for a partition of no counter */
	PMU_REQ_DRIVER,		/* the host's PMU driver left room */
	PMU_REQ_COUNTERS,	/* enough counters for guest and host */
	PMU_REQ_NUM
};

enum pmu_req_state {
	PMU_REQ_MET,
	PMU_REQ_MISSING,
	PMU_REQ_UNKNOWN,	/* no way to know from here */
	PMU_REQ_STATE_NUM
};

struct pmu_req_facts {
	struct pmu_offer offer;	/* what the kernel answered */
	unsigned int n;		/* event counters wanted for the guest */
	unsigned int max;	/* event counters of the PMU */
	const char *cmdline;	/* the host kernel's; "" if not known */
	const char *log;	/* its messages; NULL or "" if not known */
	/* MET, which is 0, where a VM is being made already */
	enum pmu_req_state kvm;
	enum pmu_req_state guest_pmu;
};

/** pmu_require_check() - the state of each requirement */
void pmu_require_check(const struct pmu_req_facts *facts,
		       enum pmu_req_state ret[PMU_REQ_NUM]);

/** pmu_require_name() - what it is, in a few words */
const char *pmu_require_name(enum pmu_req req);

/** pmu_require_remedy() - what would satisfy it */
const char *pmu_require_remedy(enum pmu_req req);

/** pmu_require_is_optional() - whether it can be done without */
bool pmu_require_is_optional(enum pmu_req req);

/** pmu_require_culprit() - the first requirement that is not met; if all that
 * is known is met, the first that is not known */
enum pmu_req pmu_require_culprit(const struct pmu_req_facts *facts);

/**
 * pmu_require_refuse() - the refusal: names each requirement that is not met
 * with its remedy; if all that is known is met, those that are not known
 *
 * Return: -EOPNOTSUPP with ERR_HOST.
 */
int pmu_require_refuse(const struct pmu_req_facts *facts, struct err *e);

/**
 * pmu_require_cmdline() - read the host kernel's command line
 * @proc: root of procfs
 * @buf:  PMU_CMDLINE_MAX bytes; "" if it cannot be read
 *
 * Return: @buf.
 */
const char *pmu_require_cmdline(const char *proc, char *buf);

#endif /* PMU_REQUIRE_H */
