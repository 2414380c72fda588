// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fake_kvm - a stand-in for KVM that records every call and can fail any
 */
#include "fake_kvm.h"
#include "fake_stats.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define FAKE_RUN_SIZE 8192	/* kvm_run and the coalesced ring's page */

struct fake_kvm fake;

static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;

/* vCPU descriptors by index, and what the vCPUs have */
static int vcpu_fd[FAKE_VCPUS_MAX];
static struct kvm_run *vcpu_run[FAKE_VCPUS_MAX];
static unsigned int vcpu_turn[FAKE_VCPUS_MAX];
static unsigned int nr_vcpus;
static uint64_t pmcr_n;

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	nr_vcpus = 0;
	pmcr_n = FAKE_COUNTERS;
}

int fake_find(unsigned long req, unsigned int from)
{
	for (unsigned int i = from; i < fake.nr_calls; i++)
		if (fake.call[i].req == req)
			return (int)i;
	return -1;
}

unsigned int fake_count(unsigned long req)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < fake.nr_calls; i++)
		n += fake.call[i].req == req;
	return n;
}

static unsigned int count_dir(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 3;		/* ".", ".." and the directory itself */
}

unsigned int fake_open_fds(void)
{
	return count_dir("/proc/self/fd");
}

unsigned int fake_threads(void)
{
	return count_dir("/proc/self/task") + 1;
}

static int vcpu_of(int fd)
{
	for (unsigned int i = 0; i < nr_vcpus; i++)
		if (vcpu_fd[i] == fd)
			return (int)i;
	return -1;
}

static bool pinned(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return false;
	return CPU_COUNT(&set) < sysconf(_SC_NPROCESSORS_ONLN);
}

/* Record, and say whether this call is the one that fails. */
static int record(unsigned long req, int fd, uint64_t arg, uint32_t group)
{
	struct fake_call call = {
		.req = req, .vcpu = vcpu_of(fd), .arg = arg, .group = group,
		.on_pinned_cpu = pinned(),
	};
	int r = 0;

	pthread_mutex_lock(&fake_lock);
	if (fake.nr_calls < FAKE_CALLS_MAX)
		fake.call[fake.nr_calls] = call;
	if (++fake.nr_calls == fake.fail_at)
		r = fake.fail_with;
	pthread_mutex_unlock(&fake_lock);
	return r;
}

int kvm_open(const char *path)
{
	int r = record(FAKE_OPEN, -1, 0, 0);

	(void)path;
	return r ? r : eventfd(0, EFD_CLOEXEC);
}

int kvm_map(int fd, size_t len, void **ret)
{
	int vcpu = vcpu_of(fd);
	int r = record(FAKE_MAP, fd, len, 0);
	void *map;

	if (r)
		return r;
	map = mmap(NULL, len, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	vcpu_run[vcpu] = map;
	vcpu_turn[vcpu] = 0;
	*ret = map;
	return 0;
}

void kvm_unmap(void *map, size_t len)
{
	if (map)
		munmap(map, len);
}

void kvm_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int fake_check(uint64_t cap)
{
	if (cap == fake.lacks_cap)
		return 0;
	switch (cap) {
	case KVM_CAP_ARM_VM_IPA_SIZE:
		return 40;
	case KVM_CAP_COALESCED_MMIO:
		return fake.no_coalesced ? 0 : 1;
	case KVM_CAP_ARM_PMU_V3:
		return !fake.no_pmu;
	case KVM_CAP_ARM_PMU_V3_STRICT:
		return fake.strict && !fake.no_pmu;
	case KVM_CAP_ARM_SVE:
	case KVM_CAP_ARM_PTRAUTH_ADDRESS:
	case KVM_CAP_ARM_PTRAUTH_GENERIC:
	case KVM_CAP_DEVICE_CTRL:
	case KVM_CAP_ONE_REG:
	case KVM_CAP_ARM_PSCI_0_2:
	case KVM_CAP_IMMEDIATE_EXIT:
		return 1;
	default:
		return 0;
	}
}

static int fake_create_device(struct kvm_create_device *dev)
{
	if ((dev->type == KVM_DEV_TYPE_ARM_VGIC_V3 && fake.no_gicv3) ||
	    (dev->type == KVM_DEV_TYPE_ARM_VGIC_V2 && fake.no_gicv2) ||
	    (dev->type == KVM_DEV_TYPE_ARM_VGIC_ITS && fake.no_its))
		return -ENODEV;
	dev->fd = (uint32_t)eventfd(0, EFD_CLOEXEC);
	return 0;
}

static int fake_create_vcpu(uint64_t index)
{
	if (index >= FAKE_VCPUS_MAX)
		return -EINVAL;
	vcpu_fd[index] = eventfd(0, EFD_CLOEXEC);
	nr_vcpus = (unsigned int)index + 1;
	return vcpu_fd[index];
}

/* PMU attributes of 6.12: SET_PMU, but neither SET_NR_COUNTERS nor attr 5 */
static int fake_attr(int vcpu, const struct kvm_device_attr *attr)
{
	if (vcpu < 0 || attr->group != KVM_ARM_VCPU_PMU_V3_CTRL)
		return 0;
	return attr->attr <= KVM_ARM_VCPU_PMU_V3_SET_PMU ? 0 : -ENXIO;
}

static int fake_reg(int vcpu, const struct kvm_one_reg *reg, bool set)
{
	uint64_t *value = (uint64_t *)(uintptr_t)reg->addr;

	/* 6.7 and later: a count above the host's is silently ignored */
	if (reg->id == KVM_ID_PMCR_EL0 && set && (*value >> 11 & 31) <=
	    FAKE_COUNTERS)
		pmcr_n = *value >> 11 & 31;
	else if (reg->id == KVM_ID_PMCR_EL0)
		*value = pmcr_n << 11;
	else if (!set)
		*value = UINT64_C(0x80000000) | (unsigned int)vcpu;
	return 0;
}

static int fake_run(int vcpu)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	struct kvm_run *run = vcpu_run[vcpu];
	int r;

	if (__atomic_load_n(&run->immediate_exit, __ATOMIC_SEQ_CST))
		return -EINTR;
	if (fake.script)
		r = fake.script((unsigned int)vcpu, vcpu_turn[vcpu]++, run);
	else
		r = vcpu ? FAKE_BLOCK : fake_exit_off(run);
	while (r == FAKE_BLOCK) {
		if (__atomic_load_n(&run->immediate_exit, __ATOMIC_SEQ_CST) ||
		    nanosleep(&ms, NULL))
			return -EINTR;
	}
	return r;
}

static uint64_t call_arg(unsigned long req, void *arg, uint32_t *group)
{
	const struct kvm_device_attr *attr = arg;
	const struct kvm_one_reg *reg = arg;

	*group = 0;
	switch (req) {
	case KVM_SET_DEVICE_ATTR:
	case KVM_HAS_DEVICE_ATTR:
		*group = attr->group;
		return attr->attr;
	case KVM_GET_ONE_REG:
	case KVM_SET_ONE_REG:
		return reg->id;
	default:
		return (uintptr_t)arg;
	}
}

int kvm_ioctl(int fd, unsigned long req, void *arg)
{
	int vcpu = vcpu_of(fd);
	uint32_t group;
	uint64_t value = call_arg(req, arg, &group);
	int r = record(req, fd, value, group);

	if (r)
		return r;
	switch (req) {
	case KVM_GET_API_VERSION:
		return KVM_API_VERSION;
	case KVM_CHECK_EXTENSION:
		return fake_check(value);
	case KVM_CREATE_VM:
		nr_vcpus = 0;
		pmcr_n = FAKE_COUNTERS;
		return eventfd(0, EFD_CLOEXEC);
	case KVM_GET_VCPU_MMAP_SIZE:
		return FAKE_RUN_SIZE;
	case KVM_CREATE_VCPU:
		return fake_create_vcpu(value);
	case KVM_CREATE_DEVICE:
		return fake_create_device(arg);
	case KVM_SET_DEVICE_ATTR:
	case KVM_HAS_DEVICE_ATTR:
		return fake_attr(vcpu, arg);
	case KVM_GET_ONE_REG:
	case KVM_SET_ONE_REG:
		return fake_reg(vcpu, arg, req == KVM_SET_ONE_REG);
	case KVM_RUN:
		return fake_run(vcpu);
	case _IOWR(KVMIO, 0xce, __u8):	/* KVM_ARM_PARTITION_PMU */
		return -EINVAL;
	case KVM_GET_STATS_FD:
		return fake.no_stats ? -ENOTTY : fake_stats_fd(NULL);
	default:
		return 0;
	}
}

int fake_exit_off(struct kvm_run *run)
{
	return fake_exit_event(run, KVM_SYSTEM_EVENT_SHUTDOWN);
}

int fake_exit_event(struct kvm_run *run, uint32_t type)
{
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	run->system_event.type = type;
	return 0;
}

int fake_exit_mmio(struct kvm_run *run, uint64_t addr, bool write,
		   uint32_t len, uint64_t value)
{
	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = addr;
	run->mmio.is_write = write;
	run->mmio.len = len;
	memcpy(run->mmio.data, &value, sizeof(value));
	return 0;
}
