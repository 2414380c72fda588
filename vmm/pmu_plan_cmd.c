// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu_plan_cmd - "tallyvm pmu plan": plan VMs together, start nothing
 */
#include "pmu_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "cmd_pmu.h"
#include "json.h"
#include "log.h"
#include "pmu/scratch.h"
#include "util.h"
#include "vm_plan.h"

struct args {
	bool json;
	bool recorded;		/* --sysfs: another machine's tree */
	const char *sysfs;
	char **files;		/* owned array: FILE.toml, in argv */
	int nr_files;
	char **options;		/* owned array: everything else, and room for
				 * what is added for each file */
	int nr_options;
};

static void print_help(FILE *out)
{
	fputs("usage: tallyvm pmu plan [--json] [--sysfs DIR] [OPTIONS OF RUN] "
	      "[FILE.toml...]\n"
	      "\n"
	      "Plan guests as \"tallyvm run\" would, and start nothing: the "
	      "CPUs, PMU and\n"
	      "counters of each vCPU, and why.  Several files are planned "
	      "together, one\n"
	      "after the other; the options count for each of them.\n"
	      "\n"
	      "   --json       as JSON\n"
	      "   --sysfs DIR  plan for the machine that DIR was copied from\n",
	      out);
}

static bool is_file(const char *word, const char *before)
{
	const size_t len = strlen(word);

	return len > 5 && word[0] != '-' && !strcmp(word + len - 5, ".toml") &&
	       (!before || strcmp(before, "--config") != 0);
}

/* Return: 0, 1 for help, -EINVAL, -ENOMEM. */
static int parse_args(int argc, char **argv, struct args *a, struct err *e)
{
	int i;

	/* "--dry-run --config FILE" may come on top */
	a->options = calloc(argc + 4, sizeof(*a->options));
	a->files = calloc(argc + 1, sizeof(*a->files));
	if (!a->options || !a->files)
		return err_fault(e, -ENOMEM, "reading the command line");
	a->sysfs = "/sys";
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return 1;
		if (!strcmp(argv[i], "--json")) {
			a->json = true;
		} else if (!strcmp(argv[i], "--sysfs")) {
			if (++i == argc)
				return err_config(e, "--sysfs: wants a "
						  "directory, and nothing "
						  "follows");
			a->sysfs = argv[i];
			a->recorded = true;
		} else if (is_file(argv[i], i ? argv[i - 1] : NULL)) {
			a->files[a->nr_files++] = argv[i];
		} else {
			a->options[a->nr_options++] = argv[i];
		}
	}
	return 0;
}

static void free_args(struct args *a)
{
	free(a->options);
	free(a->files);
}

/* The name that was given, else that of the file. */
static void label_vm(struct plan_vm *vm, const char *file)
{
	const char *base = file ? strrchr(file, '/') : NULL;

	base = base ? base + 1 : file;
	if (vm->cfg.origin[OPT_NAME].kind != ORIGIN_DEFAULT)
		snprintf(vm->label, sizeof(vm->label), "%s", vm->cfg.name);
	else
		snprintf(vm->label, sizeof(vm->label), "%.*s",
			 base ? (int)(strlen(base) - strlen(".toml")) : 5,
			 base ? base : "guest");
}

/* No kernel has to be named: nothing is started. */
static int configure_vm(struct args *a, char *file, struct plan_vm *vm,
			struct err *e)
{
	int nr = a->nr_options, err;

	a->options[nr++] = (char *)"--dry-run";
	if (file) {
		a->options[nr++] = (char *)"--config";
		a->options[nr++] = file;
	}
	err = config_parse(nr, a->options, &vm->cfg, e);
	label_vm(vm, file);
	return err;
}

static int configure_all(struct args *a, struct plan_report *r, struct err *e)
{
	const int nr = a->nr_files ? a->nr_files : 1;
	int err;

	r->vms = calloc(nr, sizeof(*r->vms));
	if (!r->vms)
		return err_fault(e, -ENOMEM, "planning %d VMs", nr);
	while (r->nr < (size_t)nr) {
		/* counted before: it is to be freed also when it failed */
		struct plan_vm *vm = &r->vms[r->nr++];

		err = configure_vm(a, a->files[r->nr - 1], vm, e);
		if (err)
			return err;
	}
	return 0;
}

/* Of a recorded machine every CPU may be used and no VM runs. */
static int probe_host(const struct args *a, struct plan_report *r,
		      struct err *e)
{
	char dir[REGISTRY_PATH_MAX];
	struct pmu_scratch scratch;
	struct cpuset all;
	int err;

	if (a->recorded) {
		memset(&all, 0xff, sizeof(all));
		err = pmu_host_probe(a->sysfs, &all, &r->host, e);
		r->host.allowed = r->host.online;
		return err;
	}
	err = pmu_host_probe(a->sysfs, NULL, &r->host, e);
	if (!err)
		err = pmu_host_probe_online(a->sysfs, &r->host, e);
	if (!err && registry_dir(dir))
		err = registry_list(dir, &r->running, &r->nr_running, e);
	if (err)
		return err;
	/* without KVM the numbers are not known, and that is no failure */
	if (!pmu_scratch_probe(r->vms[0].cfg.dev, &r->host, 0, &scratch, NULL))
		memcpy(r->max, scratch.n, sizeof(r->max));
	return 0;
}

static void plan_one(struct vm_planning *p, struct plan_vm *vm)
{
	if (!vm_plan_needed(&vm->cfg))
		return;
	vm->err = vm_plan_make(p, &vm->cfg, &vm->plan, &vm->e);
	if (!vm->err)
		vm->err = vm_plan_claim(p, vm->label, vm->plan, &vm->e);
}

static int show(const struct args *a, const struct plan_report *r,
		struct err *e)
{
	int err;

	if (a->json)
		return json_out_print(plan_report_json(r), stdout, e);
	err = plan_report_print(r, stdout);
	return err ? err_fault(e, err, "printing the plan") : 0;
}

/* What could not be planned decides the status, the first one. */
static int plan_all(const struct args *a, struct plan_report *r)
{
	struct vm_planning p = {
		.sysfs = a->sysfs, .host = &r->host, .alone = a->recorded,
	};
	struct err e = { .kind = ERR_NONE };
	int status = 0, err;
	size_t i;

	memcpy(p.max, r->max, sizeof(p.max));
	for (i = 0; i < r->nr; i++)
		plan_one(&p, &r->vms[i]);
	vm_plan_fini(&p);
	err = show(a, r, &e);
	if (err)
		return cmd_error(&e);
	for (i = 0; !status && i < r->nr; i++) {
		if (r->vms[i].err) {
			err_wrap(&r->vms[i].e, r->vms[i].err, "%s",
				 r->vms[i].label);
			status = cmd_error(&r->vms[i].e);
		}
	}
	return status;
}

int cmd_pmu_plan(int argc, char **argv)
{
	_cleanup_free_ struct plan_report *r = calloc(1, sizeof(*r));
	struct err e = { .kind = ERR_NONE };
	struct args a = { .json = false };
	int err, status;

	if (!r) {
		err_fault(&e, -ENOMEM, "starting");
		return cmd_error(&e);
	}
	err = parse_args(argc, argv, &a, &e);
	if (!err)
		err = configure_all(&a, r, &e);
	if (!err)
		err = probe_host(&a, r, &e);
	if (err > 0)
		print_help(stdout);
	status = err > 0 ? 0 : err ? cmd_error(&e) : plan_all(&a, r);
	plan_report_fini(r);
	free_args(&a);
	return status;
}
