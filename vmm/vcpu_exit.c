// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vcpu_exit - what to do when the guest has left KVM
 *
 * Documentation/virt/kvm/api.rst, 5. "The kvm_run structure".  One handler for
 * each reason that can come; everything else is one message.
 */
#include <stdio.h>

#include "log.h"
#include "pmu/explain.h"
#include "util.h"
#include "vcpu.h"

static bool exit_fault(struct vcpu *v, const char *what,
		       unsigned long long value)
{
	struct err e;

	err_fault(&e, 0, "vCPU %u: %s 0x%llx", v->index, what, value);
	stop_post_err(&v->vm->stop, &e);
	return false;
}

static bool exit_mmio(struct vcpu *v)
{
	struct kvm_run *run = v->run;

	if (run->mmio.len > sizeof(run->mmio.data))
		return exit_fault(v, "KVM reported an access of length",
				  run->mmio.len);
	bus_access(&v->vm->bus, run->mmio.phys_addr, run->mmio.data,
		   run->mmio.len, run->mmio.is_write);
	return true;
}

static const enum outcome system_events[] = {
	[KVM_SYSTEM_EVENT_SHUTDOWN] = OUTCOME_POWEROFF,
	[KVM_SYSTEM_EVENT_RESET] = OUTCOME_RESET,
	[KVM_SYSTEM_EVENT_CRASH] = OUTCOME_PANIC,
};

static bool exit_system_event(struct vcpu *v)
{
	uint32_t type = v->run->system_event.type;

	if (type >= ARRAY_SIZE(system_events) ||
	    system_events[type] == OUTCOME_NONE)
		return exit_fault(v, "unknown system event", type);
	stop_post(&v->vm->stop, system_events[type]);
	return false;
}

/* The vCPU is on a CPU that its PMU does not count on (5.18 and later). */
static bool exit_fail_entry(struct vcpu *v)
{
	const struct vm_session *s = v->vm->session;
	uint64_t reason = v->run->fail_entry.hardware_entry_failure_reason;
	char text[ERR_TEXT_MAX];
	struct err e;

	v->refused++;
	if (!(reason & KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED) || !s->plan)
		return exit_fault(v, "KVM could not enter the guest, reason",
				  reason);
	pmu_explain_fail_entry(s->plan, s->host, v->index,
			       v->run->fail_entry.cpu, text, sizeof(text));
	err_fault(&e, 0, "%s", text);
	stop_post_err(&v->vm->stop, &e);
	return false;
}

/*
 * An access outside RAM whose instruction the CPU does not describe to KVM
 * (ESR_ELx.ISV = 0: pairs, atomics, cache maintenance).  No device of ours is
 * used that way by a sane driver: the guest gets the external abort that a
 * machine without a device there would give it.
 */
static bool exit_nisv(struct vcpu *v)
{
	int r = cpu_inject_abort(v->fd);

	log_guest(&v->vm->session->nisv, "vCPU %u: access that cannot be decoded at 0x%llx",
		  v->index,
		  (unsigned long long)v->run->arm_nisv.fault_ipa);
	if (r)
		return exit_fault(v, "no abort could be injected for address",
				  v->run->arm_nisv.fault_ipa);
	return true;
}

static bool exit_internal_error(struct vcpu *v)
{
	return exit_fault(v, "KVM reported the internal error",
			  v->run->internal.suberror);
}

static bool (*const exit_handlers[])(struct vcpu *v) = {
	[KVM_EXIT_MMIO] = exit_mmio,
	[KVM_EXIT_FAIL_ENTRY] = exit_fail_entry,
	[KVM_EXIT_INTERNAL_ERROR] = exit_internal_error,
	[KVM_EXIT_SYSTEM_EVENT] = exit_system_event,
	[KVM_EXIT_ARM_NISV] = exit_nisv,
};

bool vcpu_exit(struct vcpu *v)
{
	uint32_t reason = v->run->exit_reason;

	if (reason >= ARRAY_SIZE(exit_handlers) || !exit_handlers[reason])
		return exit_fault(v, "KVM gave an exit reason that tallyvm does not know:",
				  reason);
	return exit_handlers[reason](v);
}
