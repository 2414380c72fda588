/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_ask - the other end of a VM's control socket: control.h
 *
 * The process of a VM is trusted no more than its guest: lengths and times are
 * limited, and what it says is looked at by the caller as such.
 */
#ifndef VMM_VM_ASK_H
#define VMM_VM_ASK_H

#include <stdbool.h>
#include <sys/types.h>

#include "config.h"

/* what is left of a VM that does not answer after this is done without it */
#define VM_ASK_WAIT_MS 3000

/* What the VM sent: one text, and descriptors in order of vCPUs. */
struct vm_answer {
	char *text;		/* owned, terminated; NULL: no answer came */
	unsigned int nr;
	int fd[CONFIG_CPUS_MAX];	/* owned; -1 where taken out */
};

/**
 * vm_ask() - send a request, wait for the answer
 * @dir:     of the VM's entry: registry_dir()
 * @request: control_request.h
 * @ret:     vm_answer_fini() it, also after a failure
 *
 * Return: 0, also when no answer came; -ENOMEM.
 */
int vm_ask(const char *dir, pid_t pid, const char *request,
	   struct vm_answer *ret);

/** vm_answer_fini() - legal on a zeroed object and twice */
void vm_answer_fini(struct vm_answer *a);

#endif /* VMM_VM_ASK_H */
