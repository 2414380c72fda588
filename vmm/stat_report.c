// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stat_report - show samples of running VMs
 */
#include "stat_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "pmu/text.h"
#include "table.h"
#include "util.h"

#define NOT_KNOWN UINT64_MAX
#define NS_PER_SECOND UINT64_C(1000000000)
/* reasons named in a row; what is left is summed up */
#define REASONS_SHOWN 5

/* The total of everything that leaves the guest, arm64 and x86. */
static const char total_name[] = "exits";

/* An exit by its reason; linux/arch/arm64/kvm/guest.c, kvm_vcpu_stats_desc[],
 * has hvc_exit_stat, wfe_exit_stat, wfi_exit_stat, mmio_exit_user,
 * mmio_exit_kernel and signal_exits. */
static bool is_reason(const char *name)
{
	return strstr(name, "exit") && strcmp(name, total_name) != 0;
}

/* "mmio_exit_user" to "mmio_user", "wfi_exit_stat" to "wfi" */
static void short_name(const char *name, char *buf, size_t len)
{
	const char *exit_at = strstr(name, "_exit");
	const char *rest;

	if (!exit_at) {
		snprintf(buf, len, "%s", name);
		return;
	}
	rest = exit_at + strlen("_exit");
	if (*rest == 's')
		rest++;
	if (!strcmp(rest, "_stat"))
		rest = "";
	snprintf(buf, len, "%.*s%s", (int)(exit_at - name), name, rest);
}

/* ---- for people ---- */

/* A counter as it is to be shown: a total, or a rate. */
static uint64_t shown(const struct vm_view *view, uint64_t now,
		      uint64_t before)
{
	if (!view->elapsed_ns)
		return now;
	if (now < before)
		return 0;
	return (uint64_t)((double)(now - before) * NS_PER_SECOND /
			  view->elapsed_ns + 0.5);
}

static void add_count(struct table *t, const struct vm_view *view,
		      uint64_t now, uint64_t before)
{
	if (now == NOT_KNOWN || (view->elapsed_ns && before == NOT_KNOWN))
		table_add(t, "%s", "");
	else
		table_add(t, "%llu", (unsigned long long)
			  shown(view, now, before));
}

/* Seconds in all, or per cent of one CPU. */
static void add_time(struct table *t, const struct vm_view *view, uint64_t now,
		     uint64_t before)
{
	if (now == NOT_KNOWN || (view->elapsed_ns && before == NOT_KNOWN))
		table_add(t, "%s", "");
	else if (!view->elapsed_ns)
		table_add(t, "%.2fs", (double)now / NS_PER_SECOND);
	else
		table_add(t, "%.1f%%", now < before ? 0 :
			  100.0 * (now - before) / view->elapsed_ns);
}

struct reason {
	const char *name;
	uint64_t value;
};

static int by_value(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* The reasons that happened, the most frequent first, and their sum. */
static unsigned int find_reasons(const struct vm_view *view,
				 const struct vcpu_view *v,
				 struct reason *reasons, uint64_t *sum)
{
	unsigned int i, nr = 0;

	*sum = 0;
	for (i = 0; i < v->stats.nr; i++) {
		const struct kvm_stat *s = &v->stats.stat[i];
		const uint64_t n = shown(view, s->value, v->stats_before[i]);

		if (!n || !is_reason(s->name))
			continue;
		reasons[nr++] = (struct reason){ s->name, n };
		*sum += n;
	}
	qsort(reasons, nr, sizeof(*reasons), by_value);
	return nr;
}

/* "mmio_user 120, wfi 33, other 8": other are interrupts of the host and
 * trapped registers, which KVM does not count apart. */
static void add_reasons(struct table *t, const struct vm_view *view,
			const struct vcpu_view *v, uint64_t total)
{
	struct reason reasons[KVM_STATS_MAX];
	char buf[256], name[KVM_STATS_NAME_MAX];
	struct text text = text_init(buf, sizeof(buf));
	uint64_t sum, named = 0;
	unsigned int i, nr;

	nr = find_reasons(view, v, reasons, &sum);
	for (i = 0; i < nr && i < REASONS_SHOWN; i++) {
		short_name(reasons[i].name, name, sizeof(name));
		text_add(&text, "%s%s %llu", i ? ", " : "", name,
			 (unsigned long long)reasons[i].value);
		named += reasons[i].value;
	}
	if (total > named)
		text_add(&text, "%sother %llu", i ? ", " : "",
			 (unsigned long long)(total - named));
	table_add(t, "%s", buf);
}

static void add_exits(struct table *t, const struct vm_view *view,
		      const struct vcpu_view *v)
{
	const struct kvm_stat *total = kvm_stats_find(&v->stats, total_name);
	uint64_t n = 0;

	if (total) {
		n = shown(view, total->value,
			  v->stats_before[total - v->stats.stat]);
		table_add(t, "%llu", (unsigned long long)n);
	} else {
		table_add(t, "%s", "");
	}
	add_reasons(t, view, v, n);
}

/* "partitioned 4", "emulated", "off" */
static void add_mode(struct table *t, const struct vm_view *view)
{
	if (!*view->vm.pmu || view->counters < 0)
		table_add(t, "%s", view->mode);
	else
		table_add(t, "%s %d", view->mode, view->counters);
}

static void add_row(struct table *t, const struct vm_view *view,
		    unsigned int i)
{
	const struct vcpu_view *v = &view->vcpu[i];

	table_add(t, "%s", view->vm.name);
	table_add(t, "%u", i);
	add_mode(t, view);
	table_add(t, "%s", view->vm.pmu);
	table_add(t, "%s%s", v->cpus, v->displaced ? "!" : "");
	if (v->cpu < 0)
		table_add(t, "%s", "");
	else
		table_add(t, "%d", v->cpu);
	add_time(t, view, v->now.guest_ns, v->before.guest_ns);
	add_time(t, view, v->now.host_ns, v->before.host_ns);
	add_time(t, view, v->now.wait_ns, v->before.wait_ns);
	add_count(t, view, v->now.migrations, v->before.migrations);
	add_exits(t, view, v);
}

static bool is_count(uint64_t n)
{
	return n && n != NOT_KNOWN;
}

/* Also one that its driver has given up. */
static bool is_worth_a_line(const struct device_view *d)
{
	return d->faults || d->misuse || is_count(d->bad_frames) ||
		!strcmp(d->status, "failed");
}

/* "web: net0 needs_reset: faults 1, misuse 0, bad frames 3", always totals */
static void print_device(const struct vm_view *view,
			 const struct device_view *d, FILE *out)
{
	fprintf(out, "%s: %s %s: faults %llu, misuse %llu", view->vm.name,
		d->name, d->status, (unsigned long long)d->faults,
		(unsigned long long)d->misuse);
	if (d->bad_frames != NOT_KNOWN)
		fprintf(out, ", bad frames %llu",
			(unsigned long long)d->bad_frames);
	fputc('\n', out);
}

/* What does not fit into a row. */
static void print_notes(const struct vm_view *view, FILE *out)
{
	unsigned int i;

	if (!view->answered)
		fprintf(out, "%s: does not answer: no exits, and the PMU as "
			"it was planned\n", view->vm.name);
	if (*view->note)
		fprintf(out, "%s: %s\n", view->vm.name, view->note);
	for (i = 0; i < view->nr; i++)
		if (view->vcpu[i].fail_entry)
			fprintf(out, "%s: KVM refused to run vCPU %u, %llu "
				"times\n", view->vm.name, i,
				(unsigned long long)view->vcpu[i].fail_entry);
	for (i = 0; i < view->devices.nr; i++)
		if (is_worth_a_line(&view->devices.device[i]))
			print_device(view, &view->devices.device[i], out);
}

int stat_report_print(const struct vm_view *views, size_t nr, FILE *out)
{
	static const char *const heads[] = {
		"VM", "VCPU", "MODE", "PMU", "MAY USE", "CPU", "GUEST", "HOST",
		"WAITING", "MIGRATIONS", "EXITS", "BY REASON",
	};
	struct table t;
	unsigned int i;
	size_t n;
	int err;

	table_init(&t, heads, ARRAY_SIZE(heads));
	for (n = 0; n < nr; n++)
		for (i = 0; i < views[n].nr; i++)
			add_row(&t, &views[n], i);
	err = table_print(&t, out);
	table_fini(&t);
	for (n = 0; n < nr; n++)
		print_notes(&views[n], out);
	return err;
}

/* ---- for programs ---- */

static json_t *count_json(uint64_t n)
{
	return n == NOT_KNOWN ? json_null() : json_integer((json_int_t)n);
}

static json_t *stats_json(const struct kvm_stats *s)
{
	json_t *all = s->nr ? json_object() : json_null();
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		json_object_set_new(all, s->stat[i].name,
				    json_integer((json_int_t)s->stat[i].value));
	return all;
}

static json_t *vcpu_json(const struct vcpu_view *v, unsigned int index)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:I, "
			 "s:o}",
		"vcpu", (int)index,
		"tid", v->tid ? json_integer(v->tid) : json_null(),
		"cpu", v->cpu < 0 ? json_null() : json_integer(v->cpu),
		"may_use", json_out_text(v->cpus),
		"displaced", (int)v->displaced,
		"guest_ns", count_json(v->now.guest_ns),
		"host_ns", count_json(v->now.host_ns),
		"waiting_ns", count_json(v->now.wait_ns),
		"migrations", count_json(v->now.migrations),
		"fail_entry", (json_int_t)v->fail_entry,
		"kvm", stats_json(&v->stats));
}

static json_t *device_json(const struct device_view *d)
{
	json_t *all = json_pack("{s:s, s:o, s:s, s:I, s:I}",
				"name", d->name,
				"kind", json_out_text(d->kind),
				"status", d->status,
				"faults", (json_int_t)d->faults,
				"misuse", (json_int_t)d->misuse);

	if (d->has_frames)
		json_object_set_new(all, "bad_frames",
				    count_json(d->bad_frames));
	return all;
}

static json_t *devices_json(const struct vm_devices *d)
{
	json_t *all = d->known ? json_array() : json_null();
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		json_array_append_new(all, device_json(&d->device[i]));
	return all;
}

static json_t *view_json(const struct vm_view *view)
{
	json_t *vcpus = json_array();
	unsigned int i;

	for (i = 0; vcpus && i < view->nr; i++)
		json_array_append_new(vcpus, vcpu_json(&view->vcpu[i], i));
	return json_pack("{s:s, s:i, s:b, s:I, s:{s:o, s:s, s:o, s:o}, s:o, "
			 "s:o, s:o}",
		"name", view->vm.name,
		"pid", (int)view->vm.pid,
		"answered", (int)view->answered,
		"monotonic_ns", (json_int_t)view->when_ns,
		"pmu",
			"name", json_out_text(view->vm.pmu),
			"mode", view->mode,
			"counters", view->counters < 0 ? json_null() :
				    json_integer(view->counters),
			"note", json_out_text(view->note),
		"memory", stat_memory_json(&view->memory),
		"devices", devices_json(&view->devices),
		"vcpus", vcpus);
}

json_t *stat_report_json(const struct vm_view *views, size_t nr)
{
	json_t *vms = json_array();
	size_t i;

	for (i = 0; vms && i < nr; i++)
		json_array_append_new(vms, view_json(&views[i]));
	return json_pack("{s:o}", "vms", vms);
}
