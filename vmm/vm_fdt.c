// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_fdt - describe this VM to its guest
 */
#include "vm_fdt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "arm64/fdt.h"
#include "arm64/platform.h"
#include "util.h"

#define BOOTARGS_MAX 4096	/* COMMAND_LINE_SIZE is 2048 on arm64 */

struct seeds {
	uint64_t kaslr;
	uint8_t rng[FDT_RNG_SEED_LEN];
};

/* One step of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, figure 16). */
static uint64_t seed_mix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Random, or wholly decided by the seed that was given. */
static int vm_seeds(const struct vm_config *cfg, struct seeds *ret,
		    struct err *e)
{
	uint64_t state = cfg->kaslr_seed;
	size_t i;

	if (!cfg->kaslr_seed_given) {
		if (getrandom(ret, sizeof(*ret), 0) != sizeof(*ret))
			return err_fault(e, -errno, "getting random seeds");
		return 0;
	}
	ret->kaslr = cfg->kaslr_seed;
	for (i = 0; i < sizeof(ret->rng); i += sizeof(uint64_t)) {
		uint64_t word = seed_mix(&state);

		memcpy(&ret->rng[i], &word, sizeof(word));
	}
	return 0;
}

static int vm_bootargs(const struct vm_config *cfg, char *buf, size_t len,
		       struct err *e)
{
	const char *params = cfg->params ? cfg->params : "";
	const char *console = cfg->nodefaults ? "" :
			      cfg->console == CONSOLE_VIRTIO ? "console=hvc0" :
							       "console=ttyS0";
	int n = snprintf(buf, len, "%s%s%s", console,
			 *console && *params ? " " : "", params);

	if (n >= 0 && (size_t)n < len)
		return 0;
	return err_config(e, "the kernel command line is %d bytes long, the limit is %zu: shorten --params",
			  n, len - 1);
}

static int vm_mpidrs(const struct vm *vm, uint64_t *ret, struct err *e)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		int r = cpu_mpidr(vm->vcpus[i].fd, &ret[i]);

		if (r)
			return err_fault(e, r, "reading MPIDR_EL1 of vCPU %u",
					 i);
	}
	return 0;
}

static int vm_dump_dtb(const struct vm *vm, const void *dtb, struct err *e)
{
	int fd = vm->session->dtb_fd;
	ssize_t n;

	if (fd < 0)
		return 0;
	n = pwrite(fd, dtb, PLAT_DTB_MAX, 0);
	if (n == (ssize_t)PLAT_DTB_MAX)
		return 0;
	return err_config(e, "cannot write the device tree to %s (--dump-dtb): %s",
			  vm->session->cfg->dump_dtb,
			  err_name(n < 0 ? errno : ENOSPC));
}

int vm_fdt(struct vm *vm, bool pmu, struct err *e)
{
	const struct vm_config *cfg = vm->session->cfg;
	_cleanup_free_ uint64_t *mpidr = calloc(vm->nr_vcpus, sizeof(*mpidr));
	char bootargs[BOOTARGS_MAX];
	struct seeds seeds;
	void *dtb;
	int r;

	if (!mpidr)
		return err_fault(e, -ENOMEM, "making the device tree");
	r = vm_mpidrs(vm, mpidr, e);
	if (!r)
		r = vm_seeds(cfg, &seeds, e);
	if (!r)
		r = vm_bootargs(cfg, bootargs, sizeof(bootargs), e);
	if (r)
		return r;
	r = gmem_slice(&vm->mem, vm->layout.dtb, PLAT_DTB_MAX, &dtb);
	if (r)
		return err_fault(e, r, "placing the device tree");

	const struct fdt_machine machine = {
		.ram_base = vm->mem.base,
		.ram_size = vm->mem.size,
		.nr_cpus = vm->nr_vcpus,
		.mpidr = mpidr,
		.gic = &vm->gic,
		.pmu = pmu,
		.pvpanic = cfg->pvpanic,
		.rtc = cfg->rtc,
		.nr_virtio = vm->virtio.mmio ? vm->virtio.nr : 0,
		.pci_mem64 = vm->virtio.pci ? vm->virtio.bridge.mem64 : 0,
		.bootargs = bootargs,
		.initrd_start = vm->layout.initrd_start,
		.initrd_end = vm->layout.initrd_end,
		.kaslr_seed = seeds.kaslr,
		.rng_seed = seeds.rng,
	};

	r = fdt_build(&machine, dtb, PLAT_DTB_MAX, e);
	if (r)
		return r;
	return vm_dump_dtb(vm, dtb, e);
}
