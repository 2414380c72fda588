// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stat_memory - show how guests use their memory, by what their balloons say
 */
#include "stat_report.h"

#include "json.h"
#include "table.h"
#include "util.h"

/* "123M"; a guest may say anything, so nothing is added up. */
static void add_size(struct table *t, uint64_t bytes)
{
	if (bytes == VM_MEMORY_UNKNOWN)
		table_add(t, "%s", "");
	else
		table_add(t, "%lluM", (unsigned long long)(bytes >> 20));
}

static void add_number(struct table *t, uint64_t n)
{
	if (n == VM_MEMORY_UNKNOWN)
		table_add(t, "%s", "");
	else
		table_add(t, "%llu", (unsigned long long)n);
}

static void add_age(struct table *t, uint64_t ms)
{
	if (ms == VM_MEMORY_UNKNOWN)
		table_add(t, "%s", "never");
	else
		table_add(t, "%.1fs", (double)ms / 1000);
}

/* In the order of the columns. */
static const enum balloon_stat sizes_shown[] = {
	BALLOON_TOTAL, BALLOON_FREE, BALLOON_AVAILABLE, BALLOON_CACHES,
	BALLOON_SWAP_IN, BALLOON_SWAP_OUT,
};

static void add_row(struct table *t, const struct vm_view *view)
{
	const struct vm_memory *m = &view->memory;
	size_t i;

	table_add(t, "%s", view->vm.name);
	add_size(t, m->size);
	add_size(t, m->balloon);
	add_size(t, m->target);
	for (i = 0; i < ARRAY_SIZE(sizes_shown); i++)
		add_size(t, m->guest[sizes_shown[i]]);
	add_number(t, m->guest[BALLOON_MAJOR_FAULTS]);
	add_size(t, m->reported);
	add_age(t, m->age_ms);
}

int stat_memory_print(const struct vm_view *views, size_t nr, FILE *out)
{
	static const char *const heads[] = {
		"VM", "MEMORY", "BALLOON", "TARGET", "TOTAL", "FREE",
		"AVAILABLE", "CACHES", "SWAP IN", "SWAP OUT", "MAJOR FAULTS",
		"REPORTED", "AGE",
	};
	struct table t;
	size_t n;
	int err;

	table_init(&t, heads, ARRAY_SIZE(heads));
	for (n = 0; n < nr; n++)
		if (views[n].memory.known)
			add_row(&t, &views[n]);
	err = table_print(&t, out);
	table_fini(&t);
	for (n = 0; n < nr; n++) {
		if (!views[n].memory.known)
			fprintf(out, "%s: has no balloon (--balloon), or does not answer\n",
				views[n].vm.name);
		else if (!views[n].memory.driver)
			fprintf(out, "%s: the guest does not use its balloon\n",
				views[n].vm.name);
	}
	return err;
}

static json_t *number(uint64_t n)
{
	return n == VM_MEMORY_UNKNOWN ? json_null() :
					json_integer((json_int_t)n);
}

static json_t *guest_json(const struct vm_memory *m)
{
	json_t *all = json_object();
	enum balloon_stat i;

	for (i = 0; i < BALLOON_STAT_NUM; i++)
		json_object_set_new(all, balloon_stat_name(i),
				    number(m->guest[i]));
	return all;
}

json_t *stat_memory_json(const struct vm_memory *m)
{
	if (!m->known)
		return json_null();
	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o}",
			 "size", number(m->size),
			 "driver", (int)m->driver,
			 "target", number(m->target),
			 "balloon", number(m->balloon),
			 "reported", number(m->reported),
			 "age_ms", number(m->age_ms),
			 "guest", guest_json(m));
}
