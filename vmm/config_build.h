/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_build - a configuration while it is being put together
 *
 * Private to the config files.  Command line and TOML both bring every value
 * as text to one door, config_set(); a TOML value has been checked for its
 * type before.
 */
#ifndef VMM_CONFIG_BUILD_H
#define VMM_CONFIG_BUILD_H

#include "config.h"
#include "options.h"

/* One --vcpu-affinity, kept until the number of vCPUs is known. */
struct config_pin {
	char *text;		/* owned */
	struct origin origin;
};

struct config_build {
	struct vm_config *cfg;	/* not owned */
	struct origin from;	/* of the values being set */
	struct config_pin *pins;	/* owned, in the order written */
	size_t nr_pins;
};

/**
 * config_set() - check one value and put it in its place
 * @b:    being built; b->from says where the value comes from
 * @id:   setting
 * @text: value as written
 * @e:    on failure: what was wanted and what came, without the place
 *
 * The last value wins, except that CPU lists are collected.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int config_set(struct config_build *b, enum option_id id, const char *text,
	       struct err *e);

/**
 * config_resolve_pins() - the collected CPU lists to cfg->affinity
 *
 * After cfg->cpus is final.  Without lists cfg->affinity stays NULL.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int config_resolve_pins(struct config_build *b, struct err *e);

/** config_drop_pins() - forget the lists so far */
void config_drop_pins(struct config_build *b);

/**
 * config_load() - set what a TOML file says
 * @b:    being built
 * @path: file
 * @e:    on failure, with file, line and column of the first mistake
 *
 * Return: 0, -EINVAL, -ENOMEM, or why the file cannot be read.
 */
int config_load(struct config_build *b, const char *path, struct err *e);

/** config_place() - "--cpus" or "guest.toml:7:1" of any origin, in @buf */
const char *config_place(const struct vm_config *cfg, enum option_id id,
			 struct origin from, char *buf, size_t len);

#endif /* VMM_CONFIG_BUILD_H */
