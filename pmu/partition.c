// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/partition - find and use the partition interface; see partition.h
 */
#include <errno.h>

#include "kvm.h"
#include "partition.h"
#include "util.h"

/* v1 to v4: patch "KVM: arm64: Add ioctl to partition the PMU when supported".
 * The number with its direction and size is unassigned upstream (0xce with
 * others is KVM_GET_STATS_FD), so a kernel without it refuses it. */
#define ARM_PARTITION_PMU _IOWR(KVMIO, 0xce, __u8)
_Static_assert(ARM_PARTITION_PMU == 0xc001aece, "as the series encodes it");

/* v5.  Upstream the same number is KVM_CAP_ARM_SEA_TO_USER. */
#define CAP_ARM_PARTITION_PMU 245

/* An address that user space never has on arm64: the kernel's last page.  (The
 * first page will not do, as vm.mmap_min_addr may allow it to be mapped.) */
#define UNREADABLE ((void *)(uintptr_t)-4096L)

static int set_attr(int vcpu_fd, unsigned int attr, void *addr)
{
	return kvm_set_attr(vcpu_fd, KVM_ARM_VCPU_PMU_V3_CTRL,
			    attr ? attr : PMU_ATTR_ENABLE_PARTITION, addr);
}

/*
 * Attribute 5 is also FIXED_COUNTERS_ONLY in Akihiko Odaki's series for
 * heterogeneous PMUs, which does not look at the address: an answer that
 * cannot come from reading it tells them apart.  -EBUSY is its answer after
 * SET_PMU; the partition series says so only of a vCPU that is already
 * initialised or has run.
 */
static int try_attr(int vcpu_fd, unsigned int attr)
{
	/* v6 to v8 read four bytes, their own selftest passes one */
	uint64_t enable = 1;
	int err;

	err = set_attr(vcpu_fd, attr, UNREADABLE);
	if (!err || err == -EBUSY)
		return -ESTALE;
	return err == -EFAULT ? set_attr(vcpu_fd, attr, &enable) : err;
}

static int try_ioctl(int vcpu_fd, void *addr)
{
	int ret = kvm_ioctl(vcpu_fd, ARM_PARTITION_PMU, addr);

	return ret > 0 ? 0 : ret;
}

static int enable_by_attr(const struct pmu_ask *ask)
{
	return ask->skip_attr ? -ENXIO : try_attr(ask->fds[0], ask->how.attr);
}

static int enable_by_count(const struct pmu_ask *ask)
{
	uint8_t keeps = ask->host_keeps;

	return keeps ? try_ioctl(ask->fds[0], &keeps) : PMU_NOT_ASKED;
}

/* v2 and v3 take it for the VM, v4 for each vCPU. */
static int enable_by_yes(const struct pmu_ask *ask)
{
	uint8_t yes = 1;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < ask->nr; i++)
		err = try_ioctl(ask->fds[i], &yes);
	return err;
}

static int enabled_before(const struct pmu_ask *ask)
{
	return ask->cap_answer;
}

struct shape {
	enum pmu_way way;
	bool safe;		/* may be tried without being configured */
	bool is_attr;		/* its answer goes to offer.attr */
	int (*enable)(const struct pmu_ask *ask);
};

static const struct shape shapes[] = {
	[PMU_ABI_AUTO] = { .safe = false },
	[PMU_ABI_ATTRIBUTE] = { PMU_WAY_ATTR, true, true, enable_by_attr },
	[PMU_ABI_IOCTL_COUNT] = { PMU_WAY_IOCTL, true, false, enable_by_count },
	[PMU_ABI_IOCTL_ENABLE] = { PMU_WAY_IOCTL_ENABLE, false, false,
				   enable_by_yes },
	[PMU_ABI_CAPABILITY] = { PMU_WAY_CAPABILITY, false, false,
				 enabled_before },
};
_Static_assert(ARRAY_SIZE(shapes) == PMU_ABI_NUM, "a row for each shape");

/* The kernel does not know the shape: another may be tried. */
static bool is_unknown(int answer)
{
	return answer == -ENXIO || answer == -EINVAL || answer == -ENOTTY;
}

static bool wants_shape(const struct pmu_ask *ask, enum pmu_abi abi)
{
	return ask->how.abi == PMU_ABI_AUTO ? shapes[abi].safe :
	       ask->how.abi == abi;
}

int pmu_partition_enable(const struct pmu_ask *ask, struct pmu_offer *offer,
			 enum pmu_way *ret)
{
	bool probing = ask->how.abi == PMU_ABI_AUTO;
	int *answer = NULL;
	enum pmu_abi abi;

	*offer = (struct pmu_offer){
		.attr = probing ? PMU_NOT_ASKED : -ENXIO,
		.ioctl = probing ? PMU_NOT_ASKED : -ENXIO,
	};
	for (abi = PMU_ABI_AUTO + 1; abi < PMU_ABI_NUM; abi++) {
		if (!wants_shape(ask, abi))
			continue;
		answer = shapes[abi].is_attr ? &offer->attr : &offer->ioctl;
		*answer = shapes[abi].enable(ask);
		if (!*answer)
			*ret = shapes[abi].way;
		if (!is_unknown(*answer))
			break;
	}
	if (is_unknown(*answer) || *answer == -EPERM ||
	    *answer == PMU_NOT_ASKED)
		return -EOPNOTSUPP;
	return *answer;
}

int pmu_partition_prepare(int vm_fd)
{
	struct kvm_enable_cap cap = {
		.cap = CAP_ARM_PARTITION_PMU,
		.args = { 1 },
	};

	return kvm_ioctl(vm_fd, KVM_ENABLE_CAP, &cap);
}

enum pmu_family pmu_partition_probe(int vcpu_fd, unsigned int attr,
				    struct pmu_offer *offer)
{
	int answer = try_attr(vcpu_fd, attr);

	offer->attr = answer == -ESTALE ? -ENXIO : answer;
	offer->ioctl = try_ioctl(vcpu_fd, UNREADABLE);
	if (offer->ioctl == -EFAULT)
		offer->ioctl = 0;
	if (!offer->attr)
		return PMU_FAMILY_ATTR;
	if (offer->attr == -EPERM)
		return PMU_FAMILY_ATTR_DENIED;
	if (!offer->ioctl)
		return PMU_FAMILY_IOCTL;
	if (offer->ioctl == -EPERM)
		return PMU_FAMILY_IOCTL_DENIED;
	return answer == -ESTALE ? PMU_FAMILY_FOREIGN : PMU_FAMILY_NONE;
}

const char *pmu_family_name(enum pmu_family family)
{
	static const char *const names[] = {
		[PMU_FAMILY_NONE] = "none",
		[PMU_FAMILY_ATTR] = "vCPU attribute",
		[PMU_FAMILY_ATTR_DENIED] = "vCPU attribute, denied here",
		[PMU_FAMILY_IOCTL] = "vCPU ioctl",
		[PMU_FAMILY_IOCTL_DENIED] = "vCPU ioctl, denied here",
		[PMU_FAMILY_FOREIGN] = "none; attribute 5 is another series'",
	};
	_Static_assert(ARRAY_SIZE(names) == PMU_FAMILY_NUM, "a name for each");

	return names[family];
}
