// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help - the texts for the terminal
 */
#include "help.h"

#include <string.h>

#include "options.h"

#define HELP_COLUMN 30	/* where the explanations begin */

void help_top(FILE *out)
{
	fputs("usage: tallyvm COMMAND [ARGUMENTS]\n"
	      "\n"
	      "tallyvm runs a virtual machine on KVM for arm64 and manages the "
	      "guest's PMU.\n"
	      "\n"
	      "The most commonly used commands are:\n"
	      "   run       run a guest in the foreground\n"
	      "   stat      what running guests do\n"
	      "   balloon   change how much memory a running guest has\n"
	      "   pmu       what guests can get of this host's PMUs\n"
	      "   help      this text; \"tallyvm help run\" has the options\n"
	      "   version   print the version\n"
	      "\n"
	      "First steps:\n"
	      "   tallyvm run Image --initrd initrd.gz\n"
	      "   tallyvm run Image --pmu --dry-run\n", out);
}

/* "  -c, --cpus N", "      --[no-]pmu"; returns the number of columns. */
static int print_forms(const struct option_def *def, FILE *out)
{
	const char *no = def->type == OPTION_BOOL ? "[no-]" : "";
	int len;

	if (def->letter)
		len = fprintf(out, "  -%c, ", def->letter);
	else
		len = fprintf(out, "      ");
	len += fprintf(out, "--%s%s", no, def->name);
	if (def->arg)
		len += fprintf(out, " %s", def->arg);
	return len;
}

/* What follows a form of @len columns: what it does, and the default. */
static void print_rest(const struct option_def *def, int len, FILE *out)
{
	/* a long form gets a line of its own */
	if (len + 2 > HELP_COLUMN) {
		fputc('\n', out);
		len = 0;
	}
	len = fprintf(out, "%*s%s", HELP_COLUMN - len, "", def->help) + len;
	if (def->initial) {
		if (len + strlen(def->initial) + strlen(" (default: )") > 79)
			fprintf(out, "\n%*s", HELP_COLUMN - 1, "");
		fprintf(out, " (default: %s)", def->initial);
	}
	fputc('\n', out);
}

static void print_key(const struct option_def *key, FILE *out)
{
	int len = fprintf(out, "          %s=%s", key->name,
			  key->arg ? key->arg : "on|off");

	print_rest(key, len, out);
}

static void print_option(const struct option_def *def, FILE *out)
{
	const struct option_def *key;

	print_rest(def, print_forms(def, out), out);
	for (key = def->device ? def->device->keys : NULL; key && key->name;
	     key++)
		print_key(key, out);
}

static void print_group(enum option_group group, FILE *out)
{
	enum option_id id;

	fprintf(out, "\n%s:\n", option_group_name(group));
	for (id = 0; id < OPT_NUM; id++)
		if (option_table[id].group == group)
			print_option(&option_table[id], out);
}

static const char run_head[] =
"usage: tallyvm run [OPTIONS] KERNEL\n"
"       tallyvm run [OPTIONS] FILE.toml\n"
"\n"
"Boots an arm64 kernel as a KVM guest in the foreground.  Options stand\n"
"before or after the kernel, as \"--opt value\" or \"--opt=value\"; they\n"
"override the file.  A name may be shortened as long as one option is meant.\n"
"A device takes words with commas between: first what its form shows in\n"
"capitals, then keys; ro is ro=on, and a comma in a value is written ,,\n"
"\n"
"What a guest has when nothing else is said: 1 vCPU (not all of the host's),\n"
"512 MiB, GICv3 with ITS where KVM has it, else GICv3, else GICv2m; a serial\n"
"port, a PL031 clock and a pvpanic device; no disk, no network, no PMU; the\n"
"kernel command line \"console=ttyS0\" and --params.  A guest that resets is\n"
"restarted.\n";

static const char run_tail[] =
"\n"
"Examples:\n"
"  tallyvm run Image --initrd initrd.gz --mem 1G --cpus 2\n"
"      boot with two vCPUs\n"
"  tallyvm run Image --cpus 2 --vcpu-affinity 0:4 --vcpu-affinity 1:5 --pmu\n"
"      a PMU, and each vCPU on a host CPU of its own\n"
"  tallyvm run guest.toml --pmu-partition=4 --pmu-fallback=emulate --dry-run\n"
"      show what would be done with a file and two options; start nothing\n"
"  tallyvm run Image -d debian.img,queues=2 -p \"root=/dev/vda1 rw\" -n user\n"
"      a disk, and the network of the host through passt\n"
"\n"
"Exit status:\n"
"    0  the guest powered itself off\n"
"   32  the guest reset itself and --on-reset=exit was given\n"
"   33  tallyvm or the kernel failed\n"
"   34  the guest panicked (it said so on its pvpanic device)\n"
"   35  the configuration is wrong; nothing was started\n"
"   77  this host cannot do what was asked; a test run may take it as a skip\n"
"  128+n  ended by signal n: 129 SIGHUP, 130 SIGINT, 143 SIGTERM\n"
"\n"
"More: tallyvm-run(1), tallyvm.toml(5)\n";

void help_run(FILE *out)
{
	enum option_group group;

	fputs(run_head, out);
	for (group = 0; group < GROUP_NUM; group++)
		print_group(group, out);
	fputs("      --help                  print this text\n", out);
	fputs(run_tail, out);
}
