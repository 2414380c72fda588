// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_view - look at a running VM from outside; the contract is in the header
 */
#include "vm_view.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util.h"
#include "vm_ask.h"

#define PROC_ROOT "/proc"
/* statistics of memory that are older are asked for again, so often */
#define MEMORY_AGE_MS 1000
#define MEMORY_TRIES 10
#define MEMORY_PAUSE_NS 50000000

/* ---- what it says ---- */

static void keep_text(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; from && from[i] && i < size - 1; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[i] = '\0';
}

static void keep_pmu(json_t *pmu, struct vm_view *view)
{
	const char *mode;
	int counters;
	json_t *note;

	if (json_unpack(pmu, "{s:s, s:i, s:o}", "mode", &mode, "counters",
			&counters, "note", &note))
		return;
	keep_text(view->mode, sizeof(view->mode), mode);
	keep_text(view->note, sizeof(view->note), json_string_value(note));
	view->counters = counters;
}

/* @a's descriptors are for the vCPUs that say they have one, in order. */
static void keep_vcpus(json_t *list, struct vm_view *view,
		       struct vm_answer *a)
{
	int displaced, fail_entry, has_stats;
	unsigned int next = 0;
	json_t *vcpu;
	size_t i;

	json_array_foreach(list, i, vcpu) {
		if (i >= view->nr ||
		    json_unpack(vcpu, "{s:b, s:i, s:b}",
				"displaced", &displaced,
				"fail_entry", &fail_entry,
				"stats", &has_stats))
			return;
		view->vcpu[i].displaced = displaced;
		view->vcpu[i].fail_entry = fail_entry;
		if (!has_stats || next == a->nr)
			continue;
		if (!kvm_stats_open(a->fd[next], &view->vcpu[i].stats))
			a->fd[next] = -1;
		next++;
	}
}

static uint64_t keep_number(json_t *of, const char *key)
{
	json_t *n = json_object_get(of, key);

	return json_is_integer(n) && json_integer_value(n) >= 0 ?
		(uint64_t)json_integer_value(n) : VM_MEMORY_UNKNOWN;
}

static void keep_memory(json_t *memory, struct vm_memory *m)
{
	json_t *guest = json_object_get(memory, "guest");
	enum balloon_stat i;

	m->known = json_is_object(memory);
	m->driver = json_is_true(json_object_get(memory, "driver"));
	m->size = keep_number(memory, "size");
	m->target = keep_number(memory, "target");
	m->balloon = keep_number(memory, "balloon");
	m->reported = keep_number(memory, "reported");
	m->age_ms = keep_number(memory, "age_ms");
	for (i = 0; i < BALLOON_STAT_NUM; i++)
		m->guest[i] = keep_number(guest, balloon_stat_name(i));
}

static void keep_string(char *to, size_t size, json_t *of, const char *key)
{
	keep_text(to, size, json_string_value(json_object_get(of, key)));
}

/* Return: whether it is a device. */
static bool keep_device(json_t *of, struct device_view *d)
{
	keep_string(d->name, sizeof(d->name), of, "name");
	keep_string(d->kind, sizeof(d->kind), of, "kind");
	keep_string(d->status, sizeof(d->status), of, "status");
	d->faults = keep_number(of, "faults");
	d->misuse = keep_number(of, "misuse");
	d->has_frames = json_object_get(of, "bad_frames") != NULL;
	d->bad_frames = keep_number(of, "bad_frames");
	return *d->name && *d->status && d->faults != UINT64_MAX &&
		d->misuse != UINT64_MAX;
}

static void keep_devices(json_t *list, struct vm_devices *d)
{
	json_t *of;
	size_t i;

	*d = (struct vm_devices){ .known = json_is_array(list) };
	json_array_foreach(list, i, of) {
		if (i < ARRAY_SIZE(d->device) &&
		    keep_device(of, &d->device[i])) {
			d->nr++;
			continue;
		}
		*d = (struct vm_devices){ .known = false };
		return;
	}
}

static void understand(struct vm_view *view, struct vm_answer *a)
{
	json_t *root = json_loads(a->text, JSON_REJECT_DUPLICATES, NULL);
	int pid = 0;

	if (!json_unpack(root, "{s:i}", "pid", &pid) && pid == view->vm.pid) {
		view->answered = true;
		keep_pmu(json_object_get(root, "pmu"), view);
		keep_memory(json_object_get(root, "memory"), &view->memory);
		keep_devices(json_object_get(root, "devices"), &view->devices);
		keep_vcpus(json_object_get(root, "vcpus"), view, a);
	}
	json_decref(root);
}

/* ---- the view ---- */

static int make_vcpus(struct vm_view *view)
{
	unsigned int i;

	view->vcpu = calloc(view->vm.nr_vcpus, sizeof(*view->vcpu));
	if (!view->vcpu)
		return -ENOMEM;
	view->nr = view->vm.nr_vcpus;
	for (i = 0; i < view->nr; i++) {
		view->vcpu[i].stats.fd = -1;
		view->vcpu[i].cpu = -1;
	}
	return 0;
}

static int keep_room(struct vm_view *view)
{
	struct vcpu_view *v;

	for (v = view->vcpu; v < view->vcpu + view->nr; v++) {
		if (!v->stats.nr)
			continue;
		v->stats_before = calloc(v->stats.nr,
					 sizeof(*v->stats_before));
		if (!v->stats_before)
			return -ENOMEM;
	}
	return 0;
}

int vm_view_open(const char *dir, const struct registry_vm *vm,
		 struct vm_view *ret)
{
	struct vm_answer a = { .nr = 0 };
	int err;

	*ret = (struct vm_view){ .vm = *vm, .counters = vm->counters };
	snprintf(ret->mode, sizeof(ret->mode), "%s", vm->mode);
	err = make_vcpus(ret);
	if (!err)
		err = vm_ask(dir, vm->pid, "stat", &a);
	if (!err && a.text)
		understand(ret, &a);
	vm_answer_fini(&a);
	if (!err)
		err = keep_room(ret);
	if (!err)
		vm_thread_find(ret, PROC_ROOT);
	return err;
}

int vm_memory_understand(const char *text, pid_t pid, struct vm_memory *ret,
			 char *why, size_t len)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *error = NULL;
	int from = 0, r = -EPROTO;

	*why = '\0';
	if (!json_unpack(root, "{s:i, s?s}", "pid", &from, "error", &error) &&
	    from == pid) {
		keep_text(why, len, error);
		if (!error)
			keep_memory(json_object_get(root, "memory"), ret);
		r = error ? -EOPNOTSUPP : 0;
	}
	json_decref(root);
	return r;
}

/* Return: whether there is no use in asking again. */
static bool ask_memory(const char *dir, struct vm_view *view, int *err)
{
	struct vm_answer a = { .nr = 0 };
	char why[2];
	bool over = true;

	*err = vm_ask(dir, view->vm.pid, "memory", &a);
	if (!*err && a.text &&
	    !vm_memory_understand(a.text, view->vm.pid, &view->memory, why,
				  sizeof(why)))
		over = !view->memory.driver ||
			view->memory.age_ms < MEMORY_AGE_MS;
	vm_answer_fini(&a);
	return over;
}

int vm_view_sample_memory(const char *dir, struct vm_view *view)
{
	const struct timespec pause = { .tv_nsec = MEMORY_PAUSE_NS };
	unsigned int tries;
	int err = 0;

	for (tries = 0; view->memory.known && tries < MEMORY_TRIES; tries++) {
		if (ask_memory(dir, view, &err))
			break;
		nanosleep(&pause, NULL);
	}
	return err;
}

void vm_devices_understand(const char *text, pid_t pid,
			   struct vm_devices *ret)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	int from = 0;

	*ret = (struct vm_devices){ .known = false };
	if (!json_unpack(root, "{s:i}", "pid", &from) && from == pid)
		keep_devices(json_object_get(root, "devices"), ret);
	json_decref(root);
}

int vm_view_sample_devices(const char *dir, struct vm_view *view)
{
	struct vm_answer a = { .nr = 0 };
	int err;

	if (!view->answered)
		return 0;
	err = vm_ask(dir, view->vm.pid, "devices", &a);
	if (!err)
		vm_devices_understand(a.text ? a.text : "", view->vm.pid,
				      &view->devices);
	vm_answer_fini(&a);
	return err;
}

static void sample_stats(struct vcpu_view *v)
{
	unsigned int i;

	for (i = 0; i < v->stats.nr; i++)
		v->stats_before[i] = v->stats.stat[i].value;
	kvm_stats_read(&v->stats);
}

void vm_view_sample(struct vm_view *view)
{
	const uint64_t before = view->when_ns;
	struct timespec ts;
	unsigned int i;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	view->when_ns = (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	view->elapsed_ns = before ? view->when_ns - before : 0;
	for (i = 0; i < view->nr; i++) {
		vm_thread_sample(&view->vcpu[i], view->vm.pid, PROC_ROOT);
		sample_stats(&view->vcpu[i]);
	}
}

void vm_view_close(struct vm_view *view)
{
	unsigned int i;

	for (i = 0; i < view->nr; i++) {
		kvm_stats_close(&view->vcpu[i].stats);
		free(view->vcpu[i].stats_before);
	}
	free(view->vcpu);
	*view = (struct vm_view){ .nr = 0 };
}
