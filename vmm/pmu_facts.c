// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu_facts - all that can be found out about the host's PMUs
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "pmu/klog.h"
#include "pmu_facts.h"

/* A recorded host had its own idea of which CPUs may be used. */
static int probe_host(const struct pmu_args *args, struct pmu_host *host,
		      struct err *e)
{
	struct cpuset all;
	int err;

	memset(&all, 0xff, sizeof(all));
	err = pmu_host_probe(args->sysfs, args->recorded ? &all : NULL, host,
			     e);
	if (!err)
		err = pmu_host_probe_online(args->sysfs, host, e);
	if (!err)
		err = pmu_host_probe_cores(args->sysfs, host, e);
	return err;
}

/* What only the running kernel can tell; each may fail for itself. */
static void probe_running(const struct pmu_args *args, struct pmu_facts *f)
{
	f->log = pmu_klog_read();
	pmu_require_cmdline(args->proc, f->cmdline);
	(void)pmu_holders_probe(args->proc, f->log, &f->holders, NULL);
	(void)pmu_scratch_probe(args->dev, &f->host, 0, &f->scratch,
				&f->no_kvm);
}

int pmu_facts_probe(const struct pmu_args *args, struct pmu_facts *ret,
		    struct err *e)
{
	unsigned int i;
	int err;

	memset(ret, 0, sizeof(*ret));
	ret->running = !args->recorded;
	err = probe_host(args, &ret->host, e);
	for (i = 0; !err && i < ret->host.nr; i++)
		err = pmu_event_list_probe(args->sysfs, ret->host.dev[i].name,
					   &ret->events[i], e);
	if (err)
		return err;
	if (ret->running) {
		probe_running(args, ret);
		return 0;
	}
	ret->holders.watchdog = PMU_WATCHDOG_UNKNOWN;
	return err_host(&ret->no_kvm, 0, "%s is a recorded host: its kernel "
			"cannot be asked", args->sysfs);
}

void pmu_facts_fini(struct pmu_facts *f)
{
	unsigned int i;

	for (i = 0; i < PMU_HOST_MAX; i++)
		pmu_event_list_fini(&f->events[i]);
	pmu_holders_fini(&f->holders);
	free(f->log);
	f->log = NULL;
}

unsigned int pmu_facts_best(const struct pmu_facts *f)
{
	unsigned int i, best = 0;

	for (i = 1; i < f->host.nr; i++)
		if (f->scratch.n[i] > f->scratch.n[best])
			best = i;
	return best;
}

struct pmu_req_facts pmu_facts_require(const struct pmu_facts *f,
				       unsigned int dev, unsigned int n)
{
	bool asked = f->no_kvm.kind == ERR_NONE;
	const struct pmu_offer nobody = { PMU_NOT_ASKED, PMU_NOT_ASKED };

	return (struct pmu_req_facts){
		.offer = asked ? f->scratch.can.offer : nobody,
		.n = n,
		.max = f->scratch.n[dev],
		.cmdline = f->cmdline,
		.log = f->log,
		.kvm = asked ? PMU_REQ_MET :
		       f->running ? PMU_REQ_MISSING : PMU_REQ_UNKNOWN,
		.guest_pmu = f->scratch.can.pmu ? PMU_REQ_MET :
						  PMU_REQ_MISSING,
	};
}

const char *pmu_facts_core(const struct pmu_dev *dev, char *buf, size_t len)
{
	const char *name = pmu_core_name(dev->midr);

	buf[0] = '\0';
	if (!name && dev->midr)
		snprintf(buf, len, "MIDR 0x%llx",
			 (unsigned long long)dev->midr);
	return name ? name : buf;
}

int pmu_facts_command(int argc, char **argv, const char *help,
		      int (*report)(const struct pmu_args *args,
				    const struct pmu_facts *facts,
				    struct err *e))
{
	struct pmu_facts *facts = calloc(1, sizeof(*facts));
	struct err e = { .kind = ERR_NONE };
	struct pmu_args args;
	int ret;

	if (!facts) {
		err_fault(&e, -ENOMEM, "starting");
		return cmd_error(&e);
	}
	ret = pmu_args_parse(argc, argv, &args, &e);
	if (ret > 0) {
		fputs(help, stdout);
		ret = 0;
	} else if (ret < 0 || pmu_facts_probe(&args, facts, &e)) {
		ret = cmd_error(&e);
	} else {
		ret = report(&args, facts, &e);
	}
	pmu_facts_fini(facts);
	free(facts);
	return ret;
}
