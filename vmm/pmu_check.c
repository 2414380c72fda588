// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu_check - "tallyvm pmu check": does the PMU of a guest really count?
 *
 * Four guests on each cluster in each mode: one that nobody disturbs, one with
 * an event filter, one whose CPU is busy, one that is moved about.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "check_args.h"
#include "check_host.h"
#include "check_report.h"
#include "check_run.h"
#include "cmd.h"
#include "cmd_pmu.h"
#include "log.h"
#include "util.h"

#define KEEP_MS		300	/* that a guest is preempted or moved */
#define HOST_MS		100	/* that the host is measured by itself */

static const char help[] =
"usage: tallyvm pmu check [OPTIONS]\n"
"\n"
"Starts small guests that are part of tallyvm and proves that their PMU\n"
"counts as it should.\n"
"\n"
"      --cluster WHAT  big, little, or the name of a PMU or core (default:\n"
"                      the largest cores)\n"
"      --all           every cluster, one after the other\n"
"      --mode MODE     emulated, partitioned, or all (default)\n"
"      --counters N    ask for N event counters (default: one less than\n"
"                      there are)\n"
"      --json          the same for scripts\n"
"      --dev FILE      KVM device (default: /dev/kvm)\n"
"      --help          print this text\n"
"\n"
"Exit status:\n"
"    0  nothing failed\n"
"   33  something does not count as it should, or tallyvm failed\n"
"   35  the options are wrong\n"
"   77  nothing can be checked on this host\n";

struct checking {
	struct check_args args;
	struct check_targets targets;
	struct check_run run;
	struct check_host host;
	struct check_report report;
	/* of the cluster and mode that are being checked */
	const struct check_target *target;
	enum pmu_mode mode;
	int counters;
	struct check_measure measure[3];	/* before, with, after */
};

static void add(struct checking *c, enum check_id id,
		enum check_verdict verdict, const char *why)
{
	check_report_add(&c->report, c->target->dev->name, c->mode, id,
			 verdict, why);
}

static void add_word(struct checking *c, enum check_id id,
		     enum check_word word)
{
	check_report_word(&c->report, c->target->dev->name, c->mode, id,
			  &c->run.words, word);
}

struct hook {
	struct check_host *host;
	struct check_job job;
};

static void hook_begin(struct vm *vm, void *opaque)
{
	struct hook *h = opaque;

	h->job.vm = vm;
	check_host_begin(h->host, &h->job);
}

static void hook_end(struct vm *vm, void *opaque)
{
	struct hook *h = opaque;

	(void)vm;
	check_host_end(h->host);
}

/* An emulated host would let a partitioned guest at the host's counters. */
static bool may_look_beyond(const struct checking *c)
{
	return c->mode != PMU_MODE_PARTITIONED || !c->targets.emulated_host;
}

static void set_params(const struct checking *c, const char *test,
		       char params[CHECK_PARAMS_MAX])
{
	unsigned int max = c->targets.scratch.n[c->target->index];
	int n = c->counters == PMU_COUNTERS_ALL ? (int)max : c->counters;
	char count[16] = "";

	/* 0 of scratch.h is "not known" */
	if (n || c->counters != PMU_COUNTERS_ALL)
		snprintf(count, sizeof(count), " n=%d", n);
	snprintf(params, CHECK_PARAMS_MAX, "test=%s ms=%d%s%s", test, KEEP_MS,
		 count, may_look_beyond(c) ? " beyond" : "");
}

/*
 * Run the guest while the host does @job.
 *
 * Return: as check_run_vm(); what is not a fault has become a line.
 */
static int run_guest(struct checking *c, const char *test, const char *filter,
		     enum check_id id, const struct check_job *job)
{
	struct hook hook = { .host = &c->host, .job = *job };
	const struct check_hooks hooks = { hook_begin, hook_end, &hook };
	struct check_want want = {
		.mode = c->mode,
		.counters = c->counters,
		.cpus = &c->target->cpus,
		.filter = filter,
	};
	struct err e = { .kind = ERR_NONE };
	int r;

	set_params(c, test, want.params);
	r = check_run_vm(&c->run, &want, &hooks, &e);
	if (r && r != -EINTR)
		add(c, id, e.kind == ERR_FAULT ? CHECK_FAIL : CHECK_SKIP,
		    e.text);
	else if (!r && *c->run.words.trouble)
		add(c, CHECK_START, CHECK_FAIL, c->run.words.trouble);
	return r;
}

static void check_beyond(struct checking *c)
{
	if (may_look_beyond(c))
		add_word(c, CHECK_BEYOND, WORD_BEYOND);
	else
		add(c, CHECK_BEYOND, CHECK_SKIP,
		    "this host is emulated, and QEMU does not keep a guest from the counters above its own");
}

static int check_basic(struct checking *c)
{
	static const struct {
		unsigned char id, word;
	} basic[] = {
		{ CHECK_N, WORD_N },
		{ CHECK_COUNTING, WORD_COUNTING },
		{ CHECK_CYCLES, WORD_CYCLES },
		{ CHECK_RATIO, WORD_RATIO },
		{ CHECK_SWINC, WORD_SWINC },
		{ CHECK_OVERFLOW, WORD_OVERFLOW },
	};
	const struct check_job job = { .order = CHECK_WATCH };
	int r = run_guest(c, "basic", NULL, CHECK_START, &job);
	size_t i;

	if (r)
		return r;
	for (i = 0; i < ARRAY_SIZE(basic); i++)
		add_word(c, basic[i].id, basic[i].word);
	check_beyond(c);
	return 0;
}

static int check_filter(struct checking *c)
{
	const struct check_job job = { .order = CHECK_WATCH };
	int r = run_guest(c, "filter", "deny:CPU_CYCLES", CHECK_FILTER, &job);

	if (!r)
		add_word(c, CHECK_FILTER, WORD_FILTER);
	return r;
}

/* The host works by itself for a while. */
static void measure_alone(struct checking *c, unsigned int when)
{
	const struct timespec ts = { .tv_nsec = HOST_MS * 1000000L };
	const struct check_job job = {
		.order = CHECK_LOAD,
		.pmu = c->target->index,
		.cpus = &c->target->cpus,
		.measure = &c->measure[when],
	};

	check_host_begin(&c->host, &job);
	nanosleep(&ts, NULL);
	check_host_end(&c->host);
}

static int check_keep(struct checking *c, enum check_id id)
{
	const struct check_job job = {
		.order = CHECK_LOAD,
		.pmu = c->target->index,
		.cpus = &c->target->cpus,
		.move = id == CHECK_MIGRATION,
		.measure = &c->measure[1],
	};
	int r;

	if (job.move && cpuset_count(job.cpus) < 2) {
		add(c, id, CHECK_SKIP, "there is only one CPU that the guest may run on");
		return 0;
	}
	r = run_guest(c, "keep", NULL, id, &job);
	if (r)
		return r;
	if (job.move && !c->host.moves &&
	    c->run.words.word[WORD_KEEP].verdict == CHECK_PASS)
		add(c, id, CHECK_SKIP, "the guest was done before it was moved");
	else
		add_word(c, id, WORD_KEEP);
	return 0;
}

static void judge_host(struct checking *c)
{
	int r = check_host_event(&c->host, c->target->index);
	enum check_verdict verdict;
	char why[CHECK_WHY_MAX];

	if (r) {
		snprintf(why, sizeof(why), "perf_event_open: %s: see kernel.perf_event_paranoid, or run as root",
			 err_name(r));
		add(c, CHECK_HOST, CHECK_SKIP, why);
		return;
	}
	/* time is all that is steady there, and the kernel has a part in it */
	if (c->targets.emulated_host &&
	    c->host.user_only[c->target->index]) {
		add(c, CHECK_HOST, CHECK_SKIP,
		    "this host is emulated, and perf hides the kernel's cycles from this user: run as root");
		return;
	}
	verdict = check_host_judge(c->measure, why);
	add(c, CHECK_HOST, verdict, verdict == CHECK_PASS ? NULL : why);
}

static int check_with_host(struct checking *c)
{
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(c->measure); i++)
		c->measure[i] = (struct check_measure){ .pieces = 0 };
	measure_alone(c, 0);
	r = check_keep(c, CHECK_PREEMPTION);
	if (r != -EINTR)
		r = check_keep(c, CHECK_MIGRATION);
	if (r == -EINTR)
		return r;
	measure_alone(c, 2);
	judge_host(c);
	return 0;
}

/* Return: -EINTR when a signal ended it; all else is in the report. */
static int check_mode(struct checking *c)
{
	int r;

	if (cpuset_empty(&c->target->cpus)) {
		add(c, CHECK_START, CHECK_SKIP,
		    "none of this PMU's CPUs may be used: they are offline, or excluded by taskset or a cpuset");
		return 0;
	}
	c->counters = check_targets_counters(&c->args, &c->targets, c->target,
					     c->mode);
	r = check_basic(c);
	if (r)
		return r == -EINTR ? r : 0;
	r = check_filter(c);
	return r == -EINTR ? r : check_with_host(c);
}

static int check_all(struct checking *c)
{
	unsigned int i, mode;
	int r = 0;

	for (i = 0; !r && i < c->targets.nr; i++) {
		c->target = &c->targets.target[i];
		for (mode = 0; !r && mode < PMU_MODE_NUM; mode++) {
			c->mode = (enum pmu_mode)mode;
			if (c->args.mode[mode])
				r = check_mode(c);
		}
	}
	return r;
}

static int report(struct checking *c, struct err *e)
{
	if (c->args.json && check_report_json(&c->report, stdout, e))
		return cmd_error(e);
	if (!c->args.json)
		check_report_end(&c->report, stdout);
	return check_report_status(&c->report);
}

static int check(struct checking *c, struct err *e)
{
	int r;

	log_set_level(LOG_ERROR);
	r = check_run_init(&c->run, CHECK_GUEST_CHECK, &c->targets.host,
			   c->args.dev, e);
	if (!r)
		r = check_targets_find(&c->args, &c->targets, e);
	if (!r)
		r = check_host_start(&c->host, &c->targets.host, e);
	if (r)
		return cmd_error(e);
	c->report.out = c->args.json ? NULL : stdout;
	if (check_all(c))
		return EXIT_SIGNAL + c->run.signal;
	return report(c, e);
}

int cmd_pmu_check(int argc, char **argv)
{
	struct checking *c = calloc(1, sizeof(*c));
	struct err e = { .kind = ERR_NONE };
	int r;

	if (!c) {
		err_fault(&e, -ENOMEM, "starting");
		return cmd_error(&e);
	}
	r = check_args_parse(argc, argv, false, &c->args, &e);
	if (r > 0) {
		fputs(help, stdout);
		r = 0;
	} else if (r < 0) {
		r = cmd_error(&e);
	} else {
		r = check(c, &e);
	}
	check_host_stop(&c->host);
	check_run_fini(&c->run);
	check_report_fini(&c->report);
	free(c);
	return r;
}
