// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/filter - which events a guest may count; the contract is in filter.h
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "kvm.h"
#include "util.h"

#define NR_EVENTS (PMU_EVENT_MAX + 1)
/* struct kvm_pmu_event_filter counts events in 16 bits */
#define RANGE_MAX 0x8000u

/* What has been read so far: three states of each event. */
struct reading {
	const struct pmu_event_list *kernel;
	bool any_allow;
	bool allowed[NR_EVENTS];
	bool denied[NR_EVENTS];
};

static bool may_count(const struct reading *r, unsigned int event)
{
	return (r->allowed[event] || !r->any_allow) && !r->denied[event];
}

/* "0x10-0x1f", or one event as a range of itself. */
static int read_event(const struct reading *r, const char *text, size_t len,
		      uint32_t *first, uint32_t *last, struct err *e)
{
	const char *dash = memchr(text, '-', len);
	int err;

	/* a name that the kernel exports may have a dash in it */
	if (!dash || !isdigit((unsigned char)*text)) {
		err = pmu_event_find(text, len, r->kernel, first, e);
		*last = *first;
		return err;
	}
	err = pmu_event_find(text, dash - text, r->kernel, first, e);
	if (!err)
		err = pmu_event_find(dash + 1, text + len - dash - 1,
				     r->kernel, last, e);
	if (!err && *last < *first)
		return err_config(e, "the range 0x%x-0x%x runs backwards",
				  *first, *last);
	return err;
}

static int add_event(struct reading *r, enum pmu_filter_action action,
		     const char *text, size_t len, struct err *e)
{
	bool *set = action == PMU_FILTER_ALLOW ? r->allowed : r->denied;
	uint32_t first = 0, last = 0;
	int err;

	err = read_event(r, text, len, &first, &last, e);
	if (err)
		return err;
	if (action == PMU_FILTER_DENY && first == last &&
	    (first == PMU_EVENT_SW_INCR || first == PMU_EVENT_CHAIN))
		return err_config(e, "%s (0x%x) cannot be denied: KVM never "
				  "filters it", pmu_event_name(first), first);
	for (; first <= last; first++)
		set[first] = true;
	return 0;
}

/* "allow:CPU_CYCLES,0x8" */
static int read_list(struct reading *r, const char *text, size_t len,
		     struct err *e)
{
	const char *end = text + len, *comma;
	enum pmu_filter_action action;
	int err;

	if (len > 6 && !memcmp(text, "allow:", 6))
		action = PMU_FILTER_ALLOW;
	else if (len > 5 && !memcmp(text, "deny:", 5))
		action = PMU_FILTER_DENY;
	else
		return err_config(e, "\"%.*s\" is not a list of events: write "
				  "allow:EVENT,... or deny:EVENT,...",
				  len < 64 ? (int)len : 64, text);
	r->any_allow |= action == PMU_FILTER_ALLOW;
	comma = memchr(text, ':', len);
	do {
		text = comma + 1;
		comma = memchr(text, ',', end - text);
		err = add_event(r, action, text, (comma ? comma : end) - text,
				e);
	} while (!err && comma);
	return err;
}

/* The end of the run of events like @first, at most RANGE_MAX of them. */
static unsigned int run_end(const struct reading *r, unsigned int first)
{
	unsigned int i = first + 1;

	while (i < NR_EVENTS && i - first < RANGE_MAX &&
	       may_count(r, i) == may_count(r, first))
		i++;
	return i;
}

static int add_range(struct pmu_filter *f, unsigned int first,
		     unsigned int end, enum pmu_filter_action action)
{
	struct pmu_filter_range *range;

	range = reallocarray(f->range, f->nr + 1, sizeof(*range));
	if (!range)
		return -ENOMEM;
	f->range = range;
	range[f->nr++] = (struct pmu_filter_range){
		.base = first, .nr = end - first, .action = action,
	};
	return 0;
}

static int make_ranges(const struct reading *r, struct pmu_filter *f)
{
	enum pmu_filter_action action =
		r->any_allow ? PMU_FILTER_ALLOW : PMU_FILTER_DENY;
	unsigned int first, end;
	int err = 0;

	for (first = 0; !err && first < NR_EVENTS; first = end) {
		end = run_end(r, first);
		if (may_count(r, first) == r->any_allow)
			err = add_range(f, first, end, action);
	}
	return err;
}

static int read_spec(struct reading *r, const char *spec, struct err *e)
{
	unsigned int i;
	size_t len;
	int err;

	do {
		len = strcspn(spec, "|;");
		err = read_list(r, spec, len, e);
		spec += len;
	} while (!err && *spec++);
	if (err)
		return err;
	for (i = 0; i < NR_EVENTS; i++)
		if (may_count(r, i))
			return 0;
	return err_config(e, "nothing is left to count: every event that is "
			  "allowed is denied too");
}

int pmu_filter_parse(const char *spec, const struct pmu_event_list *kernel,
		     struct pmu_filter *ret, struct err *e)
{
	_cleanup_free_ struct reading *r = calloc(1, sizeof(*r));
	int err;

	*ret = (struct pmu_filter){ .nr = 0 };
	if (!r)
		return err_fault(e, -ENOMEM, "reading an event filter");
	r->kernel = kernel;
	err = read_spec(r, spec, e);
	if (err)
		return err;
	err = make_ranges(r, ret);
	if (!err)
		return 0;
	pmu_filter_fini(ret);
	return err_fault(e, err, "keeping an event filter");
}

void pmu_filter_fini(struct pmu_filter *f)
{
	free(f->range);
	*f = (struct pmu_filter){ .nr = 0 };
}

static int refused(const struct pmu_filter_range *range, int errnum,
		   struct err *e)
{
	unsigned int last = range->base + range->nr - 1u;

	if (errnum == -ENXIO)
		return err_host(e, -EOPNOTSUPP, "this kernel cannot filter the "
				"guest's events (KVM_ARM_VCPU_PMU_V3_FILTER): "
				"boot a host kernel from 5.10 on, or leave "
				"--pmu-filter out");
	if (errnum == -EINVAL && last >= 0x400) {
		err_config(e, "--pmu-filter: this PMU is of Armv8.0 and has "
			   "event numbers of 10 bits, so KVM refuses "
			   "0x%x-0x%x: stay below 0x400", range->base, last);
		return -ERANGE;
	}
	return err_fault(e, errnum, "filtering the events 0x%x-0x%x",
			 range->base, last);
}

int pmu_filter_apply(const struct pmu_filter *f, int vcpu_fd, struct err *e)
{
	size_t i;
	int err;

	for (i = 0; i < f->nr; i++) {
		err = kvm_set_attr(vcpu_fd, KVM_ARM_VCPU_PMU_V3_CTRL,
				   KVM_ARM_VCPU_PMU_V3_FILTER, &f->range[i]);
		if (err)
			return refused(&f->range[i], err, e);
	}
	return 0;
}
