// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * control_report - what a VM tells of itself, as JSON
 */
#include "control_report.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "virtio/balloon.h"
#include "virtio/net.h"
#include "virtio/vdev_state.h"
#include "vm.h"

#define REPORT_VERSION 1

static json_t *pmu_report(const struct vm *vm)
{
	const struct pmu_plan *plan = vm->session->plan;
	const struct pmu_vm *pv = &vm->pmu;

	if (pv->state != PMU_ST_VERIFIED)
		return json_null();
	return json_pack("{s:s, s:s, s:i, s:i, s:o}",
			 "name", plan->vcpu[0].dev->name,
			 "mode", pmu_mode_name(pv->mode),
			 "counters", (int)pv->n,
			 "host_reserve", (int)plan->host_reserve,
			 "note", json_out_text(pv->note));
}

static json_t *vcpu_report(const struct vm *vm, unsigned int i)
{
	static const struct cpuset any = { { 0 } };
	const struct pmu_plan *plan = vm->session->plan;

	return json_pack("{s:o, s:b, s:i, s:b}",
			 "cpus", json_out_cpus(plan ? &plan->vcpu[i].cpus :
					       &any),
			 "displaced", (int)watch_displaced(&vm->watch, i),
			 "fail_entry", (int)atomic_load(&vm->vcpus[i].refused),
			 "stats", vm->vcpus[i].stats.fd >= 0);
}

/* JSON's integers are signed; a guest may say anything. */
static json_t *number(uint64_t n)
{
	return n > INT64_MAX ? json_null() : json_integer((json_int_t)n);
}

static json_t *guest_stats(const struct balloon_state *s)
{
	json_t *all = json_object();
	enum balloon_stat i;

	for (i = 0; i < BALLOON_STAT_NUM; i++)
		json_object_set_new(all, balloon_stat_name(i),
				    number(s->stat[i]));
	return all;
}

static json_t *stats_age(const struct balloon_state *s)
{
	struct timespec ts;

	if (!s->when_ms)
		return json_null();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return json_integer(ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000 -
			    s->when_ms);
}

static json_t *memory_report(const struct vm *vm)
{
	struct vdev *balloon = vm->session->devices.balloon;
	struct balloon_state s;

	if (!balloon)
		return json_null();
	balloon_get_state(balloon, &s);
	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o}",
			 "size", number(vm->session->cfg->mem_size),
			 "driver", (int)s.has_driver,
			 "target", number(s.target),
			 "balloon", number(s.actual),
			 "reported", number(s.reported),
			 "age_ms", stats_age(&s),
			 "guest", guest_stats(&s));
}

static json_t *device_report(struct vdev *dev)
{
	struct vdev_state s;
	uint64_t bad;
	json_t *d;

	vdev_get_state(dev, &s);
	d = json_pack("{s:s, s:o, s:s, s:o, s:o}",
		      "name", dev->name,
		      "kind", json_out_text(s.kind),
		      "status", s.status,
		      "faults", number(s.faults),
		      "misuse", number(s.misuse));
	if (dev->ops->id == VIRTIO_ID_NET)
		json_object_set_new(d, "bad_frames",
				    net_bad_frames(dev, &bad) ? number(bad) :
				    json_null());
	return d;
}

static json_t *devices_report(const struct vm *vm)
{
	const struct virtio_devices *d = &vm->session->devices;
	json_t *all = json_array();
	unsigned int i;

	for (i = 0; all && i < d->nr; i++)
		json_array_append_new(all, device_report(d->dev[i]));
	return all;
}

/* @root is given up. */
static char *to_text(json_t *root)
{
	char *text = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	return text;
}

char *control_report(const struct vm *vm)
{
	json_t *vcpus = json_array();
	unsigned int i;

	for (i = 0; vcpus && i < vm->nr_vcpus; i++)
		json_array_append_new(vcpus, vcpu_report(vm, i));
	return to_text(json_pack("{s:i, s:s, s:i, s:o, s:o, s:o, s:o}",
				 "version", REPORT_VERSION,
				 "name", vm->session->cfg->name,
				 "pid", (int)getpid(),
				 "pmu", pmu_report(vm),
				 "memory", memory_report(vm),
				 "devices", devices_report(vm),
				 "vcpus", vcpus));
}

char *control_report_memory(const struct vm *vm)
{
	char *text = to_text(json_pack("{s:i, s:s, s:i, s:o}",
				       "version", REPORT_VERSION,
				       "name", vm->session->cfg->name,
				       "pid", (int)getpid(),
				       "memory", memory_report(vm)));

	if (vm->session->devices.balloon)
		balloon_ask_stats(vm->session->devices.balloon);
	return text;
}

char *control_report_devices(const struct vm *vm)
{
	return to_text(json_pack("{s:i, s:s, s:i, s:o}",
				 "version", REPORT_VERSION,
				 "name", vm->session->cfg->name,
				 "pid", (int)getpid(),
				 "devices", devices_report(vm)));
}

char *control_report_error(const char *why)
{
	return to_text(json_pack("{s:i, s:i, s:s}",
				 "version", REPORT_VERSION,
				 "pid", (int)getpid(),
				 "error", why));
}
