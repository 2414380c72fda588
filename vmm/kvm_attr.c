// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm_attr - the everyday KVM calls in terms of kvm_ioctl()
 */
#include "kvm.h"

int kvm_check(int fd, unsigned int cap)
{
	int ret = kvm_ioctl(fd, KVM_CHECK_EXTENSION, (void *)(uintptr_t)cap);

	return ret < 0 ? 0 : ret;
}

static int kvm_attr(int fd, unsigned long req, uint32_t group, uint64_t attr,
		    void *addr)
{
	struct kvm_device_attr da = {
		.group = group,
		.attr = attr,
		.addr = (uintptr_t)addr,
	};

	return kvm_ioctl(fd, req, &da);
}

int kvm_has_attr(int fd, uint32_t group, uint64_t attr)
{
	return kvm_attr(fd, KVM_HAS_DEVICE_ATTR, group, attr, NULL);
}

int kvm_set_attr(int fd, uint32_t group, uint64_t attr, void *addr)
{
	return kvm_attr(fd, KVM_SET_DEVICE_ATTR, group, attr, addr);
}

int kvm_get_reg(int vcpu_fd, uint64_t id, uint64_t *ret)
{
	uint64_t value = 0;
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };
	int r = kvm_ioctl(vcpu_fd, KVM_GET_ONE_REG, &reg);

	if (r)
		return r;
	*ret = value;
	return 0;
}

int kvm_set_reg(int vcpu_fd, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return kvm_ioctl(vcpu_fd, KVM_SET_ONE_REG, &reg);
}
