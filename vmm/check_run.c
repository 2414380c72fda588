// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check_run - run one of the built-in guests; the contract is in check_run.h
 */
#include "check_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "session.h"
#include "vm_how.h"
#include "vm_plan.h"

#define SYSFS_ROOT "/sys"
#define WORD_MAX_ 64

/* What one VM is made of besides the session. */
struct parts {
	struct vm_config cfg;
	struct pmu_plan *plan;		/* owned */
	struct vm_how how;
};

static void run_wake(void *opaque)
{
	struct check_run *run = opaque;

	stop_wake(&run->vm.stop);
}

int check_run_init(struct check_run *run, enum check_guest guest,
		   const struct pmu_host *host, const char *dev,
		   struct err *e)
{
	int fd;

	run->host = host;
	run->dev = dev;
	vm_session_init(&run->session, NULL, host, NULL);
	run->session.signal_fd = loop_signals();
	if (run->session.signal_fd < 0)
		return err_fault(e, -errno, "making a signalfd");
	fd = check_guest_open(guest, e);
	if (fd < 0)
		return fd;
	run->session.kernel_fd = fd;
	return 0;
}

void check_run_fini(struct check_run *run)
{
	if (run->host)
		vm_session_fini(&run->session);
}

/*
 * The configuration of "tallyvm run" with these options, so that defaults are
 * where they always are; only what has no option is set by hand.
 */
static int make_config(const struct check_run *run,
		       const struct check_want *want, struct vm_config *ret,
		       struct err *e)
{
	char dev[CHECK_PARAMS_MAX], params[CHECK_PARAMS_MAX + 16];
	char counters[WORD_MAX_], filter[WORD_MAX_] = "";
	char *argv[] = {
		(char[]){ CHECK_GUEST_NAME }, (char[]){ "--nodefaults" },
		(char[]){ "--mem=32M" }, (char[]){ "--on-reset=exit" },
		(char[]){ "--pmu" }, dev, params, counters, filter,
	};
	int argc = ARRAY_SIZE(argv) - 2, r;

	snprintf(dev, sizeof(dev), "--dev=%s", run->dev);
	snprintf(params, sizeof(params), "--params=%s", want->params);
	if (want->counters != PMU_COUNTERS_ALL) {
		snprintf(counters, sizeof(counters), "--pmu-%s=%d",
			 want->mode == PMU_MODE_PARTITIONED ? "partition" :
			 "counters", want->counters);
		argc++;
	}
	if (want->filter) {
		snprintf(filter, sizeof(filter), "--pmu-filter=%s",
			 want->filter);
		argv[argc++] = filter;
	}
	r = config_parse(argc, argv, ret, e);
	if (r)
		return r;
	ret->name[0] = '\0';	/* the registry is for guests of people */
	ret->affinity = calloc(1, sizeof(*ret->affinity));
	if (!ret->affinity)
		return err_fault(e, -ENOMEM, "making a VM");
	*ret->affinity = *want->cpus;
	return 0;
}

static int make_parts(const struct check_run *run,
		      const struct check_want *want, struct parts *ret,
		      struct err *e)
{
	struct vm_planning planning = {
		.sysfs = SYSFS_ROOT, .host = run->host, .alone = true,
	};
	int r = make_config(run, want, &ret->cfg, e);

	if (!r)
		r = vm_plan_make(&planning, &ret->cfg, &ret->plan, e);
	if (!r)
		r = vm_how_make(&ret->cfg, SYSFS_ROOT, ret->plan, &ret->how,
				e);
	vm_plan_fini(&planning);
	return r;
}

static void free_parts(struct parts *p)
{
	vm_how_fini(&p->how);
	pmu_plan_free(p->plan);
	config_fini(&p->cfg);
}

/* A file in memory that cannot grow takes the place of stdout. */
static int open_console(struct console *c, struct serial *serial,
			struct err *e)
{
	_cleanup_fd_ int fd = memfd_create("console",
					   MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, CHECK_SAID_MAX) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW))
		return err_fault(e, -errno, "making a console in memory");
	*c = (struct console){
		.in_fd = -1, .out_fd = steal_fd(&fd), .out_file = true,
	};
	console_add_line(c, &serial_line_ops, serial);
	return 0;
}

/* The position is where the guest's last byte went. */
static int read_console(struct check_run *run, struct err *e)
{
	int fd = run->session.console.out_fd;
	off_t end = lseek(fd, 0, SEEK_CUR);
	ssize_t n;

	if (end < 0 || end > CHECK_SAID_MAX)
		return err_fault(e, -EIO, "reading what the guest said");
	n = pread(fd, run->said, (size_t)end, 0);
	if (n != end)
		return err_fault(e, -EIO, "reading what the guest said");
	run->len = (size_t)n;
	return 0;
}

static int judge_outcome(struct check_run *run, enum outcome outcome,
			 struct err *e)
{
	switch (outcome) {
	case OUTCOME_POWEROFF:
		return check_words_parse(run->said, run->len, &run->words, e);
	case OUTCOME_SIGNAL:
		run->signal = run->vm.stop.signal;
		return -EINTR;
	case OUTCOME_FAILED:
		*e = run->vm.stop.err;
		return -EBADMSG;
	default:
		err_fault(e, 0, "the guest ended by a reset or a panic");
		return -EBADMSG;
	}
}

static int create_vm(struct check_run *run, struct err *e)
{
	int r;

	do {
		r = vm_create(&run->vm, &run->session, e);
		if (r)
			vm_destroy(&run->vm);
	} while (r == -ESTALE);
	return r;
}

static int run_parts(struct check_run *run, struct parts *p,
		     const struct check_hooks *hooks, struct err *e)
{
	const struct serial_host host = { .wake = run_wake, .opaque = run };
	enum outcome outcome;
	int r;

	run->session.cfg = &p->cfg;
	run->session.plan = p->plan;
	run->session.how = &p->how.how;
	serial_init(&run->session.serial, &host);
	r = create_vm(run, e);
	if (r)
		return r;
	r = open_console(&run->session.console, &run->session.serial, e);
	if (!r) {
		if (hooks)
			hooks->begin(&run->vm, hooks->opaque);
		outcome = vm_run(&run->vm);
		if (hooks)
			hooks->end(&run->vm, hooks->opaque);
		r = read_console(run, e);
		if (!r)
			r = judge_outcome(run, outcome, e);
	}
	vm_destroy(&run->vm);
	console_close(&run->session.console);
	return r;
}

int check_run_vm(struct check_run *run, const struct check_want *want,
		 const struct check_hooks *hooks, struct err *e)
{
	struct parts p = { .plan = NULL };
	int r = make_parts(run, want, &p, e);

	if (!r)
		r = run_parts(run, &p, hooks, e);
	free_parts(&p);
	return r;
}
