// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pmu_filter - from lists of events to KVM's ranges, and KVM's answers
 *
 * What the ranges mean is judged by a model of the kernel's rule: the first
 * range sets the default, later ones override.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define kvm_set_attr model_set_attr
#include "kvm.h"
#include "pmu/filter.c"

#include "t.h"

/* Linux arch/arm64/kvm/pmu-emul.c, kvm_arm_pmu_v3_set_attr() */
static struct {
	unsigned int nr_events;	/* 0x400 or 0x10000 */
	int answer;		/* -errno of every call, or 0 */
	unsigned int calls;
	bool allowed[NR_EVENTS];
} model;

int model_set_attr(int fd, uint32_t group, uint64_t attr, void *addr)
{
	const struct pmu_filter_range *r = addr;
	bool allow = r->action == PMU_FILTER_ALLOW;

	ck_assert_int_eq(fd, 7);
	ck_assert_uint_eq(group, 0);
	ck_assert_uint_eq(attr, 2);
	if (model.answer)
		return model.answer;
	if (r->base + r->nr > (int)model.nr_events || r->action > 1)
		return -EINVAL;
	if (!model.calls++)
		memset(model.allowed, !allow, sizeof(model.allowed));
	memset(model.allowed + r->base, allow, r->nr);
	return 0;
}

static void start(unsigned int nr_events)
{
	memset(&model, 0, sizeof(model));
	model.nr_events = nr_events;
}

static int run(const char *spec, struct err *e)
{
	struct pmu_filter f;
	int err;

	*e = (struct err){ .kind = ERR_NONE };
	err = pmu_filter_parse(spec, NULL, &f, e);
	if (!err)
		err = pmu_filter_apply(&f, 7, e);
	pmu_filter_fini(&f);
	pmu_filter_fini(&f);
	return err;
}

static unsigned int nr_allowed(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < NR_EVENTS; i++)
		nr += model.allowed[i];
	return nr;
}

START_TEST(meaning)
{
	static const struct {
		const char *spec;
		unsigned int calls, allowed;
		unsigned int yes, no;
	} rows[] = {
		{ "allow:CPU_CYCLES", 1, 1, 0x11, 0x10 },
		{ "allow:0x11,inst_retired", 2, 2, 8, 9 },
		{ "allow:0x10-0x1f", 1, 16, 0x1f, 0x20 },
		{ "allow:0x10-0x1f,0x20", 1, 17, 0x20, 0x21 },
		{ "deny:CPU_CYCLES", 1, 0xffff, 0x10, 0x11 },
		{ "deny:1-2,4-0x10", 2, 0x10000 - 15, 3, 4 },
		{ "deny:0-0x3f", 1, 0x10000 - 64, 0x40, 0x11 },
		/* either order: allowed less denied */
		{ "allow:0-0x3f|deny:0x10-0x1f", 2, 48, 0x20, 0x1f },
		{ "deny:0x10-0x1f|allow:0-0x3f", 2, 48, 0x20, 0x1f },
		{ "deny:0x10-0x1f;allow:0-0x3f;deny:1", 3, 47, 0, 1 },
		{ "allow:1;allow:3", 2, 2, 3, 2 },
		/* more events than one range can count */
		{ "allow:0-0xffff", 2, 0x10000, 0xffff, NR_EVENTS },
		{ "allow:SW_INCR,CHAIN", 2, 2, 0, 0x11 },
	};
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		start(NR_EVENTS);
		ck_assert_msg(run(rows[i].spec, &e) == 0, "%s: %s",
			      rows[i].spec, e.text);
		ck_assert_uint_eq(model.calls, rows[i].calls);
		ck_assert_uint_eq(nr_allowed(), rows[i].allowed);
		ck_assert(model.allowed[rows[i].yes]);
		if (rows[i].no < NR_EVENTS)
			ck_assert(!model.allowed[rows[i].no]);
	}
}
END_TEST

START_TEST(mistakes)
{
	static const struct {
		const char *spec, *says;
	} rows[] = {
		{ "", "not a list" },
		{ "CPU_CYCLES", "\"CPU_CYCLES\" is not a list" },
		{ "allow:", "not a list" }, { "deny:", "not a list" },
		{ "permit:0x11", "not a list" },
		{ "allow:0x11|", "\"\" is not a list" },
		{ "allow:0x11,", "an event is missing" },
		{ "allow:,0x11", "an event is missing" },
		{ "deny:0x20-0x10", "0x20-0x10 runs backwards" },
		{ "allow:0x10-", "an event is missing" },
		{ "allow:CPU_CYCLE", "did you mean CPU_CYCLES" },
		{ "allow:0x10000", "too large" },
		{ "deny:SW_INCR", "SW_INCR (0x0) cannot be denied" },
		{ "deny:0x1e", "CHAIN (0x1e) cannot be denied" },
		{ "allow:0x11|deny:0x11", "nothing is left" },
		{ "deny:0-0xffff", "nothing is left" },
	};
	struct pmu_filter f;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ck_assert_msg(pmu_filter_parse(rows[i].spec, NULL, &f, &e) ==
			      -EINVAL, "%s", rows[i].spec);
		ck_assert_int_eq(e.kind, ERR_CONFIG);
		ck_assert_msg(strstr(e.text, rows[i].says) != NULL, "%s",
			      e.text);
		ck_assert_uint_eq(f.nr, 0);
	}
}
END_TEST

START_TEST(names_of_the_kernel)
{
	struct pmu_event odd = { "l1d-odd", 0xc3 };
	struct pmu_event_list kernel = { 1, &odd };
	struct pmu_filter f;
	struct err e;

	ck_assert_int_eq(pmu_filter_parse("allow:l1d-odd", &kernel, &f, &e),
			 0);
	ck_assert_uint_eq(f.nr, 1);
	ck_assert_uint_eq(f.range[0].base, 0xc3);
	ck_assert_uint_eq(f.range[0].nr, 1);
	ck_assert_uint_eq(f.range[0].action, PMU_FILTER_ALLOW);
	pmu_filter_fini(&f);
}
END_TEST

START_TEST(answers_of_the_kernel)
{
	struct err e;

	start(0x400);
	ck_assert_int_eq(run("allow:CNT_CYCLES", &e), -ERANGE);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, "below 0x400") != NULL, "%s", e.text);
	start(0x400);
	ck_assert_int_eq(run("allow:0x3ff", &e), 0);
	start(NR_EVENTS);
	model.answer = -ENXIO;
	ck_assert_int_eq(run("allow:1", &e), -EOPNOTSUPP);
	ck_assert_int_eq(e.kind, ERR_HOST);
	ck_assert_msg(strstr(e.text, "5.10") != NULL, "%s", e.text);
	model.answer = -EBUSY;
	ck_assert_int_eq(run("allow:1", &e), -EBUSY);
	ck_assert_int_eq(e.kind, ERR_FAULT);
	ck_assert_uint_eq(model.calls, 0);
}
END_TEST

/* Whatever is written, the ranges are in order and of one action. */
START_TEST(random_text)
{
	static const char *const words[] = {
		"allow:", "deny:", ",", "-", "|", ";", "0x", "1", "ff", "SW_INCR",
		"CPU_CYCLES", "0-0xffff", "0x10-0x1f", "", " ", "\xff", ":",
	};
	uint32_t state = 1;
	unsigned int i, w, good = 0;
	struct pmu_filter f;
	char spec[128];
	int len;
	struct err e;
	size_t r;

	for (i = 0; i < 1000; i++) {
		len = sprintf(spec, "%s", words[i % 2]);
		for (w = 0; w < 1 + i % 7; w++) {
			state = state * 1103515245 + 12345;
			len += sprintf(spec + len, "%s",
				       words[(state >> 16) % ARRAY_SIZE(words)]);
		}
		if (pmu_filter_parse(spec, NULL, &f, &e)) {
			ck_assert_int_eq(e.kind, ERR_CONFIG);
			continue;
		}
		good++;
		for (r = 0; r < f.nr; r++) {
			ck_assert_uint_gt(f.range[r].nr, 0);
			ck_assert_uint_eq(f.range[r].action,
					  f.range[0].action);
			if (r)
				ck_assert_uint_ge(f.range[r].base,
						  f.range[r - 1].base +
						  f.range[r - 1].nr);
		}
		pmu_filter_fini(&f);
	}
	ck_assert_uint_gt(good, 20);
}
END_TEST

T_MAIN("pmu_filter", random_text, meaning, mistakes, names_of_the_kernel,
       answers_of_the_kernel)
