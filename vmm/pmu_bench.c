// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu_bench - "tallyvm pmu bench": what an access to the PMU costs a guest
 *
 * One guest for each kind of access, and one that makes none: what KVM counted
 * for that one is taken off the others' exits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench_report.h"
#include "check_args.h"
#include "check_host.h"
#include "check_run.h"
#include "cmd.h"
#include "cmd_pmu.h"
#include "kvm_stats.h"
#include "log.h"
#include "util.h"

#define TURNS		1000	/* accesses in a round */
#define TURNS_OVERFLOW	100

static const char help[] =
"usage: tallyvm pmu bench [OPTIONS]\n"
"\n"
"Measures what each access of a guest to its PMU costs on this host, with\n"
"emulated and with partitioned counters.\n"
"\n"
"      --cluster WHAT  big, little, or the name of a PMU or core (default:\n"
"                      the largest cores)\n"
"      --counters N    event counters of the guest, at least 1 (default: one\n"
"                      less than there are)\n"
"      --json          the same for scripts\n"
"      --dev FILE      KVM device (default: /dev/kvm)\n"
"      --help          print this text\n"
"\n"
"Exit status:\n"
"    0  something could be measured\n"
"   33  tallyvm or the kernel failed\n"
"   35  the options are wrong\n"
"   77  nothing can be measured on this host\n";

struct bench {
	struct check_args args;
	struct check_targets targets;
	struct check_run run;
	struct check_host host;
	struct bench_report report;
	int64_t exits;		/* of the last guest, -1: not known */
};

static int64_t read_exits(const struct vm *vm)
{
	struct kvm_stats stats = { .fd = -1 };
	const struct kvm_stat *exits;
	int64_t ret = -1;
	int fd = kvm_ioctl(vm->vcpus[0].fd, KVM_GET_STATS_FD, NULL);

	if (fd < 0)
		return -1;
	if (kvm_stats_open(fd, &stats)) {
		kvm_close(&fd);
		return -1;
	}
	exits = kvm_stats_find(&stats, "exits");
	if (exits && !kvm_stats_read(&stats) && exits->value <= INT64_MAX)
		ret = (int64_t)exits->value;
	kvm_stats_close(&stats);
	return ret;
}

static void watch_begin(struct vm *vm, void *opaque)
{
	struct bench *b = opaque;
	const struct check_job job = { .order = CHECK_WATCH, .vm = vm };

	check_host_begin(&b->host, &job);
}

/* The vCPU had no exit before it ran: one reading is enough. */
static void watch_end(struct vm *vm, void *opaque)
{
	struct bench *b = opaque;

	check_host_end(&b->host);
	b->exits = read_exits(vm);
}

static int run_guest(struct bench *b, struct check_want *want, const char *op,
		     unsigned int turns, struct err *e)
{
	const struct check_hooks hooks = { watch_begin, watch_end, b };
	int r;

	snprintf(want->params, sizeof(want->params), "op=%s turns=%u", op,
		 turns);
	r = check_run_vm(&b->run, want, &hooks, e);
	if (r == -EBADMSG)
		return err_wrap(e, r, "%s, op=%s", pmu_mode_name(want->mode),
				op);
	if (!r && *b->run.words.trouble) {
		err_fault(e, 0, "in the guest: %s", b->run.words.trouble);
		return -EBADMSG;
	}
	return r;
}

static int bench_op(struct bench *b, struct check_want *want,
		    enum bench_op op, int64_t idle, struct err *e)
{
	int64_t exits;
	int r;

	r = run_guest(b, want, bench_op_name(op),
		      op == BENCH_OVERFLOW ? TURNS_OVERFLOW : TURNS, e);
	if (r)
		return r;
	exits = b->exits < 0 || idle < 0 ? -1 :
		b->exits > idle ? b->exits - idle : 0;
	r = bench_cell_make(&b->run.words, exits,
			    &b->report.cell[want->mode][op]);
	if (r)
		err_fault(e, 0, "%s: the guest gave no time",
			  bench_op_name(op));
	return r;
}

static int bench_mode(struct bench *b, enum pmu_mode mode, struct err *e)
{
	const struct check_target *t = &b->targets.target[0];
	struct check_want want = {
		.mode = mode,
		.counters = check_targets_counters(&b->args, &b->targets, t,
						   mode),
		.cpus = &t->cpus,
	};
	unsigned int op;
	int64_t idle;
	int r;

	b->report.counters[mode] = want.counters;
	r = run_guest(b, &want, "none", 0, e);
	idle = b->exits;
	for (op = 0; !r && op < BENCH_OP_NUM; op++)
		r = bench_op(b, &want, (enum bench_op)op, idle, e);
	return r;
}

/* A mode that this host does not have is no failure. */
static int bench_modes(struct bench *b, struct err *e)
{
	unsigned int mode;
	int r = 0;

	b->report.pmu = b->targets.target[0].dev->name;
	for (mode = PMU_MODE_EMULATED; !r && mode < PMU_MODE_NUM; mode++) {
		r = bench_mode(b, (enum pmu_mode)mode, e);
		if (r && r != -EINTR && e->kind != ERR_FAULT) {
			snprintf(b->report.why[mode],
				 sizeof(b->report.why[mode]), "%s", e->text);
			r = 0;
		}
	}
	return r;
}

static int report(const struct bench *b, struct err *e)
{
	if (b->args.json && bench_report_json(&b->report, stdout, e))
		return cmd_error(e);
	if (!b->args.json && bench_report_text(&b->report, stdout)) {
		err_fault(e, -ENOMEM, "making a table");
		return cmd_error(e);
	}
	return bench_report_known(&b->report) ? 0 : EXIT_HOST;
}

static int bench(struct bench *b, struct err *e)
{
	int r;

	log_set_level(LOG_ERROR);
	r = check_run_init(&b->run, CHECK_GUEST_BENCH, &b->targets.host,
			   b->args.dev, e);
	if (!r)
		r = check_targets_find(&b->args, &b->targets, e);
	if (!r)
		r = check_host_start(&b->host, &b->targets.host, e);
	if (!r)
		r = bench_modes(b, e);
	if (r == -EINTR && b->run.signal)
		return EXIT_SIGNAL + b->run.signal;
	return r ? cmd_error(e) : report(b, e);
}

int cmd_pmu_bench(int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct err e = { .kind = ERR_NONE };
	int r;

	if (!b) {
		err_fault(&e, -ENOMEM, "starting");
		return cmd_error(&e);
	}
	r = check_args_parse(argc, argv, true, &b->args, &e);
	if (!r && !b->args.counters)
		r = err_config(&e, "--counters: to measure takes at least one");
	if (r > 0) {
		fputs(help, stdout);
		r = 0;
	} else if (r < 0) {
		r = cmd_error(&e);
	} else {
		r = bench(b, &e);
	}
	check_host_stop(&b->host);
	check_run_fini(&b->run);
	free(b);
	return r;
}
