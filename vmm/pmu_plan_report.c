// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu_plan_report - show a plan of several VMs, as tables or as JSON
 */
#include "pmu_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "pmu/text.h"
#include "table.h"
#include "util.h"
#include "vm_plan.h"

/* What of a VM, planned or running, can collide with another's. */
struct stake {
	const char *name;
	struct cpuset cpus;
	unsigned int max;	/* counters of its PMU, 0 not known */
	int counters;		/* of its partition, -1: none */
	unsigned int reserve;
};

struct collision {
	const struct stake *a, *b;
	struct cpuset cpus;
	char text[256];
};

unsigned int plan_max(const struct plan_report *r,
		      const struct pmu_plan_vcpu *v)
{
	return v->dev ? r->max[v->dev - r->host.dev] : 0;
}

void plan_report_fini(struct plan_report *r)
{
	size_t i;

	for (i = 0; i < r->nr; i++) {
		pmu_plan_free(r->vms[i].plan);
		config_fini(&r->vms[i].cfg);
	}
	free(r->vms);
	free(r->running);
}

/* ---- collisions ---- */

static struct stake planned_stake(const struct plan_report *r,
				  const struct plan_vm *vm)
{
	const struct pmu_plan_vcpu *v = &vm->plan->vcpu[0];

	return (struct stake){
		.name = vm->label,
		.cpus = vm_plan_cpus(vm->plan),
		.max = plan_max(r, v),
		.counters = v->mode == PMU_MODE_PARTITIONED ? v->counters : -1,
		.reserve = vm->plan->host_reserve,
	};
}

static struct stake running_stake(const struct plan_report *r,
				  const struct registry_vm *vm)
{
	const bool partitioned =
		!strcmp(vm->mode, pmu_mode_name(PMU_MODE_PARTITIONED));
	struct stake s = {
		.name = vm->name,
		.cpus = vm->cpus,
		.counters = partitioned ? vm->counters : -1,
		.reserve = vm->host_reserve,
	};
	unsigned int i;

	for (i = 0; i < r->host.nr; i++)
		if (!strcmp(r->host.dev[i].name, vm->pmu))
			s.max = r->max[i];
	return s;
}

/* What a VM's partition leaves is what the host has on its CPUs, whatever
 * another VM there wanted to leave. */
static void say_reserve(struct text *t, const struct stake *a,
			const struct stake *b)
{
	if (a->counters < 0 || !a->max || !b->reserve ||
	    a->max - a->counters >= b->reserve)
		return;
	text_add(t, "; while %.64s runs the host has %u of %u counters there, "
		 "fewer than the %u that %.64s leaves it", a->name,
		 a->max - a->counters, a->max, b->reserve, b->name);
}

static bool collide(const struct stake *a, const struct stake *b,
		    struct collision *ret)
{
	struct text t = text_init(ret->text, sizeof(ret->text));

	ret->a = a;
	ret->b = b;
	ret->cpus = cpuset_and(&a->cpus, &b->cpus);
	if (cpuset_empty(&ret->cpus))
		return false;
	text_add(&t, "they take turns on ");
	text_add_cpus(&t, &ret->cpus);
	say_reserve(&t, a, b);
	say_reserve(&t, b, a);
	return true;
}

/* All stakes: first those planned, then those running. */
static struct stake *make_stakes(const struct plan_report *r, size_t *ret_nr,
				 size_t *ret_planned)
{
	struct stake *stakes = calloc(r->nr + r->nr_running + 1,
				      sizeof(*stakes));
	size_t i, nr = 0;

	for (i = 0; stakes && i < r->nr; i++)
		if (r->vms[i].plan)
			stakes[nr++] = planned_stake(r, &r->vms[i]);
	*ret_planned = nr;
	for (i = 0; stakes && i < r->nr_running; i++)
		stakes[nr++] = running_stake(r, &r->running[i]);
	*ret_nr = nr;
	return stakes;
}

/* Call @found for each pair with a planned VM in it that shares CPUs. */
static int each_collision(const struct plan_report *r,
			  void (*found)(const struct collision *c, void *to),
			  void *to)
{
	_cleanup_free_ struct stake *stakes = NULL;
	size_t nr, nr_planned, i, j;
	struct collision c;

	stakes = make_stakes(r, &nr, &nr_planned);
	if (!stakes)
		return -ENOMEM;
	for (i = 0; i < nr_planned; i++)
		for (j = i + 1; j < nr; j++)
			if (collide(&stakes[i], &stakes[j], &c))
				found(&c, to);
	return 0;
}

/* ---- for people ---- */

static void add_number(struct table *t, bool known, unsigned int n)
{
	if (known)
		table_add(t, "%u", n);
	else
		table_add(t, "%s", "");
}

static int print_host(const struct plan_report *r, FILE *out)
{
	static const char *const heads[] = {
		"HOST PMU", "CORES", "CPUS", "CAPACITY", "COUNTERS",
	};
	char list[TEXT_CPUS_MAX];
	struct table t;
	unsigned int i;
	int err;

	if (!r->host.nr) {
		fputs("this host has no core PMU\n", out);
		return 0;
	}
	table_init(&t, heads, ARRAY_SIZE(heads));
	for (i = 0; i < r->host.nr; i++) {
		const struct pmu_dev *dev = &r->host.dev[i];
		const char *core = pmu_core_name(dev->midr);

		table_add(&t, "%s", dev->name);
		table_add(&t, "%s", core ? core : "");
		table_add(&t, "%s", cpuset_format(&dev->cpus, list,
						  sizeof(list)));
		add_number(&t, dev->capacity, dev->capacity);
		add_number(&t, r->max[i], r->max[i]);
	}
	err = table_print(&t, out);
	table_fini(&t);
	return err;
}

static bool same_row(const struct pmu_plan_vcpu *a,
		     const struct pmu_plan_vcpu *b)
{
	return cpuset_equal(&a->cpus, &b->cpus) &&
	       !strcmp(a->reason, b->reason);
}

/* Of a partition; emulated counters are the host's own events. */
static void add_left(struct table *t, const struct plan_report *r,
		     const struct pmu_plan_vcpu *v)
{
	const unsigned int max = plan_max(r, v);

	add_number(t, max && v->mode == PMU_MODE_PARTITIONED,
		   max - v->counters);
}

static void add_vcpus(struct table *t, const struct plan_report *r,
		      const struct plan_vm *vm, unsigned int first,
		      unsigned int last)
{
	const struct pmu_plan_vcpu *v = &vm->plan->vcpu[first];
	char list[TEXT_CPUS_MAX];

	table_add(t, "%s", vm->label);
	if (first == last)
		table_add(t, "%u", first);
	else
		table_add(t, "%u-%u", first, last);
	table_add(t, "%s", cpuset_empty(&v->cpus) ? "any" :
		  cpuset_format(&v->cpus, list, sizeof(list)));
	table_add(t, "%s", v->dev ? v->dev->name : "");
	table_add(t, "%s", pmu_mode_name(v->mode));
	if (v->mode == PMU_MODE_OFF)
		table_add(t, "%s", "");
	else if (v->counters == PMU_COUNTERS_ALL && plan_max(r, v))
		table_add(t, "%u", plan_max(r, v));
	else if (v->counters == PMU_COUNTERS_ALL)
		table_add(t, "all");
	else
		table_add(t, "%d", v->counters);
	add_left(t, r, v);
	table_add(t, "%s", v->reason);
}

static void add_vm(struct table *t, const struct plan_report *r,
		   const struct plan_vm *vm)
{
	unsigned int i, end;

	for (i = 0; i < vm->plan->nr; i = end) {
		end = i + 1;
		while (end < vm->plan->nr &&
		       same_row(&vm->plan->vcpu[i], &vm->plan->vcpu[end]))
			end++;
		add_vcpus(t, r, vm, i, end - 1);
	}
}

static int print_vms(const struct plan_report *r, FILE *out)
{
	static const char *const heads[] = {
		"VM", "VCPU", "CPUS", "PMU", "MODE", "COUNTERS", "HOST KEEPS",
		"WHY",
	};
	struct table t;
	size_t i;
	int err;

	table_init(&t, heads, ARRAY_SIZE(heads));
	for (i = 0; i < r->nr; i++)
		if (r->vms[i].plan)
			add_vm(&t, r, &r->vms[i]);
	err = t.nr ? table_print(&t, out) : 0;
	table_fini(&t);
	for (i = 0; i < r->nr; i++) {
		if (r->vms[i].err)
			fprintf(out, "%s: refused\n", r->vms[i].label);
		else if (!r->vms[i].plan)
			fprintf(out, "%s: no PMU and no affinity: any CPU, "
				"nothing to plan\n", r->vms[i].label);
	}
	return err;
}

static int print_running(const struct plan_report *r, FILE *out)
{
	static const char *const heads[] = {
		"RUNNING", "PID", "VCPUS", "CPUS", "PMU", "MODE",
	};
	char list[TEXT_CPUS_MAX];
	struct table t;
	size_t i;
	int err;

	if (!r->nr_running)
		return 0;
	fputc('\n', out);
	table_init(&t, heads, ARRAY_SIZE(heads));
	for (i = 0; i < r->nr_running; i++) {
		const struct registry_vm *vm = &r->running[i];

		table_add(&t, "%s", vm->name);
		table_add(&t, "%d", (int)vm->pid);
		table_add(&t, "%u", vm->nr_vcpus);
		table_add(&t, "%s", cpuset_empty(&vm->cpus) ? "any" :
			  cpuset_format(&vm->cpus, list, sizeof(list)));
		table_add(&t, "%s", vm->pmu);
		table_add(&t, "%s", vm->mode);
	}
	err = table_print(&t, out);
	table_fini(&t);
	return err;
}

static void print_collision(const struct collision *c, void *to)
{
	fprintf(to, "%s and %s collide: %s\n", c->a->name, c->b->name,
		c->text);
}

int plan_report_print(const struct plan_report *r, FILE *out)
{
	int err;

	err = print_host(r, out);
	fputc('\n', out);
	if (!err)
		err = print_vms(r, out);
	if (!err)
		err = print_running(r, out);
	if (!err)
		err = each_collision(r, print_collision, out);
	return err;
}

/* ---- for programs ---- */

static json_t *number_or_null(bool known, json_int_t n)
{
	return known ? json_integer(n) : json_null();
}

static json_t *host_json(const struct plan_report *r)
{
	json_t *pmus = json_array();
	unsigned int i;

	for (i = 0; pmus && i < r->host.nr; i++) {
		const struct pmu_dev *dev = &r->host.dev[i];

		json_array_append_new(pmus, json_pack(
			"{s:s, s:i, s:o, s:o, s:o}",
			"name", dev->name, "type", (int)dev->type,
			"cpus", json_out_cpus(&dev->cpus),
			"capacity", number_or_null(dev->capacity,
						   dev->capacity),
			"counters", number_or_null(r->max[i], r->max[i])));
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "pmus", pmus,
			 "online", json_out_cpus(&r->host.online),
			 "allowed", json_out_cpus(&r->host.allowed),
			 "isolated", json_out_cpus(&r->host.isolated));
}

static json_t *vcpu_json(const struct plan_report *r,
			 const struct pmu_plan_vcpu *v, unsigned int index)
{
	const unsigned int max = plan_max(r, v);
	const bool all = v->counters == PMU_COUNTERS_ALL;
	const bool off = v->mode == PMU_MODE_OFF;

	return json_pack("{s:i, s:o, s:o, s:s, s:o, s:o, s:s}",
		"vcpu", (int)index,
		"cpus", json_out_cpus(&v->cpus),
		"pmu", json_out_text(v->dev ? v->dev->name : NULL),
		"mode", pmu_mode_name(v->mode),
		"counters", number_or_null(!off && (!all || max),
					   all ? (int)max : v->counters),
		"host_keeps", number_or_null(max && v->mode ==
					     PMU_MODE_PARTITIONED,
					     (int)max - v->counters),
		"reason", v->reason);
}

static json_t *vm_json(const struct plan_report *r, const struct plan_vm *vm)
{
	json_t *vcpus = json_array();
	unsigned int i;

	for (i = 0; vcpus && vm->plan && i < vm->plan->nr; i++)
		json_array_append_new(vcpus,
				      vcpu_json(r, &vm->plan->vcpu[i], i));
	return json_pack("{s:s, s:o, s:i, s:o, s:o, s:o}",
		"name", vm->label,
		"file", json_out_text(vm->cfg.config_file),
		"nr_vcpus", (int)vm->cfg.cpus,
		"refused", json_out_text(vm->err ? vm->e.text : NULL),
		"other_threads", vm->plan ?
			json_out_cpus(&vm->plan->device_cpus) : json_null(),
		"vcpus", vcpus);
}

static json_t *running_json(const struct registry_vm *vm)
{
	return json_pack("{s:s, s:i, s:i, s:o, s:o, s:s}",
		"name", vm->name, "pid", (int)vm->pid,
		"nr_vcpus", (int)vm->nr_vcpus,
		"cpus", json_out_cpus(&vm->cpus),
		"pmu", json_out_text(vm->pmu), "mode", vm->mode);
}

static void collision_json(const struct collision *c, void *to)
{
	json_array_append_new(to, json_pack("{s:[s, s], s:o, s:s}",
		"between", c->a->name, c->b->name,
		"cpus", json_out_cpus(&c->cpus), "text", c->text));
}

json_t *plan_report_json(const struct plan_report *r)
{
	json_t *vms = json_array(), *running = json_array();
	json_t *collisions = json_array();
	size_t i;

	for (i = 0; i < r->nr; i++)
		json_array_append_new(vms, vm_json(r, &r->vms[i]));
	for (i = 0; i < r->nr_running; i++)
		json_array_append_new(running, running_json(&r->running[i]));
	each_collision(r, collision_json, collisions);
	return json_pack("{s:o, s:o, s:o, s:o}", "host", host_json(r),
			 "vms", vms, "running", running,
			 "collisions", collisions);
}
