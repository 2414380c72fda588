// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_scratch - what a scratch VM finds out about many host kernels, and
 * that nothing of it is left behind
 */
#include "pmu_model.h"

#include <sched.h>

static int scratch_open(const char *path);
static int scratch_check(int fd, unsigned int cap);
static void scratch_close(int *fd);
static int scratch_ioctl(int fd, unsigned long req, void *arg);
static int scratch_pin(pid_t pid, size_t len, const cpu_set_t *set);

#undef kvm_ioctl
#define kvm_open	scratch_open
#define kvm_check	scratch_check
#define kvm_close	scratch_close
#define kvm_ioctl	scratch_ioctl
#define sched_setaffinity scratch_pin
#include "pmu/scratch.c"

#define KVM_FD 98

/* The host beneath the model. */
static struct {
	bool no_kvm, not_arm64, no_pmu, strict;
	unsigned int fail_at, nr_calls;	/* of ioctls that make things */
	int open;			/* descriptors */
	unsigned int pins;
	struct cpuset pinned;
} kvm;

static int scratch_open(const char *path)
{
	ck_assert_str_eq(path, "/dev/kvm");
	if (kvm.no_kvm)
		return -EACCES;
	kvm.open++;
	return KVM_FD;
}

static void scratch_close(int *fd)
{
	kvm.open -= *fd >= 0;
	*fd = -1;
}

static int scratch_check(int fd, unsigned int cap)
{
	ck_assert_int_eq(fd, KVM_FD);
	/* never by the series' numbers */
	ck_assert(cap != 242 && cap != 244 && cap != 245);
	if (cap == KVM_CAP_ARM_PMU_V3)
		return !kvm.no_pmu;
	if (cap == KVM_CAP_ARM_PMU_V3_STRICT)
		return kvm.strict;
	return cap == KVM_CAP_ARM_VM_IPA_SIZE ? 40 : 0;
}

static int scratch_ioctl(int fd, unsigned long req, void *arg)
{
	const struct kvm_vcpu_init *init = arg;

	if (req == 0xc001aece)
		return model_ioctl(fd, req, arg);
	if (++kvm.nr_calls == kvm.fail_at)
		return -EMFILE;
	switch (req) {
	case KVM_CREATE_VM:
		ck_assert_uint_eq((uintptr_t)arg, IPA_BITS_MIN);
		kvm.open++;
		return VM_FD;
	case KVM_ARM_PREFERRED_TARGET:
		return kvm.not_arm64 ? -ENOTTY : 0;
	case KVM_CREATE_VCPU:
		kvm.open++;
		return FD0;
	case KVM_ARM_VCPU_INIT:
		ck_assert_uint_eq(init->features[0], 1U << 3);
		return 0;
	default:
		ck_abort_msg("ioctl %lx", req);
		return -EINVAL;
	}
}

static int scratch_pin(pid_t pid, size_t len, const cpu_set_t *set)
{
	ck_assert_int_eq(pid, 0);
	ck_assert_uint_eq(len, sizeof(kvm.pinned.bits));
	memcpy(&kvm.pinned, set, len);
	kvm.pins++;
	return 0;
}

static struct pmu_host one_pmu(void)
{
	struct pmu_host host = { .nr = 1 };

	cpuset_parse("0-3", &host.online);
	host.allowed = host.online;
	host.dev[0] = model_dev;
	cpuset_parse("0-1", &host.dev[0].cpus);
	return host;
}

static int probe(const struct kernel *k, const struct pmu_host *host,
		 struct pmu_scratch *s, struct err *e)
{
	struct cpuset before;
	int err;

	model_start(k, 6);
	kvm.nr_calls = kvm.pins = 0;
	*e = (struct err){ .kind = ERR_NONE };
	sched_getaffinity(0, sizeof(before.bits), (cpu_set_t *)before.bits);
	err = pmu_scratch_probe("/dev/kvm", host, 0, s, e);
	ck_assert_int_eq(kvm.open, 0);
	if (kvm.pins)
		ck_assert(cpuset_equal(&kvm.pinned, &before));
	return err;
}

START_TEST(kernels_differ)
{
	static const struct {
		const struct kernel *k;
		bool set_pmu, nr_counters, pmcr;
		enum pmu_family family;
	} rows[] = {
		{ &k5_15, false, false, false, PMU_FAMILY_NONE },
		{ &k6_1, true, false, false, PMU_FAMILY_NONE },
		{ &k6_12, true, false, true, PMU_FAMILY_NONE },
		{ &k6_18, true, true, true, PMU_FAMILY_NONE },
		{ &frozen, true, false, false, PMU_FAMILY_NONE },
		{ &v8, true, true, false, PMU_FAMILY_ATTR },
		{ &v8_denied, true, true, true, PMU_FAMILY_ATTR_DENIED },
		{ &v1, true, false, false, PMU_FAMILY_IOCTL },
		{ &v1_denied, true, false, true, PMU_FAMILY_IOCTL_DENIED },
		{ &fixed_busy, true, true, true, PMU_FAMILY_FOREIGN },
	};
	const struct pmu_host host = one_pmu();
	struct pmu_scratch s;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		kvm.strict = i % 2;
		ck_assert_msg(probe(rows[i].k, &host, &s, &e) == 0, "%s",
			      e.text);
		ck_assert_uint_eq(s.n[0], 6);
		ck_assert(s.can.pmu && s.can.filter);
		ck_assert_int_eq(s.can.strict, kvm.strict);
		ck_assert_int_eq(s.can.set_pmu, rows[i].set_pmu);
		ck_assert_int_eq(s.can.nr_counters, rows[i].nr_counters);
		ck_assert_int_eq(s.can.pmcr, rows[i].pmcr);
		ck_assert_int_eq(s.can.family, rows[i].family);
	}
	kvm.strict = false;
}
END_TEST

/* Each PMU is asked on its own CPUs; one without a usable CPU stays unknown. */
START_TEST(two_pmus)
{
	struct pmu_host host = one_pmu();
	struct pmu_scratch s;
	struct err e;

	host.nr = 2;
	host.dev[1] = host.dev[0];
	cpuset_parse("2-3", &host.dev[1].cpus);
	cpuset_parse("2", &host.allowed);
	ck_assert_int_eq(probe(&k6_12, &host, &s, &e), 0);
	ck_assert_uint_eq(s.n[0], 0);
	ck_assert_uint_eq(s.n[1], 6);
	ck_assert_uint_eq(kvm.pins, 2);
	/* KVM does not know either */
	model_start(&k6_12, 6);
	host.nr = 0;
	ck_assert_int_eq(probe(&k6_12, &host, &s, &e), 0);
	ck_assert(s.can.pmu && !s.can.pmcr);
}
END_TEST

START_TEST(no_answer)
{
	const struct pmu_host host = one_pmu();
	struct pmu_scratch s;
	struct err e;
	unsigned int at;

	kvm.no_kvm = true;
	ck_assert_int_eq(probe(&k6_12, &host, &s, &e), -EACCES);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_msg(strstr(e.text, "cannot open /dev/kvm") != NULL, "%s",
		      e.text);
	kvm.no_kvm = false;
	kvm.not_arm64 = true;
	ck_assert_int_eq(probe(&k6_12, &host, &s, &e), -EOPNOTSUPP);
	ck_assert_int_eq(e.kind, ERR_HOST);
	kvm.not_arm64 = false;
	kvm.no_pmu = true;
	ck_assert_int_eq(probe(&k6_12, &host, &s, &e), 0);
	ck_assert(!s.can.pmu && !s.n[0]);
	kvm.no_pmu = false;
	/* creating the VM, the target, creating the vCPU */
	for (at = 1; at <= 3; at++) {
		kvm.fail_at = at;
		ck_assert_int_lt(probe(&k6_12, &host, &s, &e), 0);
		ck_assert_int_ne(e.kind, ERR_NONE);
		ck_assert(!s.can.pmu && !s.n[0]);
	}
	/* initialising it: the PMU's size stays unknown */
	kvm.fail_at = 4;
	ck_assert_int_eq(probe(&k6_12, &host, &s, &e), 0);
	ck_assert_uint_eq(s.n[0], 0);
	kvm.fail_at = 0;
}
END_TEST

T_MAIN("pmu_scratch", kernels_differ, two_pmus, no_answer)
