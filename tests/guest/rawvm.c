// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rawvm: a VM by KVM's own interface; see rawvm.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rawvm.h"

#define MEM_BASE	0x40000000
#define MEM_SIZE	0x10000
#define GIC_DIST	UINT64_C(0x08000000)
#define GIC_REDIST	UINT64_C(0x080a0000)
#define PMU_INTID	23
#define PC		(UINT64_C(0x6030000000100000) + 64)
#define REGS_MAX	2048

static const struct {
	uint64_t set, clear;
} pair[] = {
	{ RAWVM_PMCNTENSET, RAWVM_PMCNTENCLR },
	{ RAWVM_PMINTENSET, RAWVM_PMINTENCLR },
	{ RAWVM_PMOVSSET, RAWVM_PMOVSCLR },
};

#define PAIRS	(sizeof(pair) / sizeof(pair[0]))

static void die(const char *what)
{
	printf("FAIL rawvm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int need(int r, const char *what)
{
	if (r < 0)
		die(what);
	return r;
}

void rawvm_new_bare(struct rawvm *v)
{
	struct kvm_userspace_memory_region slot = {
		.guest_phys_addr = MEM_BASE,
		.memory_size = MEM_SIZE,
	};
	int i;

	memset(v, 0, sizeof(*v));
	v->gic = -1;
	v->kvm = need(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	v->vm = need(ioctl(v->kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	v->mem = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (v->mem == MAP_FAILED)
		die("memory");
	slot.userspace_addr = (uintptr_t)v->mem;
	need(ioctl(v->vm, KVM_SET_USER_MEMORY_REGION, &slot), "memory slot");
	for (i = 0; i < RAWVM_VCPUS; i++)
		v->vcpu[i] = need(ioctl(v->vm, KVM_CREATE_VCPU, i),
				  "KVM_CREATE_VCPU");
	v->run_size = (size_t)need(ioctl(v->kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
				   "KVM_GET_VCPU_MMAP_SIZE");
	v->run = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      v->vcpu[0], 0);
	if (v->run == MAP_FAILED)
		die("kvm_run");
}

static void gic_attr(struct rawvm *v, uint32_t group, uint64_t attr,
		     uint64_t *val)
{
	struct kvm_device_attr a = {
		.group = group,
		.attr = attr,
		.addr = (uintptr_t)val,
	};

	need(ioctl(v->gic, KVM_SET_DEVICE_ATTR, &a), "GIC");
}

static void add_gic(struct rawvm *v)
{
	struct kvm_create_device gic = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t dist = GIC_DIST, redist = GIC_REDIST;

	need(ioctl(v->vm, KVM_CREATE_DEVICE, &gic), "GICv3");
	v->gic = (int)gic.fd;
	gic_attr(v, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
		 &dist);
	gic_attr(v, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
		 &redist);
	gic_attr(v, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT,
		 NULL);
}

void rawvm_new(struct rawvm *v, bool pmu, const void *code, size_t len)
{
	struct kvm_vcpu_init init;
	int i;

	rawvm_new_bare(v);
	need(ioctl(v->vm, KVM_ARM_PREFERRED_TARGET, &init), "target");
	if (pmu)
		init.features[0] |= 1u << KVM_ARM_VCPU_PMU_V3;
	for (i = 0; i < RAWVM_VCPUS; i++)
		need(ioctl(v->vcpu[i], KVM_ARM_VCPU_INIT, &init),
		     "KVM_ARM_VCPU_INIT");
	add_gic(v);
	memcpy(v->mem, code, len);
	__builtin___clear_cache((char *)v->mem, (char *)v->mem + len);
	rawvm_set(v, PC, MEM_BASE);
}

void rawvm_free(struct rawvm *v)
{
	int i;

	munmap(v->run, v->run_size);
	munmap(v->mem, MEM_SIZE);
	for (i = 0; i < RAWVM_VCPUS; i++)
		close(v->vcpu[i]);
	if (v->gic >= 0)
		close(v->gic);
	close(v->vm);
	close(v->kvm);
}

static int errno_of(int r)
{
	return r < 0 ? -errno : r;
}

static int device_attr(struct rawvm *v, int vcpu, unsigned long request,
		       uint64_t attr, const void *addr)
{
	struct kvm_device_attr a = {
		.group = KVM_ARM_VCPU_PMU_V3_CTRL,
		.attr = attr,
		.addr = (uintptr_t)addr,
	};

	return errno_of(ioctl(v->vcpu[vcpu], request, &a));
}

int rawvm_attr(struct rawvm *v, int vcpu, uint64_t attr, const void *addr)
{
	return device_attr(v, vcpu, KVM_SET_DEVICE_ATTR, attr, addr);
}

int rawvm_attr_u32(struct rawvm *v, uint64_t attr, uint32_t val)
{
	return rawvm_attr(v, 0, attr, &val);
}

int rawvm_has_attr(struct rawvm *v, uint64_t attr)
{
	return device_attr(v, 0, KVM_HAS_DEVICE_ATTR, attr, NULL);
}

int rawvm_get_attr(struct rawvm *v, uint64_t attr, void *addr)
{
	return device_attr(v, 0, KVM_GET_DEVICE_ATTR, attr, addr);
}

int rawvm_partition(struct rawvm *v, int vcpu, const uint8_t *host)
{
	return errno_of(ioctl(v->vcpu[vcpu], RAWVM_PARTITION_IOCTL, host));
}

int rawvm_pmu_init(struct rawvm *v, int vcpu)
{
	int irq = PMU_INTID, r;

	r = rawvm_attr(v, vcpu, KVM_ARM_VCPU_PMU_V3_IRQ, &irq);
	return r ? r : rawvm_attr(v, vcpu, KVM_ARM_VCPU_PMU_V3_INIT, NULL);
}

static int one_reg(struct rawvm *v, unsigned long request, uint64_t id,
		   void *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)val };

	return ioctl(v->vcpu[0], request, &reg);
}

uint64_t rawvm_get(struct rawvm *v, uint64_t id)
{
	uint64_t val = 0;

	need(one_reg(v, KVM_GET_ONE_REG, id, &val), "KVM_GET_ONE_REG");
	return val;
}

static bool is_clear(uint64_t id)
{
	size_t i;

	for (i = 0; i < PAIRS && pair[i].clear != id; i++)
		;
	return i < PAIRS;
}

/* Before its set register is written; nothing for other registers */
static void clear_first(struct rawvm *v, uint64_t id)
{
	uint64_t all = UINT32_MAX;
	size_t i;

	for (i = 0; i < PAIRS; i++)
		if (pair[i].set == id)
			need(one_reg(v, KVM_SET_ONE_REG, pair[i].clear, &all),
			     "KVM_SET_ONE_REG");
}

void rawvm_set(struct rawvm *v, uint64_t id, uint64_t val)
{
	clear_first(v, id);
	need(one_reg(v, KVM_SET_ONE_REG, id, &val), "KVM_SET_ONE_REG");
}

/* Until KVM_RUN is called again, the store that led out is not done with. */
static void finish_exit(struct rawvm *v)
{
	v->run->immediate_exit = 1;
	if (ioctl(v->vcpu[0], KVM_RUN, 0) != -1 || errno != EINTR)
		die("immediate exit");
	v->run->immediate_exit = 0;
}

void rawvm_copy(struct rawvm *to, struct rawvm *from)
{
	static struct {
		struct kvm_reg_list list;
		uint64_t id[REGS_MAX];
	} regs;
	uint8_t val[2048];
	uint64_t i;

	finish_exit(from);
	regs.list.n = REGS_MAX;
	need(ioctl(from->vcpu[0], KVM_GET_REG_LIST, &regs.list), "registers");
	/* Identification registers and the like cannot be set: no matter. */
	for (i = 0; i < regs.list.n; i++) {
		if (is_clear(regs.id[i]) ||
		    one_reg(from, KVM_GET_ONE_REG, regs.id[i], val))
			continue;
		clear_first(to, regs.id[i]);
		one_reg(to, KVM_SET_ONE_REG, regs.id[i], val);
	}
	memcpy(to->mem, from->mem, MEM_SIZE);
}

uint64_t rawvm_run(struct rawvm *v)
{
	uint64_t val = 0;

	need(ioctl(v->vcpu[0], KVM_RUN, 0), "KVM_RUN");
	if (v->run->exit_reason != KVM_EXIT_MMIO || !v->run->mmio.is_write ||
	    v->run->mmio.phys_addr != RAWVM_DOOR) {
		printf("FAIL rawvm: exit %u at %lx\n", v->run->exit_reason,
		       (unsigned long)rawvm_get(v, PC));
		exit(1);
	}
	memcpy(&val, v->run->mmio.data, v->run->mmio.len);
	return val;
}

uint64_t rawvm_exits(struct rawvm *v)
{
	unsigned long long val = 0;
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/exits",
		 (int)getpid(), v->vm);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%llu", &val) != 1)
		die(path);
	fclose(f);
	return val;
}
