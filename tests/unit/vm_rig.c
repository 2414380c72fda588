// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_rig - a VM on the stand-in for KVM; the contract is in the header
 */
#include "vm_rig.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arm64/platform.h"
#include "fake_kvm.h"
#include "vmm/session.h"
#include "vmm/vcpu.h"

static int run_for_ever(unsigned int vcpu, unsigned int turn,
			struct kvm_run *run)
{
	(void)vcpu;
	(void)turn;
	(void)run;
	return FAKE_BLOCK;
}

static void wake(void *opaque)
{
	struct vm_rig *rig = opaque;

	stop_wake(&rig->vm.stop);
}

static void make_dir(struct vm_rig *rig)
{
	strcpy(rig->dir, "/tmp/tallyvm-rig-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig->dir));
	setenv("XDG_RUNTIME_DIR", rig->dir, 1);
}

static void make_kernel(struct vm_rig *rig)
{
	static const uint32_t code[16] = { 0xd503201f, 0x14000000 };

	rig->kernel_fd = memfd_create("kernel", MFD_CLOEXEC);
	ck_assert_int_eq(write(rig->kernel_fd, code, sizeof(code)),
			 sizeof(code));
	snprintf(rig->kernel, sizeof(rig->kernel), "/proc/self/fd/%d",
		 rig->kernel_fd);
}

/* One PMU on all CPUs; each vCPU on its one CPU. */
static void make_plan(struct vm_rig *rig, const unsigned int *pinned)
{
	struct cpuset wish[FAKE_VCPUS_MAX] = { { { 0 } } };
	const struct pmu_request req = {
		.mode = PMU_MODE_EMULATED, .counters = 4,
		.nr_vcpus = rig->cfg.cpus, .affinity = wish,
	};
	struct err e;
	unsigned int i;

	rig->host.nr = 1;
	rig->host.dev[0] = (struct pmu_dev){ .name = "fake_pmu", .type = 8 };
	for (i = 0; i < rig->cfg.cpus; i++) {
		cpuset_set(&wish[i], pinned[i]);
		cpuset_set(&rig->host.dev[0].cpus, pinned[i]);
	}
	rig->host.online = rig->host.dev[0].cpus;
	rig->host.allowed = rig->host.online;
	ck_assert_msg(!pmu_plan_make(&rig->host, &req, &rig->plan, &e), "%s",
		      e.text);
}

struct vm_rig *vm_rig_new(unsigned int vcpus, const unsigned int *pinned)
{
	struct vm_rig *rig = calloc(1, sizeof(*rig));
	const struct serial_host host = { .wake = wake, .opaque = rig };
	struct err e;

	fake_reset();
	fake.script = run_for_ever;
	make_dir(rig);
	make_kernel(rig);
	rig->cfg = (struct vm_config){
		.name = "rig", .cpus = vcpus, .mem_size = 64 << 20,
		.mem_base = PLAT_RAM_BASE, .kernel = rig->kernel,
		.dev = (char *)"/dev/kvm", .pmu = pinned,
		.pmu_counters = PMU_COUNTERS_ALL, .pmu_partition = -1,
	};
	if (pinned)
		make_plan(rig, pinned);
	vm_session_init(&rig->session, &rig->cfg, &rig->host, rig->plan);
	rig->session.confined = true;	/* the test itself stays as it is */
	serial_init(&rig->session.serial, &host);
	rig->out_fd = memfd_create("out", MFD_CLOEXEC);
	rig->session.console = (struct console){
		.in_fd = -1, .out_fd = rig->out_fd, .out_file = true,
	};
	console_add_line(&rig->session.console, &serial_line_ops,
			 &rig->session.serial);
	ck_assert_msg(!vm_create(&rig->vm, &rig->session, &e), "%s", e.text);
	return rig;
}

static void *run_loop(void *arg)
{
	struct vm_rig *rig = arg;

	ck_assert_int_eq(vm_run(&rig->vm), OUTCOME_POWEROFF);
	return NULL;
}

void vm_rig_start(struct vm_rig *rig)
{
	ck_assert_int_eq(pthread_create(&rig->thread, NULL, run_loop, rig), 0);
}

void vm_rig_free(struct vm_rig *rig)
{
	char command[192];

	stop_post(&rig->vm.stop, OUTCOME_POWEROFF);
	if (rig->thread)
		pthread_join(rig->thread, NULL);
	vm_destroy(&rig->vm);
	vm_session_fini(&rig->session);
	pmu_plan_free(rig->plan);
	close(rig->kernel_fd);
	snprintf(command, sizeof(command), "rmdir '%s/tallyvm' && rmdir '%s'",
		 rig->dir, rig->dir);
	/* fails if the VM left anything behind */
	ck_assert_int_eq(system(command), 0);
	unsetenv("XDG_RUNTIME_DIR");
	free(rig);
}
