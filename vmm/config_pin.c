// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_pin - "[VCPUS:]CPULIST" to one set of host CPUs for each vCPU
 */
#include "config_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpuset.h"

static int parse_list(const char *text, const char *what, struct cpuset *ret,
		      struct err *e)
{
	int err = cpuset_parse(text, ret);

	if (err == -ERANGE)
		return err_config(e, "\"%.64s\": %s numbers end at %d", text,
				  what, CPUSET_MAX - 1);
	if (err || cpuset_empty(ret))
		return err_config(e, "\"%.64s\" is not a list of %ss such as "
				  "\"0\", \"2-3\" or \"0-1,4\"", text, what);
	return 0;
}

static int check_vcpus(const struct cpuset *vcpus, unsigned int cpus,
		       struct err *e)
{
	unsigned int beyond = cpuset_next(vcpus, cpus);

	if (beyond >= CPUSET_MAX)
		return 0;
	return err_config(e, "there is no vCPU %u: the guest has %u (--cpus), "
			  "counted from 0", beyond, cpus);
}

/* What stands before the colon. */
static int parse_vcpus(const char *text, size_t len, unsigned int cpus,
		       struct cpuset *ret, struct err *e)
{
	char *head = strndup(text, len);
	int err;

	if (!head)
		return err_fault(e, -ENOMEM, "reading a CPU list");
	err = parse_list(head, "vCPU", ret, e);
	if (!err)
		err = check_vcpus(ret, cpus, e);
	free(head);
	return err;
}

static int resolve(struct vm_config *cfg, const char *text, struct err *e)
{
	const char *colon = strchr(text, ':');
	struct cpuset vcpus = { 0 }, host;
	unsigned int i;
	int ret;

	/*
	 * The first colon divides, although the kernel's lists may have one
	 * too, for a stride: "0-6:2" is vCPUs 0 to 6 on CPU 2.
	 */
	if (colon) {
		ret = parse_vcpus(text, colon - text, cfg->cpus, &vcpus, e);
		if (ret)
			return ret;
		text = colon + 1;
	}
	ret = parse_list(text, "CPU", &host, e);
	if (ret)
		return ret;
	for (i = 0; i < cfg->cpus; i++)
		if (!colon || cpuset_has(&vcpus, i))
			cfg->affinity[i] = host;
	return 0;
}

int config_resolve_pins(struct config_build *b, struct err *e)
{
	struct vm_config *cfg = b->cfg;
	char place[128];
	size_t i;
	int ret;

	if (!b->nr_pins)
		return 0;
	cfg->affinity = calloc(cfg->cpus, sizeof(*cfg->affinity));
	if (!cfg->affinity)
		return err_fault(e, -ENOMEM, "keeping the CPU lists");
	for (i = 0; i < b->nr_pins; i++) {
		ret = resolve(cfg, b->pins[i].text, e);
		if (ret)
			return err_wrap(e, ret, "%s",
					config_place(cfg, OPT_VCPU_AFFINITY,
						     b->pins[i].origin, place,
						     sizeof(place)));
	}
	return 0;
}

void config_drop_pins(struct config_build *b)
{
	size_t i;

	for (i = 0; i < b->nr_pins; i++)
		free(b->pins[i].text);
	free(b->pins);
	b->pins = NULL;
	b->nr_pins = 0;
}
