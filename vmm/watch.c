// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch - notice that a plan no longer holds; see watch.h
 */
#include "watch.h"

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "pmu/sysfs.h"
#include "pmu/text.h"
#include "util.h"
#include "vm.h"

#define ONLINE_PATH "/sys/devices/system/cpu/online"

static const struct cpuset *planned(const struct vm *vm, unsigned int vcpu)
{
	return &vm->session->plan->vcpu[vcpu].cpus;
}

static bool any_pinned(const struct vm *vm)
{
	const struct pmu_plan *plan = vm->session->plan;
	unsigned int i;

	for (i = 0; plan && i < plan->nr; i++)
		if (!cpuset_empty(&plan->vcpu[i].cpus))
			return true;
	return false;
}

/* What was read back when the vCPU was pinned is what was planned. */
static bool watch_init(struct vm *vm)
{
	struct watch *w = &vm->watch;
	unsigned int i;

	if (w->seen)
		return true;
	w->seen = calloc(vm->nr_vcpus, sizeof(*w->seen));
	w->displaced = calloc(vm->nr_vcpus, sizeof(*w->displaced));
	w->doubted = calloc(vm->nr_vcpus, sizeof(*w->doubted));
	if (!w->seen || !w->displaced || !w->doubted) {
		watch_fini(w);
		return false;
	}
	w->nr = vm->nr_vcpus;
	for (i = 0; i < w->nr; i++)
		w->seen[i] = *planned(vm, i);
	return true;
}

void watch_fini(struct watch *w)
{
	free(steal_ptr(&w->seen));
	free(steal_ptr(&w->displaced));
	free(steal_ptr(&w->doubted));
	w->nr = 0;
}

bool watch_displaced(const struct watch *w, unsigned int vcpu)
{
	return vcpu < w->nr && w->displaced[vcpu];
}

/* CPUs of the plan that are offline now; none where it cannot be told. */
static struct cpuset offline_of(const struct vm *vm, const struct cpuset *want)
{
	const char *path = vm->watch.online ? vm->watch.online : ONLINE_PATH;
	struct cpuset online = *want;

	sysfs_read_cpus(&SYSFS_ANYWHERE, path, &online, /* e= */ NULL);
	return cpuset_andnot(want, &online);
}

/* What follows for the guest's PMU when it may run on @got. */
static void say_pmu(struct text *t, const struct vm *vm, unsigned int vcpu,
		    const struct cpuset *got)
{
	const struct pmu_dev *dev = vm->session->plan->vcpu[vcpu].dev;

	if (!dev || cpuset_subset(got, &dev->cpus))
		return;
	text_add(t, "; its PMU %s counts on ", dev->name);
	text_add_cpus(t, &dev->cpus);
	text_add(t, " only: on another KVM_RUN fails and the VM ends");
}

static void say_change(const struct vm *vm, unsigned int vcpu,
		       const struct cpuset *got, struct cpuset gone)
{
	const struct cpuset *want = planned(vm, vcpu);
	const struct cpuset extra = cpuset_andnot(got, want);
	char buf[512];
	struct text t = text_init(buf, sizeof(buf));

	text_add(&t, "vCPU %u is pinned to ", vcpu);
	text_add_cpus(&t, want);
	if (cpuset_equal(got, want)) {
		log_info("%s, and may run there again", buf);
		return;
	}
	text_add(&t, cpuset_empty(&extra) ? ", but may now run on " :
		 ", but has been moved and may now run on ");
	text_add_cpus(&t, got);
	if (!cpuset_empty(&extra) || cpuset_empty(&gone))
		text_add(&t, ": its affinity or its cpuset cgroup was changed");
	if (!cpuset_empty(&gone)) {
		text_add(&t, "%s", cpuset_empty(&extra) ? ": " : ", and ");
		text_add_cpus(&t, &gone);
		text_add(&t, " went offline");
	}
	say_pmu(&t, vm, vcpu, got);
	log_warn("%s", buf);
}

/* Whether @got may be of a CPU that is about to go offline: ask again later. */
static bool doubtful(struct vm *vm, unsigned int i, const struct cpuset *got,
		     const struct cpuset *gone)
{
	struct cpuset *doubted = &vm->watch.doubted[i];

	if (!cpuset_empty(gone) || cpuset_equal(got, planned(vm, i)) ||
	    cpuset_equal(got, doubted))
		return false;
	*doubted = *got;
	return true;
}

static void look_at_vcpu(struct vm *vm, unsigned int i)
{
	struct watch *w = &vm->watch;
	struct cpuset got = { { 0 } }, gone;

	if (cpuset_empty(planned(vm, i)) || !vm->vcpus[i].started ||
	    pthread_getaffinity_np(vm->vcpus[i].thread, sizeof(got.bits),
				   (cpu_set_t *)got.bits))
		return;
	/* a thread that has ended has no affinity: that was ours */
	if (stop_outcome(&vm->stop) != OUTCOME_NONE)
		return;
	if (cpuset_equal(&got, &w->seen[i])) {
		w->doubted[i] = (struct cpuset){ { 0 } };
		return;
	}
	w->displaced[i] = !cpuset_subset(&got, planned(vm, i));
	gone = offline_of(vm, planned(vm, i));
	if (doubtful(vm, i, &got, &gone))
		return;
	w->seen[i] = got;
	w->doubted[i] = (struct cpuset){ { 0 } };
	say_change(vm, i, &got, gone);
}

void watch_look(struct vm *vm)
{
	unsigned int i;

	if (!any_pinned(vm) || !watch_init(vm))
		return;
	for (i = 0; i < vm->nr_vcpus; i++)
		look_at_vcpu(vm, i);
}

int watch_tick(struct vm *vm)
{
	struct watch *w = &vm->watch;
	uint64_t now;

	if (!any_pinned(vm))
		return -1;
	now = (uint64_t)now_ms();
	if (!w->due_ms)
		w->due_ms = now + WATCH_MS;
	if (now >= w->due_ms) {
		watch_look(vm);
		w->due_ms = now + WATCH_MS;
	}
	return (int)(w->due_ms - now);
}
