// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_balloon - "tallyvm balloon": take memory from a running guest, or give it
 * back
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "control_request.h"
#include "registry.h"
#include "util.h"
#include "vm_ask.h"
#include "vm_view.h"

struct args {
	const char *name;	/* of the VM, or its PID */
	const char *option;	/* that asks for a change, or NULL */
	char sign;		/* '+', '-', or 0 */
	const char *mb;
};

static void print_help(FILE *out)
{
	fputs("usage: tallyvm balloon -n NAME [--set MB | -i MB | -d MB]\n"
	      "\n"
	      "The balloon of a running guest that was started with --balloon "
	      "takes memory\n"
	      "from the guest and gives it to the host, and back.  Without a "
	      "change it is\n"
	      "only shown.\n"
	      "\n"
	      "   -n, --name NAME    the guest, or its PID\n"
	      "       --set MB       the balloon is to hold so much\n"
	      "   -i, --inflate MB   so much more than now\n"
	      "   -d, --deflate MB   so much less\n"
	      "\n"
	      "The guest gives what it can spare, in its own time: look again, "
	      "or see\n"
	      "\"tallyvm stat -m\".\n", out);
}

static const struct {
	const char *letter, *word;
	char sign;
} changes[] = {
	{ "-i", "--inflate", '+' },
	{ "-d", "--deflate", '-' },
	{ "--set", "--set", 0 },
};

/* Return: whether @arg is @word, or begins "@word=", with the value after it
 * or in the next argument. */
static bool take_option(int argc, char **argv, int *i, const char *letter,
			const char *word, const char **ret)
{
	const char *arg = argv[*i];
	size_t len = strlen(word);

	if (!strncmp(arg, word, len) && arg[len] == '=') {
		*ret = arg + len + 1;
		return true;
	}
	if (strcmp(arg, word) != 0 && strcmp(arg, letter) != 0)
		return false;
	*ret = *i + 1 < argc ? argv[++*i] : "";
	return true;
}

static int take_change(int argc, char **argv, int *i, struct args *a,
		       struct err *e)
{
	const char *arg = argv[*i];
	size_t k;

	for (k = 0; k < ARRAY_SIZE(changes); k++) {
		if (!take_option(argc, argv, i, changes[k].letter,
				 changes[k].word, &a->mb))
			continue;
		if (a->option)
			return err_config(e, "%s and %s: one change at a time",
					  a->option, changes[k].word);
		a->option = changes[k].word;
		a->sign = changes[k].sign;
		return 0;
	}
	if (*arg == '-' || a->name)
		return err_config(e, "\"%.64s\" is not an option: see --help",
				  arg);
	a->name = arg;
	return 0;
}

/* Return: 0, 1 for help, -EINVAL. */
static int parse_args(int argc, char **argv, struct args *a, struct err *e)
{
	int i, err = 0;

	for (i = 0; !err && i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return 1;
		if (!take_option(argc, argv, &i, "-n", "--name", &a->name))
			err = take_change(argc, argv, &i, a, e);
	}
	if (!err && (!a->name || !*a->name))
		return err_config(e, "which guest? name it: -n NAME");
	return err;
}

/* The request in the words of control_request.h, checked as it will be. */
static int make_request(const struct args *a, char *buf, size_t len,
			struct err *e)
{
	const char sign[2] = { a->sign };
	struct control_request r;
	int n;

	n = snprintf(buf, len, a->option ? "balloon %s%s" : "memory", sign,
		     a->mb);
	if (n < 0 || (size_t)n >= len || (a->option &&
	    (strspn(a->mb, "0123456789") != strlen(a->mb) ||
	     control_request_parse(buf, (size_t)n, &r))))
		return err_config(e, "%s: wants MB, 0 to 9999999, got \"%.64s\"",
				  a->option, a->mb);
	return 0;
}

static int find_vm(const char *dir, const char *name, struct registry_vm *ret,
		   struct err *e)
{
	_cleanup_free_ struct registry_vm *vms = NULL;
	size_t nr = 0, i;
	int err = registry_list(dir, &vms, &nr, e);

	if (err)
		return err;
	for (i = 0; i < nr; i++) {
		if (!registry_is(&vms[i], name))
			continue;
		*ret = vms[i];
		return 0;
	}
	return err_config(e, "no guest \"%.64s\" of this user is running "
			  "(looked in %s)", name, dir);
}

static void print_memory(const char *name, const struct vm_memory *m)
{
	printf("%s: balloon holds %llu MB of %llu MB, is to hold %llu MB\n",
	       name, (unsigned long long)(m->balloon >> 20),
	       (unsigned long long)(m->size >> 20),
	       (unsigned long long)(m->target >> 20));
	if (!m->driver)
		printf("%s: the guest does not use its balloon\n", name);
}

static int understand(const struct vm_answer *answer,
		      const struct registry_vm *vm, struct err *e)
{
	struct vm_memory m = { .known = false };
	char why[128];
	int r;

	if (!answer->text)
		return err_fault(e, -ETIMEDOUT, "%s does not answer", vm->name);
	r = vm_memory_understand(answer->text, vm->pid, &m, why, sizeof(why));
	if (r == -EOPNOTSUPP)
		return err_config(e, "%s: %s", vm->name, why);
	if (r)
		return err_fault(e, r, "the answer of %s", vm->name);
	if (!m.known)
		return err_config(e, "%s: the guest has no balloon: start it with --balloon",
				  vm->name);
	print_memory(vm->name, &m);
	return 0;
}

static int run(const struct args *a, struct err *e)
{
	struct vm_answer answer = { .nr = 0 };
	char request[CONTROL_REQUEST_MAX], dir[REGISTRY_PATH_MAX];
	struct registry_vm vm;
	int err = make_request(a, request, sizeof(request), e);

	if (err)
		return err;
	if (!registry_dir(dir))
		return err_config(e, "XDG_RUNTIME_DIR is too long, or not an "
				  "absolute path");
	err = find_vm(dir, a->name, &vm, e);
	if (err)
		return err;
	err = vm_ask(dir, vm.pid, request, &answer);
	if (err)
		err_fault(e, err, "asking %s", vm.name);
	else
		err = understand(&answer, &vm, e);
	vm_answer_fini(&answer);
	return err;
}

int cmd_balloon(int argc, char **argv)
{
	struct err e = { .kind = ERR_NONE };
	struct args a = { .name = NULL };
	int err = parse_args(argc, argv, &a, &e);

	if (err > 0) {
		print_help(stdout);
		return 0;
	}
	if (!err)
		err = run(&a, &e);
	if (!err && fflush(stdout))
		err = err_fault(&e, -EIO, "printing");
	return err ? cmd_error(&e) : 0;
}
