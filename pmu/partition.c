// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/partition - find and use the partition interface; see partition.h
 */
#include <errno.h>

#include "kvm.h"
#include "partition.h"

/* v1 to v4: patch "KVM: arm64: Add ioctl to partition the PMU when supported".
 * The number with its direction and size is unassigned upstream (0xce with
 * others is KVM_GET_STATS_FD), so a kernel without it refuses it. */
#define ARM_PARTITION_PMU _IOWR(KVMIO, 0xce, __u8)
_Static_assert(ARM_PARTITION_PMU == 0xc001aece, "as the series encodes it");

/* An address that user space never has on arm64: the kernel's last page.  (The
 * first page will not do, as vm.mmap_min_addr may allow it to be mapped.) */
#define UNREADABLE ((void *)(uintptr_t)-4096L)

static int set_attr5(int vcpu_fd, void *addr)
{
	return kvm_set_attr(vcpu_fd, KVM_ARM_VCPU_PMU_V3_CTRL,
			    PMU_ATTR_ENABLE_PARTITION, addr);
}

/*
 * Attribute 5 is also FIXED_COUNTERS_ONLY in Akihiko Odaki's series for
 * heterogeneous PMUs, which does not look at the address: an answer that
 * cannot come from reading it tells them apart.  -EBUSY is its answer after
 * SET_PMU; the partition series says so only of a vCPU that is already
 * initialised or has run.
 */
static int try_attr(int vcpu_fd)
{
	/* v6 to v8 read four bytes, their own selftest passes one */
	uint64_t enable = 1;
	int err;

	err = set_attr5(vcpu_fd, UNREADABLE);
	if (!err || err == -EBUSY)
		return -ESTALE;
	return err == -EFAULT ? set_attr5(vcpu_fd, &enable) : err;
}

static int try_ioctl(int vcpu_fd, unsigned int host_keeps)
{
	uint8_t keeps = host_keeps;
	int ret;

	ret = kvm_ioctl(vcpu_fd, ARM_PARTITION_PMU, &keeps);
	return ret > 0 ? 0 : ret;
}

int pmu_partition_enable(int vcpu_fd, unsigned int host_keeps, bool skip_attr,
			 struct pmu_offer *offer, enum pmu_way *ret)
{
	*offer = (struct pmu_offer){
		.attr = skip_attr ? -ENXIO : try_attr(vcpu_fd),
		.ioctl = PMU_NOT_ASKED,
	};
	if (!offer->attr)
		*ret = PMU_WAY_ATTR;
	if (offer->attr == -EPERM)
		return -EOPNOTSUPP;
	if (offer->attr != -ENXIO)
		return offer->attr;
	if (!host_keeps)
		return -EOPNOTSUPP;
	offer->ioctl = try_ioctl(vcpu_fd, host_keeps);
	if (!offer->ioctl)
		*ret = PMU_WAY_IOCTL;
	if (offer->ioctl == -EINVAL || offer->ioctl == -ENOTTY ||
	    offer->ioctl == -EPERM)
		return -EOPNOTSUPP;
	return offer->ioctl;
}
