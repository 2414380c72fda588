/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_devices - the kinds of virtio devices: one row and one file each
 */
#ifndef VMM_VM_DEVICES_H
#define VMM_VM_DEVICES_H

#include "config.h"
#include "err.h"

#define VM_DEVICE_KINDS 8

struct vdev;
struct vm_session;

struct vm_device_kind {
	const char *name;	/* with the index behind it: "disk0" */
	/* how many the configuration has */
	unsigned int (*count)(const struct vm_config *cfg);
	/*
	 * Make one and open what it needs on the host; the main thread, while
	 * there are privileges.  Return: 0, or -errno with @e filled.
	 */
	int (*make)(struct vm_session *s, unsigned int index,
		    const char *name, struct vdev **ret, struct err *e);
};

extern const struct vm_device_kind vm_device_kinds[VM_DEVICE_KINDS];

#endif /* VMM_VM_DEVICES_H */
