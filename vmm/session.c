// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * session - what outlives one VM
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "session.h"

void vm_session_init(struct vm_session *s, const struct vm_config *cfg,
		     const struct pmu_host *host, const struct pmu_plan *plan)
{
	s->cfg = cfg;
	s->host = host;
	s->plan = plan;
	s->kvm_fd = -1;
	s->kernel_fd = -1;
	s->initrd_fd = -1;
	s->dtb_fd = -1;
	s->wake_fd = -1;
	s->signal_fd = -1;
	s->confined = false;
	s->attr5_is_foreign = false;
	s->registry = (struct registry){ .added = false };
	s->control = (struct control){ .open = false };
	s->console = (struct console){ .in_fd = -1, .out_fd = -1 };
	s->devices = (struct virtio_devices){ .nr = 0 };
}

void vm_session_fini(struct vm_session *s)
{
	vm_virtio_close(s);
	console_close(&s->console);
	control_close(&s->control);
	registry_remove(&s->registry);
	kvm_close(&s->signal_fd);
	kvm_close(&s->wake_fd);
	kvm_close(&s->dtb_fd);
	kvm_close(&s->initrd_fd);
	kvm_close(&s->kernel_fd);
	kvm_close(&s->kvm_fd);
}

/* Extensions without which nothing works, and what brought them. */
static const struct {
	unsigned int cap;
	const char *what;
} required[] = {
	{ KVM_CAP_DEVICE_CTRL, "devices in the kernel (KVM_CAP_DEVICE_CTRL, Linux 3.9)" },
	{ KVM_CAP_ONE_REG, "register access (KVM_CAP_ONE_REG, Linux 3.9)" },
	{ KVM_CAP_ARM_PSCI_0_2, "PSCI 0.2 (KVM_CAP_ARM_PSCI_0_2, Linux 3.16)" },
	{ KVM_CAP_IMMEDIATE_EXIT, "a safe stop (KVM_CAP_IMMEDIATE_EXIT, Linux 4.11)" },
};

static int session_check_kvm(int kvm_fd, const char *path, struct err *e)
{
	int version = kvm_ioctl(kvm_fd, KVM_GET_API_VERSION, NULL);
	size_t i;

	if (version < 0)
		return err_host(e, version, "%s is not KVM (KVM_GET_API_VERSION: %s): give the right device with --dev",
				path, err_name(version));
	if (version != KVM_API_VERSION)
		return err_host(e, -EPROTO, "%s speaks KVM API version %d, tallyvm needs %d: use another kernel",
				path, version, KVM_API_VERSION);
	for (i = 0; i < ARRAY_SIZE(required); i++)
		if (!kvm_check(kvm_fd, required[i].cap))
			return err_host(e, -EOPNOTSUPP, "KVM on this host lacks %s: use a newer kernel",
					required[i].what);
	return 0;
}

/* What a failure to open it says about the host; NULL: nothing. */
static const char *session_kvm_remedy(int r)
{
	if (r == -ENOENT || r == -ENODEV || r == -ENXIO)
		return "the kernel has no KVM, or was not started at EL2: load or enable it, or use a host whose firmware starts Linux at EL2";
	if (r == -EACCES || r == -EPERM)
		return "join the group that owns it (usually kvm), or run as root";
	return NULL;
}

int session_open_kvm(struct vm_session *s, struct err *e)
{
	const char *path = s->cfg->dev;
	int r;

	if (s->kvm_fd >= 0)
		return 0;
	r = kvm_open(path);
	if (r < 0 && !session_kvm_remedy(r))
		return err_fault(e, r, "opening %s", path);
	if (r < 0)
		return err_host(e, r, "cannot open %s: %s: %s", path,
				err_name(r), session_kvm_remedy(r));
	s->kvm_fd = r;
	return session_check_kvm(s->kvm_fd, path, e);
}

/* kvm-unit-tests' runner looks for this text before "Unable". */
static int session_open_input(const char *path, const char *what, int *ret_fd,
			      struct err *e)
{
	int fd;

	if (!path || *ret_fd >= 0)
		return 0;
	/* a FIFO would wait here for its writer; boot_load() refuses it */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		int error = errno;

		err_config(e, "Fatal: Unable to open %s %s: %s", what, path,
			   err_name(error));
		return -error;
	}
	*ret_fd = fd;
	return 0;
}

int session_open_files(struct vm_session *s, struct err *e)
{
	const struct vm_config *cfg = s->cfg;
	int r;

	r = session_open_input(cfg->kernel, "kernel", &s->kernel_fd, e);
	if (!r)
		r = session_open_input(cfg->initrd, "initrd", &s->initrd_fd, e);
	if (r || !cfg->dump_dtb || s->dtb_fd >= 0)
		return r;

	s->dtb_fd = open(cfg->dump_dtb, O_WRONLY | O_CREAT | O_TRUNC |
			 O_CLOEXEC | O_NONBLOCK, 0666);
	if (s->dtb_fd < 0)
		return err_config(e, "cannot write the device tree to %s (--dump-dtb): %s",
				  cfg->dump_dtb, err_name(errno));
	return 0;
}

int session_open_loop(struct vm_session *s, struct err *e)
{
	if (s->wake_fd >= 0)
		return 0;
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd < 0)
		return err_fault(e, -errno, "making an eventfd");
	return 0;
}
