// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_run - "tallyvm run": configuration, plan, VM, outcome
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cmd.h"
#include "config.h"
#include "help.h"
#include "log.h"
#include "session.h"
#include "virtio/console.h"
#include "vm.h"
#include "vm_how.h"
#include "vm_plan.h"

#define SYSFS_ROOT "/sys"

/* Everything decided before a VM exists. */
struct run {
	struct vm_config cfg;
	struct pmu_host host;
	struct pmu_plan *plan;		/* owned; NULL: nothing to plan */
	struct vm_how how;
	struct vm_session session;
	struct vm vm;
};

int cmd_error(const struct err *e)
{
	static const int status[ERR_KIND_NUM] = {
		[ERR_NONE] = EXIT_FAULT,
		[ERR_CONFIG] = EXIT_CONFIG,
		[ERR_HOST] = EXIT_HOST,
		[ERR_FAULT] = EXIT_FAULT,
	};

	log_error("%s", e->text);
	return status[e->kind];
}

/* The host is only looked at when something depends on it. */
static int run_plan(struct run *run, struct err *e)
{
	struct vm_planning planning = {
		.sysfs = SYSFS_ROOT, .host = &run->host,
		.wordless = !run->cfg.dry_run && !log_enabled(LOG_DEBUG),
	};
	int r;

	if (!vm_plan_needed(&run->cfg))
		return 0;
	r = pmu_host_probe(SYSFS_ROOT, NULL, &run->host, e);
	if (r)
		return r;
	r = vm_plan_make(&planning, &run->cfg, &run->plan, e);
	vm_plan_fini(&planning);
	/* a refusal tells CPUs that are offline from CPUs that are forbidden */
	if (r && !pmu_host_probe_online(SYSFS_ROOT, &run->host, NULL))
		r = vm_plan_make(&planning, &run->cfg, &run->plan, e);
	if (!r)
		r = vm_how_make(&run->cfg, SYSFS_ROOT, run->plan, &run->how, e);
	vm_plan_fini(&planning);
	return r;
}

/* This thread is the event loop: it stays off the vCPUs' CPUs. */
static int run_pin_loop(const struct run *run, struct err *e)
{
	const struct cpuset *cpus = run->plan ? &run->plan->device_cpus : NULL;

	if (!cpus || cpuset_empty(cpus) ||
	    cpuset_equal(cpus, &run->host.allowed))
		return 0;
	if (sched_setaffinity(0, sizeof(cpus->bits),
			      (const cpu_set_t *)cpus->bits))
		return err_host(e, -errno, "the device thread cannot be kept off the vCPUs' CPUs: %s",
				err_name(errno));
	return 0;
}

/* One line for a start; the plan with its reasons is for --loglevel=debug. */
static void run_report(const struct run *run)
{
	const struct vm *vm = &run->vm;
	const struct vm_config *cfg = &run->cfg;

	char pmu[2 * PMU_REASON_MAX] = "";

	if (run->plan && vm->pmu.state == PMU_ST_VERIFIED)
		snprintf(pmu, sizeof(pmu), "; PMU %s, %s, %u event counters on each vCPU (read back)%s%s",
			 run->plan->vcpu[0].dev->name,
			 pmu_mode_name(vm->pmu.mode), vm->pmu.n,
			 *vm->pmu.note ? ": " : "", vm->pmu.note);
	log_info("%s: %u vCPU%s, %llu MB, %s, %s %s%s", cfg->name, cfg->cpus,
		 cfg->cpus == 1 ? "" : "s",
		 (unsigned long long)(cfg->mem_size >> 20),
		 gic_kind_name(vm->gic.kind),
		 image_kind_name(vm->layout.kernel.kind), cfg->kernel, pmu);
	if (run->plan && log_enabled(LOG_DEBUG))
		pmu_plan_print(run->plan, &run->host, "tallyvm: ", stderr);
}

/* What is typed goes to the virtio console if there is one. */
static void run_open_console(struct run *run)
{
	struct vm_session *s = &run->session;

	console_open(&s->console, run->cfg.panic_text);
	console_add_line(&s->console, &serial_line_ops, &s->serial);
	if (!s->devices.console)
		return;
	console_add_line(&s->console, &vcon_line_ops, s->devices.console);
	loop_resize(s);
}

/* One life of the VM, from creation to its outcome. */
static enum outcome run_once(struct run *run, struct err *e)
{
	enum outcome outcome;
	int r;

	do {
		r = vm_create(&run->vm, &run->session, e);
		if (r)
			vm_destroy(&run->vm);
	} while (r == -ESTALE);
	if (r)
		return OUTCOME_FAILED;

	/* once: a guest must not fill the log with resets */
	if (run->session.console.out_fd < 0) {
		if (log_enabled(LOG_INFO))
			run_report(run);
		run_open_console(run);
	}
	outcome = vm_run(&run->vm);
	if (outcome == OUTCOME_FAILED)
		*e = run->vm.stop.err;
	vm_destroy(&run->vm);
	return outcome;
}

static int run_status(const struct run *run, enum outcome outcome,
		      const struct err *e)
{
	switch (outcome) {
	case OUTCOME_POWEROFF:
		return EXIT_POWEROFF;
	case OUTCOME_RESET:
		log_info("the guest asked for a reset");
		return EXIT_RESET;
	case OUTCOME_PANIC:
		log_error("the guest panicked");
		return EXIT_PANIC;
	case OUTCOME_SIGNAL:
		log_info("ended by %s", run->vm.stop.signal == SIGINT ?
			 "SIGINT or Ctrl-A x" :
			 sigdescr_np(run->vm.stop.signal));
		return EXIT_SIGNAL + run->vm.stop.signal;
	default:
		return cmd_error(e);
	}
}

static void serial_wake(void *opaque)
{
	struct run *run = opaque;

	stop_wake(&run->vm.stop);
}

static int run_vm(struct run *run, struct err *e)
{
	const struct serial_host host = {
		.wake = serial_wake, .opaque = run,
	};
	enum outcome outcome;

	vm_session_init(&run->session, &run->cfg, &run->host, run->plan);
	run->session.signal_fd = loop_signals();
	if (run->session.signal_fd < 0) {
		err_fault(e, -errno, "making a signalfd");
		return cmd_error(e);
	}
	run->session.how = &run->how.how;
	serial_init(&run->session.serial, &host);
	do {
		outcome = run_once(run, e);
	} while (outcome == OUTCOME_RESET && !run->cfg.exit_on_reset);
	vm_session_fini(&run->session);
	return run_status(run, outcome, e);
}

/* The configuration first: it is of use even where there can be no plan. */
static int run_dry(struct run *run, struct err *e)
{
	config_print(&run->cfg, stdout);
	if (run_plan(run, e))
		return cmd_error(e);
	if (run->plan)
		pmu_plan_print(run->plan, &run->host, "# ", stdout);
	if (fflush(stdout) || ferror(stdout)) {
		err_fault(e, -errno, "writing to stdout");
		return cmd_error(e);
	}
	return EXIT_POWEROFF;
}

static int run_all(struct run *run, struct err *e)
{
	log_set_level((enum log_level)run->cfg.loglevel);
	if (run->cfg.dry_run)
		return run_dry(run, e);
	if (run_plan(run, e) || run_pin_loop(run, e))
		return cmd_error(e);
	return run_vm(run, e);
}

int cmd_run(int argc, char **argv)
{
	/*
	 * Most of it are buffers of the serial port. Pages that are zero and
	 * stay untouched; calloc(3) would write to what it has had before.
	 */
	struct run *run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct err e = { .kind = ERR_NONE };
	int r;

	if (run == MAP_FAILED) {
		err_fault(&e, -ENOMEM, "starting");
		return cmd_error(&e);
	}
	r = config_parse(argc, argv, &run->cfg, &e);
	if (r > 0) {
		help_run(stdout);
		r = EXIT_POWEROFF;
	} else if (r < 0) {
		r = cmd_error(&e);
	} else {
		r = run_all(run, &e);
	}
	vm_how_fini(&run->how);
	pmu_plan_free(run->plan);
	config_fini(&run->cfg);
	munmap(run, sizeof(*run));
	return r;
}
