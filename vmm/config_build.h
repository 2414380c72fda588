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

/* The device whose keys are being set. */
struct config_device {
	enum option_id id;
	void *dev;		/* its struct, in vm_config */
	uint64_t given;		/* a bit for each key, in the order of rows */
};

struct config_build {
	struct vm_config *cfg;	/* not owned */
	struct origin from;	/* of the values being set */
	struct config_pin *pins;	/* owned, in the order written */
	size_t nr_pins;
	struct config_device device;
};

/**
 * config_set() - check one value and put it in its place
 * @b:    being built; b->from says where the value comes from
 * @id:   setting
 * @text: value as written
 * @e:    on failure: what was wanted and what came, without the place
 *
 * The last value wins, except that CPU lists and devices are collected.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int config_set(struct config_build *b, enum option_id id, const char *text,
	       struct err *e);

/** config_set_at() - as config_set(), of any row: the value goes to the row's
 * offset in @target, and no origin is noted */
int config_set_at(struct config_build *b, const struct option_def *def,
		  void *target, const char *text, struct err *e);

/**
 * config_device_begin() - start a new device of an option of type DEVICE
 * @b:  being built; b->from is noted as the device's origin
 * @id: the option
 * @e:  filled on failure
 *
 * Then config_device_key() any number of times, and config_device_end().  A
 * device that is not ended is not there.
 *
 * Return: 0, or -EINVAL: there are as many as there may be.
 */
int config_device_begin(struct config_build *b, enum option_id id,
			struct err *e);

/**
 * config_device_key() - set one key of the device
 * @key:  row of that device; OPTION_LIST may be set many times, others once
 * @text: value as written
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int config_device_key(struct config_build *b, const struct option_def *key,
		      const char *text, struct err *e);

/** config_device_end() - is it complete, do its keys fit together, is it alike
 * another?  Then it counts.  Return: 0 or -EINVAL */
int config_device_end(struct config_build *b, struct err *e);

/** config_device_text() - a whole device from "FILE,ro,queues=4".
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int config_device_text(struct config_build *b, const struct option_def *def,
		       const char *text, struct err *e);

/** config_drop_devices() - forget the devices of one option so far */
void config_drop_devices(struct vm_config *cfg, enum option_id id);

/*
 * config_check_disk(), _net(), _fs() - option_device.check of each
 */
int config_check_disk(const void *dev, struct err *e);
int config_check_net(const void *dev, struct err *e);
int config_check_fs(const void *dev, struct err *e);

/** config_check_folders() - that no disk is one.  Return: 0 or -EINVAL */
int config_check_folders(const struct vm_config *cfg, struct err *e);

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
