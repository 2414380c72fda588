// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_stat - "tallyvm stat" and "tallyvm pmu top": running VMs, live
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_pmu.h"
#include "json.h"
#include "log.h"
#include "registry.h"
#include "stat_report.h"
#include "util.h"
#include "vm_view.h"

#define INTERVAL_MAX 86400
/* clear the screen, then home: ECMA-48, ED and CUP */
#define CLEAR_SCREEN "\033[2J\033[H"

struct args {
	const char *name;	/* of the one VM, or its PID; NULL: all */
	bool json, once, screen, memory;
	double interval;	/* seconds */
};

/* The VMs that are looked at. */
struct views {
	char dir[REGISTRY_PATH_MAX];
	struct vm_view *view;	/* owned array */
	size_t nr;
};

static void print_help(FILE *out)
{
	fputs("usage: tallyvm stat [-m] [--json] [--once | --interval SECONDS] "
	      "[NAME | PID]\n"
	      "       tallyvm pmu top [the same]\n"
	      "\n"
	      "What the vCPUs of running guests do: time in guest and host, "
	      "migrations,\n"
	      "exits by reason, PMU.  First the totals, then each second what "
	      "happened in\n"
	      "it, until the last guest ends.  \"stat\" writes lines, for "
	      "logs; \"pmu top\"\n"
	      "clears the screen before each table.  Below it are devices that "
	      "something was\n"
	      "wrong with, and all of them in JSON.\n"
	      "\n"
	      "   -m, --memory        instead: how the guests use their memory, "
	      "for those\n"
	      "                       with a balloon (--balloon)\n"
	      "   --once              totals since the start, once\n"
	      "   --interval SECONDS  instead of 1; fractions are possible\n"
	      "   --json              totals, one line of JSON each time\n"
	      "   -n, --name NAME     as NAME; -a, --all: all guests, as without "
	      "a name\n",
	      out);
}

static int parse_interval(const char *text, struct args *a, struct err *e)
{
	char *end = NULL;

	a->interval = text ? strtod(text, &end) : 0;
	if (!end || end == text || *end ||
	    !(a->interval >= 0.01 && a->interval <= INTERVAL_MAX))
		return err_config(e, "--interval: wants seconds, 0.01 to %d, "
				  "got \"%.64s\"", INTERVAL_MAX,
				  text ? text : "");
	return 0;
}

static int parse_name(const char *name, struct args *a, struct err *e)
{
	if (!name)
		return err_config(e, "--name: wants the name of a guest, or "
				  "its PID");
	if (a->name)
		return err_config(e, "\"%.64s\" and \"%.64s\": name one "
				  "guest, or none to see all", a->name, name);
	a->name = name;
	return 0;
}

static bool is_flag(const char *arg, const char *letter, const char *word)
{
	return (letter && !strcmp(arg, letter)) || !strcmp(arg, word);
}

/* Flags that say no more than themselves.  Return: whether it is one. */
static bool parse_flag(const char *arg, struct args *a)
{
	if (is_flag(arg, NULL, "--json"))
		a->json = true;
	else if (is_flag(arg, NULL, "--once"))
		a->once = true;
	else if (is_flag(arg, "-m", "--memory"))
		a->memory = true;
	else
		return is_flag(arg, "-a", "--all");
	return true;
}

/* Return: 0, 1 for help, -EINVAL. */
static int parse_args(int argc, char **argv, struct args *a, struct err *e)
{
	int i, err = 0;

	a->interval = 1;
	for (i = 0; !err && i < argc; i++) {
		if (is_flag(argv[i], "-h", "--help"))
			return 1;
		if (parse_flag(argv[i], a))
			continue;
		if (is_flag(argv[i], NULL, "--interval"))
			err = parse_interval(argv[++i], a, e);
		else if (!strncmp(argv[i], "--interval=", 11))
			err = parse_interval(argv[i] + 11, a, e);
		else if (is_flag(argv[i], "-n", "--name"))
			err = parse_name(argv[++i], a, e);
		else if (argv[i][0] == '-')
			err = err_config(e, "%.64s is not an option: see "
					 "--help", argv[i]);
		else
			err = parse_name(argv[i], a, e);
	}
	return err;
}

static const struct registry_vm *find_vm(const struct registry_vm *vms,
					 size_t nr, pid_t pid)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (vms[i].pid == pid)
			return &vms[i];
	return NULL;
}

/* Also because a descriptor of statistics keeps a VM alive in the kernel. */
static void drop_gone(struct views *v, const struct registry_vm *vms,
		      size_t nr)
{
	size_t i, kept = 0;

	for (i = 0; i < v->nr; i++) {
		if (find_vm(vms, nr, v->view[i].vm.pid))
			v->view[kept++] = v->view[i];
		else
			vm_view_close(&v->view[i]);
	}
	v->nr = kept;
}

static bool has_view(const struct views *v, pid_t pid)
{
	size_t i;

	for (i = 0; i < v->nr; i++)
		if (v->view[i].vm.pid == pid)
			return true;
	return false;
}

static int add_view(struct views *v, const struct registry_vm *vm)
{
	struct vm_view *more = reallocarray(v->view, v->nr + 1, sizeof(*more));
	int err;

	if (!more)
		return -ENOMEM;
	v->view = more;
	err = vm_view_open(v->dir, vm, &more[v->nr]);
	if (err)
		vm_view_close(&more[v->nr]);
	else
		v->nr++;
	return err;
}

/* When it was opened it has told of its devices already. */
static int sample(const struct args *a, const char *dir, struct vm_view *view)
{
	int err = 0;

	vm_view_sample(view);
	if (view->elapsed_ns && (a->json || !a->memory))
		err = vm_view_sample_devices(dir, view);
	if (!err && (a->json || a->memory))
		err = vm_view_sample_memory(dir, view);
	return err;
}

/* Make the views those of the VMs that run now, and sample them. */
static int look(const struct args *a, struct views *v, struct err *e)
{
	_cleanup_free_ struct registry_vm *vms = NULL;
	size_t nr = 0, i;
	int err;

	err = registry_list(v->dir, &vms, &nr, e);
	if (err)
		return err;
	drop_gone(v, vms, nr);
	for (i = 0; !err && i < nr; i++)
		if ((!a->name || registry_is(&vms[i], a->name)) &&
		    !has_view(v, vms[i].pid))
			err = add_view(v, &vms[i]);
	if (err)
		return err_fault(e, err, "looking at the VMs");
	for (i = 0; !err && i < v->nr; i++)
		err = sample(a, v->dir, &v->view[i]);
	return err ? err_fault(e, err, "looking at the VMs") : 0;
}

static int show(const struct args *a, const struct views *v, struct err *e)
{
	json_t *root;
	int err;

	if (a->json) {
		root = stat_report_json(v->view, v->nr);
		err = !root || json_dumpf(root, stdout, JSON_COMPACT |
					  JSON_PRESERVE_ORDER);
		json_decref(root);
		putchar('\n');
	} else {
		if (a->screen)
			fputs(CLEAR_SCREEN, stdout);
		err = a->memory ?
			stat_memory_print(v->view, v->nr, stdout) :
			stat_report_print(v->view, v->nr, stdout);
		if (!a->once && !a->screen)
			putchar('\n');
	}
	if (err || fflush(stdout))
		return err_fault(e, -EIO, "printing");
	return 0;
}

static void pause_for(double seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	nanosleep(&ts, NULL);
}

static int nothing(const struct args *a, const struct views *v, struct err *e)
{
	if (a->name)
		return err_config(e, "no guest \"%.64s\" of this user is "
				  "running (looked in %s)", a->name, v->dir);
	if (a->json)
		puts("{\"vms\":[]}");
	else
		printf("no guest of this user is running (looked in %s)\n",
		       v->dir);
	return 0;
}

static int run(const struct args *a, struct views *v, struct err *e)
{
	int err;

	err = look(a, v, e);
	if (!err && !v->nr)
		return nothing(a, v, e);
	while (!err && v->nr) {
		err = show(a, v, e);
		if (err || a->once)
			break;
		pause_for(a->interval);
		err = look(a, v, e);
	}
	return err;
}

static int stat_or_top(int argc, char **argv, bool top)
{
	struct err e = { .kind = ERR_NONE };
	struct args a = { .name = NULL };
	struct views v = { .nr = 0 };
	int err;

	err = parse_args(argc, argv, &a, &e);
	if (err > 0) {
		print_help(stdout);
		return 0;
	}
	a.screen = top && isatty(STDOUT_FILENO);
	if (!err && !registry_dir(v.dir))
		err = err_config(&e, "XDG_RUNTIME_DIR is too long, or not an "
				 "absolute path");
	if (!err)
		err = run(&a, &v, &e);
	while (v.nr)
		vm_view_close(&v.view[--v.nr]);
	free(v.view);
	return err ? cmd_error(&e) : 0;
}

int cmd_stat(int argc, char **argv)
{
	return stat_or_top(argc, argv, false);
}

int cmd_pmu_top(int argc, char **argv)
{
	return stat_or_top(argc, argv, true);
}
