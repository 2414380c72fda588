/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session - what outlives one VM: files, console, event loop
 *
 * Every function opens what is not open yet, so a VM that is made again after
 * a guest reset runs the same list of steps.
 */
#ifndef VMM_SESSION_H
#define VMM_SESSION_H

#include "util.h"
#include "vm.h"

/** session_open_kvm() - /dev/kvm and its capabilities.
 *
 * Return: 0, or -errno with ERR_HOST: what is missing and what to do.
 */
int session_open_kvm(struct vm_session *s, struct err *e);

/** session_open_files() - kernel, initrd, --dump-dtb file.
 *
 * Return: 0, or -errno with ERR_CONFIG.
 */
int session_open_files(struct vm_session *s, struct err *e);

/** session_open_loop() - the eventfd.  Return: 0 or -errno */
int session_open_loop(struct vm_session *s, struct err *e);

#endif /* VMM_SESSION_H */
