// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * privilege - give up what start-up needed
 *
 * no_new_privs makes the bounding set irrelevant: execve(2) cannot raise the
 * permitted set any more, not even for user 0 (security/commoncap.c,
 * cap_bprm_creds_from_file()), so one system call does what dropping each
 * capability from the bounding set would take forty for.
 */
#include "privilege.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>

/*
 * Nothing is kept.  Pinning needs no capability, since a thread may always
 * choose among the CPUs its cpuset allows (sched_setaffinity(2)); the serial
 * port, the clock and KVM need none once their files are open.  A device that
 * does need one adds it to the set here, by name and with its reason.
 */
int privilege_drop(struct err *e)
{
	cap_t caps;
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_fault(e, -errno, "setting no_new_privs");

	caps = cap_init();
	if (!caps)
		return err_fault(e, -errno, "making an empty capability set");
	r = cap_set_proc(caps) ? -errno : 0;
	cap_free(caps);
	if (r)
		return err_fault(e, r, "dropping capabilities");
	return 0;
}
