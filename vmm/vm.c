// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm - how a virtual machine is assembled and taken down
 *
 * Read vm_steps[] at the end: it is the order in which everything happens.
 */
#include "vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arm64/platform.h"
#include "arm64/v2m.h"
#include "log.h"
#include "privilege.h"
#include "session.h"
#include "vcpu.h"
#include "vm_fdt.h"

static bool vm_has_pmu(const struct vm *vm)
{
	const struct pmu_plan *plan = vm->session->plan;

	return plan && plan->vcpu[0].mode != PMU_MODE_OFF;
}

static enum cpu_pmu vm_cpu_pmu(const struct vm *vm)
{
	int strict = vm->session->cfg->pmu_strict;

	if (!vm_has_pmu(vm))
		return CPU_PMU_NONE;
	return strict < 0 ? CPU_PMU_AUTO : strict ? CPU_PMU_STRICT :
						    CPU_PMU_PLAIN;
}

/* The first guest physical address after everything. */
static uint64_t vm_end(const struct vm_config *cfg)
{
	uint64_t mem64 = vm_virtio_pci_mem64(cfg);

	return mem64 ? mem64 + PLAT_PCI_MEM64_SIZE :
		       cfg->mem_base + cfg->mem_size;
}

/* /dev/kvm, and an address space just large enough: fewer table levels */
static int vm_step_create(struct vm *vm, struct err *e)
{
	struct vm_session *s = vm->session;
	unsigned int ipa_bits;
	int r;

	r = session_open_loop(s, e);
	if (r)
		return r;
	stop_init(&vm->stop, s->wake_fd);
	r = session_open_kvm(s, e);
	if (r)
		return r;
	r = cpu_ipa_bits(s->kvm_fd, vm_end(s->cfg), &ipa_bits, e);
	if (r)
		return r;
	r = kvm_ioctl(s->kvm_fd, KVM_CREATE_VM, (void *)(uintptr_t)ipa_bits);
	if (r < 0)
		return err_fault(e, r, "creating the VM");
	vm->fd = r;
	cpu_user_aborts(vm->fd);
	return 0;
}

_Static_assert((int)IRQCHIP_GICV3_ITS == (int)GIC_V3_ITS &&
	       (int)IRQCHIP_GICV2 == (int)GIC_V2, "one order of kinds");

/* before any file is opened: a CI can tell "this host cannot" apart */
static int vm_step_host_abilities(struct vm *vm, struct err *e)
{
	const struct vm_config *cfg = vm->session->cfg;
	int r;

	r = cpu_features(vm->fd, cfg->sve, cfg->ptrauth, vm_cpu_pmu(vm),
			 &vm->features, e);
	if (r)
		return r;
	return gic_create(vm->fd, (enum gic_kind)cfg->irqchip, cfg->cpus,
			  &vm->gic, e);
}

static int vm_step_memory(struct vm *vm, struct err *e)
{
	const struct vm_config *cfg = vm->session->cfg;
	struct kvm_userspace_memory_region region = {
		.slot = 0,
		.guest_phys_addr = cfg->mem_base,
		.memory_size = cfg->mem_size,
	};
	int r;

	if (vm_virtio_shared(cfg))
		r = gmem_init_shared(&vm->mem, cfg->mem_base, cfg->mem_size);
	else
		r = gmem_init(&vm->mem, cfg->mem_base, cfg->mem_size);
	if (r)
		return err_host(e, r, "%llu MB of guest memory cannot be had (%s): lower --mem",
				(unsigned long long)(cfg->mem_size >> 20),
				err_name(r));
	region.userspace_addr = (uintptr_t)vm->mem.host;
	r = kvm_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
	if (r)
		return err_fault(e, r, "giving the guest its memory");
	return 0;
}

static int vm_step_kernel(struct vm *vm, struct err *e)
{
	struct vm_session *s = vm->session;
	int r = session_open_files(s, e);

	if (r)
		return r;
	return boot_load(&vm->mem, s->kernel_fd, s->cfg->kernel, s->initrd_fd,
			 s->cfg->initrd, &vm->layout, e);
}

static void vm_wake(void *opaque)
{
	struct vm *vm = opaque;

	stop_wake(&vm->stop);
}

static void vm_panicked(void *opaque)
{
	struct vm *vm = opaque;

	stop_post(&vm->stop, OUTCOME_PANIC);
}

static int vm_step_devices(struct vm *vm, struct err *e)
{
	const struct vm_config *cfg = vm->session->cfg;
	int r;

	serial_attach(&vm->session->serial, vm->fd, PLAT_UART_BASE,
		      PLAT_UART_INTID);
	r = bus_add(&vm->bus, PLAT_UART_BASE, PLAT_UART_SIZE, &serial_ops,
		    &vm->session->serial);
	if (!r && cfg->rtc) {
		pl031_init(&vm->rtc, vm->fd, PLAT_RTC_INTID, vm_wake, vm);
		r = bus_add(&vm->bus, PLAT_RTC_BASE, PLAT_RTC_SIZE, &pl031_ops,
			    &vm->rtc);
	}
	if (!r && cfg->pvpanic) {
		vm->pvpanic = (struct pvpanic){ vm_panicked, vm };
		r = bus_add(&vm->bus, PLAT_PVPANIC_BASE, PLAT_PVPANIC_SIZE,
			    &pvpanic_ops, &vm->pvpanic);
	}
	if (!r && vm->gic.kind == GIC_V2M)
		r = bus_add(&vm->bus, PLAT_V2M_BASE, PLAT_V2M_SIZE, &v2m_ops,
			    NULL);
	return r ? err_fault(e, r, "placing the devices") : 0;
}

static int vm_step_virtio(struct vm *vm, struct err *e)
{
	int r = vm_virtio_open(vm->session, e);

	return r ? r : vm_virtio_attach(vm, e);
}

/* One shape of the partition interface wants to be first of all. */
static int vm_step_pmu_prepare(struct vm *vm, struct err *e)
{
	struct vm_session *s = vm->session;
	int r;

	if (!vm_has_pmu(vm))
		return 0;
	vm->pmu.attr5_is_foreign = s->attr5_is_foreign;
	if (s->how)
		vm->pmu.how = *s->how;
	r = pmu_vm_init(&vm->pmu, s->plan);
	if (r)
		return err_fault(e, r, "preparing the PMU");
	return pmu_vm_prepare(&vm->pmu, vm->fd, e);
}

static int vm_step_vcpus(struct vm *vm, struct err *e)
{
	unsigned int nr = vm->session->cfg->cpus;
	int r = kvm_ioctl(vm->session->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, NULL);

	if (r < (int)sizeof(struct kvm_run))
		return err_fault(e, r < 0 ? r : -EPROTO,
				 "asking for the size of a vCPU's state");
	vm->run_size = (size_t)r;
	vm->vcpus = calloc(nr, sizeof(*vm->vcpus));
	if (!vm->vcpus)
		return err_fault(e, -ENOMEM, "making %u vCPUs", nr);

	for (; vm->nr_vcpus < nr; vm->nr_vcpus++) {
		struct vcpu *v = &vm->vcpus[vm->nr_vcpus];

		r = vcpu_create(v, vm, vm->nr_vcpus, e);
		if (r) {
			vcpu_destroy(v);
			return r;
		}
	}
	return 0;
}

/* KVM's ring of collected writes lies in every vCPU's mapping (api.rst 4.116) */
static int vm_step_console(struct vm *vm, struct err *e)
{
	int page = kvm_check(vm->fd, KVM_CAP_COALESCED_MMIO);
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *run = (uint8_t *)vm->vcpus[0].run;

	(void)e;
	if (page > 0 && (size_t)(page + 1) * size <= vm->run_size)
		serial_set_ring(&vm->session->serial,
				(void *)(run + (size_t)page * size));
	return 0;
}

/* From here on others can see this VM: registry.h, control.h. */
static int vm_step_announce(struct vm *vm, struct err *e)
{
	struct vm_session *s = vm->session;

	(void)e;
	registry_add(&s->registry, s->cfg, s->plan);
	if (s->registry.added)
		control_open(&s->control, s->registry.base);
	return 0;
}

/* Everything is open; threads that are made from now on inherit this. */
static int vm_step_confine(struct vm *vm, struct err *e)
{
	struct vm_session *s = vm->session;
	int r;

	if (s->confined)
		return 0;
	r = privilege_drop(e);
	s->confined = !r;
	return r;
}

static int vm_step_virtio_threads(struct vm *vm, struct err *e)
{
	return vm_virtio_threads(vm->session, e);
}

/* Start all vCPU threads and wait until each has initialised its vCPU. */
static int vm_step_threads(struct vm *vm, struct err *e)
{
	struct gate *gate = &vm->gate;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		int r = vcpu_start(&vm->vcpus[i], e);

		if (r)
			return r;
	}
	pthread_mutex_lock(&gate->lock);
	while (gate->waiting < vm->nr_vcpus)
		pthread_cond_wait(&gate->change, &gate->lock);
	pthread_mutex_unlock(&gate->lock);

	if (stop_outcome(&vm->stop) == OUTCOME_NONE)
		return 0;
	*e = vm->stop.err;
	return -ECANCELED;
}

static int vm_step_gic_init(struct vm *vm, struct err *e)
{
	return gic_init(&vm->gic, e);
}

static int vm_step_pmu(struct vm *vm, struct err *e)
{
	struct vm_session *s = vm->session;
	unsigned int i;
	int r = 0;

	if (!vm_has_pmu(vm))
		return 0;
	for (i = 0; !r && i < vm->nr_vcpus; i++)
		r = pmu_vm_add_vcpu(&vm->pmu, vm->vcpus[i].fd);
	if (r)
		return err_fault(e, r, "preparing the PMU");
	r = pmu_vm_apply(&vm->pmu, e);
	s->attr5_is_foreign = vm->pmu.attr5_is_foreign;
	return r;
}

static int vm_step_device_tree(struct vm *vm, struct err *e)
{
	return vm_fdt(vm, vm_has_pmu(vm), e);
}

static int vm_step_boot(struct vm *vm, struct err *e)
{
	return cpu_boot_regs(vm->vcpus[0].fd, vm->layout.kernel.entry,
			     vm->layout.dtb, e);
}

static int (*const vm_steps[])(struct vm *vm, struct err *e) = {
	vm_step_create,
	vm_step_host_abilities,
	vm_step_memory,
	vm_step_kernel,
	vm_step_devices,
	vm_step_virtio,
	vm_step_pmu_prepare,	/* wants no vCPU yet */
	vm_step_vcpus,
	vm_step_console,
	vm_step_announce,
	vm_step_confine,
	vm_step_virtio_threads,
	vm_step_threads,	/* pin, then KVM_ARM_VCPU_INIT, on each thread */
	vm_step_gic_init,	/* wants all vCPUs */
	vm_step_pmu,		/* wants initialised vCPUs and GIC */
	vm_step_device_tree,	/* wants to know all of the above */
	vm_step_boot,
};

int vm_create(struct vm *vm, struct vm_session *s, struct err *e)
{
	size_t i;
	int r = 0;

	memset(vm, 0, sizeof(*vm));
	vm->session = s;
	vm->bus.nobody = &s->nobody;
	vm->fd = -1;
	vm->gic.fd = -1;
	vm->gic.its_fd = -1;
	vm->gate = (struct gate){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER,
	};
	for (i = 0; !r && i < ARRAY_SIZE(vm_steps); i++)
		r = vm_steps[i](vm, e);
	return r;
}

static void vm_set_gate(struct gate *gate, enum gate_state state)
{
	pthread_mutex_lock(&gate->lock);
	gate->state = state;
	pthread_cond_broadcast(&gate->change);
	pthread_mutex_unlock(&gate->lock);
}

static void vm_join(struct vm *vm)
{
	unsigned int i;

	serial_release(&vm->session->serial);
	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_kick(&vm->vcpus[i]);
	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_join(&vm->vcpus[i]);
}

/* With panic=N on its command line a panicked guest resets by itself. */
static enum outcome vm_outcome(struct vm *vm)
{
	enum outcome outcome = stop_outcome(&vm->stop);

	if (vm->session->console.panicked &&
	    (outcome == OUTCOME_RESET || outcome == OUTCOME_POWEROFF))
		return OUTCOME_PANIC;
	return outcome;
}

enum outcome vm_run(struct vm *vm)
{
	vm_set_gate(&vm->gate, GATE_OPEN);
	loop_run(vm);
	vm_join(vm);
	loop_flush(vm);
	return vm_outcome(vm);
}

void vm_destroy(struct vm *vm)
{
	unsigned int i;

	vm_set_gate(&vm->gate, GATE_CANCELLED);
	vm_join(vm);
	vm_virtio_detach(vm);
	serial_set_ring(&vm->session->serial, NULL);
	control_forget(vm);
	watch_fini(&vm->watch);
	pmu_vm_fini(&vm->pmu);
	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_destroy(&vm->vcpus[i]);
	free(steal_ptr(&vm->vcpus));
	vm->nr_vcpus = 0;
	gic_fini(&vm->gic);
	kvm_close(&vm->fd);
	gmem_fini(&vm->mem);
}
