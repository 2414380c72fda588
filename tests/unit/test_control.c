// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_control - a VM tells who may ask, and nobody can hold it up
 */
#include "vmm/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_kvm.h"
#include "t.h"
#include "util.h"
#include "virtio/balloon.h"
#include "virtio/net_dev.h"
#include "virtio/vdev_driver.h"
#include "vm_rig.h"
#include "vmm/control_request.h"
#include "vmm/stat_report.h"
#include "vmm/vm_view.h"

static const unsigned int on_cpu_0[4];

static struct vm_view view_of(const struct vm_rig *rig)
{
	struct registry_vm *vms;
	char dir[REGISTRY_PATH_MAX];
	struct vm_view view;
	struct err e;
	size_t nr;

	(void)rig;
	registry_dir(dir);
	ck_assert_msg(!registry_list(dir, &vms, &nr, &e), "%s", e.text);
	ck_assert_uint_eq(nr, 1);
	ck_assert_int_eq(vm_view_open(dir, vms, &view), 0);
	free(vms);
	return view;
}

static int connect_to(const struct vm_rig *rig)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s",
		 rig->session.control.path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		return -errno;
	}
	return fd;
}

/* The VM hangs up within the test's time limit. */
static void wait_closed(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[64];

	do
		ck_assert_int_eq(poll(&p, 1, 10000), 1);
	while (recv(fd, buf, sizeof(buf), 0) > 0);
	close(fd);
}

START_TEST(answers)
{
	struct vm_rig *rig = vm_rig_new(2, on_cpu_0);
	unsigned int before = fake_open_fds(), i;
	struct vm_view view;

	vm_rig_start(rig);
	view = view_of(rig);
	ck_assert(view.answered);
	ck_assert_str_eq(view.vm.name, "rig");
	ck_assert_str_eq(view.mode, "emulated");
	ck_assert_int_eq(view.counters, 4);
	ck_assert_uint_eq(view.nr, 2);
	vm_view_sample(&view);
	for (i = 0; i < 2; i++) {
		ck_assert_uint_eq(kvm_stats_find(&view.vcpu[i].stats,
						 "exits")->value, 100);
		ck_assert_int_ne(view.vcpu[i].tid, 0);
		ck_assert_str_eq(view.vcpu[i].cpus, "0");
		ck_assert_int_eq(view.vcpu[i].cpu, 0);
		ck_assert_uint_ne(view.vcpu[i].now.guest_ns, UINT64_MAX);
		ck_assert(!view.vcpu[i].displaced);
	}
	vm_view_close(&view);
	/* again: the descriptors are there already, and given once more */
	view = view_of(rig);
	ck_assert(view.answered && view.vcpu[1].stats.fd >= 0);
	vm_view_close(&view);
	ck_assert_uint_eq(fake_open_fds(), before + 2);
	ck_assert_uint_eq(fake_count(KVM_GET_STATS_FD), 2);
	vm_rig_free(rig);
}
END_TEST

/* A kernel before 5.14: everything else is still told. */
START_TEST(no_stats)
{
	struct vm_rig *rig = vm_rig_new(2, NULL);
	struct vm_view view;

	fake.no_stats = true;
	vm_rig_start(rig);
	view = view_of(rig);
	ck_assert(view.answered);
	ck_assert_str_eq(view.mode, "off");
	ck_assert_int_eq(view.vcpu[0].stats.fd, -1);
	vm_view_sample(&view);
	ck_assert_int_ne(view.vcpu[1].tid, 0);
	vm_view_close(&view);
	vm_rig_free(rig);
}
END_TEST

/* Nobody looks: no system call and no descriptor for it. */
START_TEST(lazy)
{
	struct vm_rig *rig = vm_rig_new(1, on_cpu_0);

	vm_rig_start(rig);
	usleep(50000);
	ck_assert_uint_eq(fake_count(KVM_GET_STATS_FD), 0);
	vm_rig_free(rig);
}
END_TEST

/* Clients that say nothing, talk nonsense, or go away, and far too many: none
 * keeps the next from an answer. */
START_TEST(hostile_clients)
{
	struct vm_rig *rig = vm_rig_new(1, on_cpu_0);
	static char much[4096];
	struct vm_view view;
	int fd[40], gone;
	size_t i;

	vm_rig_start(rig);
	for (i = 0; i < 40; i++) {
		fd[i] = connect_to(rig);
		ck_assert_int_ge(fd[i], 0);
		if (i % 3 == 0)
			send(fd[i], much, sizeof(much),
			     MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	for (i = 0; i < 3; i++) {
		gone = connect_to(rig);
		ck_assert_int_ge(gone, 0);
		close(gone);
	}
	view = view_of(rig);
	ck_assert(view.answered);
	vm_view_close(&view);
	/* the first had to go; those that are silent still may stay */
	for (i = 0; i < 40 - 2 * CONTROL_CLIENTS_MAX; i++)
		wait_closed(fd[i]);
	vm_rig_free(rig);
	for (; i < 40; i++)
		wait_closed(fd[i]);
}
END_TEST

static void say(int fd, const char *request)
{
	ck_assert_int_eq(send(fd, request, strlen(request), 0),
			 (ssize_t)strlen(request));
}

/* vCPUs that do not come out: eight may wait for them, and no vCPU is kicked
 * again for each of them.  Those that wait are not sent away for others. */
START_TEST(table_is_full)
{
	struct vm_rig *rig = vm_rig_new(1, on_cpu_0);
	struct control *c = &rig->session.control;
	int fd[CONTROL_CLIENTS_MAX + 1];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fd); i++) {
		fd[i] = connect_to(rig);
		say(fd[i], "stat");
	}
	control_serve(&rig->vm, POLLIN);
	ck_assert_uint_eq(c->nr_clients, 1);
	control_serve(&rig->vm, POLLIN);
	ck_assert(rig->vm.vcpus[0].run->immediate_exit);
	rig->vm.vcpus[0].run->immediate_exit = 0;
	for (i = 1; i < 4 * ARRAY_SIZE(fd); i++)
		control_serve(&rig->vm, POLLIN);
	ck_assert(!rig->vm.vcpus[0].run->immediate_exit);
	ck_assert_uint_eq(c->nr_clients, CONTROL_CLIENTS_MAX);
	/* the last one was sent away */
	wait_closed(fd[CONTROL_CLIENTS_MAX]);
	vm_rig_free(rig);
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		wait_closed(fd[i]);
}
END_TEST

/* The oldest of those that are silent goes, whoever waits stays. */
START_TEST(silent_clients_go)
{
	struct vm_rig *rig = vm_rig_new(1, on_cpu_0);
	struct control *c = &rig->session.control;
	int fd[CONTROL_CLIENTS_MAX + 1];
	struct pollfd p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fd); i++)
		fd[i] = connect_to(rig);
	say(fd[0], "stat");
	for (i = 0; i < 4 * ARRAY_SIZE(fd); i++)
		control_serve(&rig->vm, POLLIN);
	ck_assert_uint_eq(c->nr_clients, CONTROL_CLIENTS_MAX);
	wait_closed(fd[1]);
	ck_assert(c->client[0].waits && !c->client[1].waits);
	/* what the one that waits says now is not heard, and wakes nobody */
	say(fd[0], "stat");
	control_poll(c, &p);
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	vm_rig_free(rig);
	for (i = 2; i < ARRAY_SIZE(fd); i++)
		wait_closed(fd[i]);
	close(fd[0]);
}
END_TEST

/* They connect while the loop does not run, and are forgotten at the end. */
START_TEST(waiting_at_the_end)
{
	struct vm_rig *rig = vm_rig_new(1, on_cpu_0);
	int fd = connect_to(rig);

	ck_assert_int_ge(fd, 0);
	vm_rig_free(rig);
	wait_closed(fd);
}
END_TEST

START_TEST(others_are_kept_out)
{
	struct vm_rig *rig = vm_rig_new(1, NULL);
	struct stat st;
	int status;
	pid_t pid;

	ck_assert_int_eq(stat(rig->session.control.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	vm_rig_start(rig);
	if (!geteuid()) {
		/* the way is free, only the socket's own mode is not */
		ck_assert_int_eq(chmod(rig->dir, 0755), 0);
		pid = fork();
		if (!pid)
			_exit(setuid(65534) ? 1 :
			      connect_to(rig) == -EACCES ? 0 : 2);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(WEXITSTATUS(status), 0);
	}
	vm_rig_free(rig);
}
END_TEST

/* The mode was opened up: then the kernel's word about the peer counts. */
START_TEST(peer_is_checked)
{
	struct vm_rig *rig = vm_rig_new(1, NULL);
	char dir[96], buf[8];
	int status, fd;
	pid_t pid;

	if (!geteuid()) {
		snprintf(dir, sizeof(dir), "%s/tallyvm", rig->dir);
		chmod(rig->dir, 0755);
		chmod(dir, 0755);
		chmod(rig->session.control.path, 0666);
		vm_rig_start(rig);
		pid = fork();
		if (!pid) {
			fd = setuid(65534) ? -1 : connect_to(rig);
			_exit(fd < 0 ? 1 : recv(fd, buf, 8, 0) > 0 ? 2 : 0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(WEXITSTATUS(status), 0);
	}
	vm_rig_free(rig);
}
END_TEST

/* A VM whose loop stands still is shown without what it would say. */
START_TEST(no_answer)
{
	struct vm_rig *rig = vm_rig_new(1, on_cpu_0);
	struct vm_view view = view_of(rig);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert(!view.answered);
	vm_view_sample(&view);
	ck_assert_int_eq(stat_report_print(&view, 1, out), 0);
	fclose(out);
	ck_assert_msg(strstr(text, "does not answer") != NULL, "%s", text);
	free(text);
	vm_view_close(&view);
	vm_rig_free(rig);
}
END_TEST

static char *printed(const struct vm_view *view)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(stat_report_print(view, 1, out), 0);
	fclose(out);
	return text;
}

/* Totals first, then what happened in between. */
START_TEST(report)
{
	struct vm_rig *rig = vm_rig_new(1, on_cpu_0);
	struct vm_view view;
	json_t *root;
	char *text;

	vm_rig_start(rig);
	view = view_of(rig);
	vm_view_sample(&view);
	text = printed(&view);
	ck_assert_msg(strstr(text, "100  wfi 40, mmio_user 25, other 35\n") !=
		      NULL, "%s", text);
	ck_assert_msg(strstr(text, "emulated 4  fake_pmu") != NULL, "%s",
		      text);
	free(text);
	vm_view_sample(&view);
	view.vcpu[0].stats_before[0] = 90;
	view.elapsed_ns = 2000000000;
	view.vcpu[0].before.guest_ns = 0;
	view.vcpu[0].now.guest_ns = 1000000000;
	text = printed(&view);
	ck_assert_msg(strstr(text, "  50.0%  ") != NULL, "%s", text);
	ck_assert_msg(strstr(text, "  5  other 5\n") != NULL, "%s", text);
	free(text);
	root = stat_report_json(&view, 1);
	ck_assert_ptr_nonnull(root);
	text = json_dumps(root, JSON_COMPACT);
	ck_assert_msg(strstr(text, "\"wfi_exit_stat\":40") != NULL, "%s", text);
	free(text);
	json_decref(root);
	vm_view_close(&view);
	vm_rig_free(rig);
}
END_TEST

/* What a request is answered with, while the loop runs. */
static char *exchange(struct vm_rig *rig, const char *request, size_t len)
{
	int fd = connect_to(rig);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	static char buf[16384];
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(send(fd, request, len, MSG_NOSIGNAL), (ssize_t)len);
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	n = recv(fd, buf, sizeof(buf) - 1, 0);
	ck_assert_int_gt(n, 0);
	buf[n] = '\0';
	wait_closed(fd);
	return buf;
}

static void answers_with(struct vm_rig *rig, const char *request,
			 const char *what)
{
	const char *text = exchange(rig, request, strlen(request));

	ck_assert_msg(strstr(text, what) != NULL, "%s: %s", request, text);
}

static void add_balloon(struct vm_rig *rig)
{
	struct err e;

	ck_assert_int_eq(balloon_create("balloon0", 4096,
			 &rig->session.devices.dev[0], &e), 0);
	rig->session.devices.nr = 1;
	rig->session.devices.balloon = rig->session.devices.dev[0];
}

START_TEST(balloon_requests)
{
	struct vm_rig *rig = vm_rig_new(1, NULL);
	struct vm_memory m;
	char why[8];
	char *text;

	add_balloon(rig);
	vm_rig_start(rig);
	answers_with(rig, "balloon 16", "\"target\":16777216,");
	answers_with(rig, "balloon +2\n", "\"target\":18874368,");
	answers_with(rig, "balloon -3", "\"target\":15728640,");
	answers_with(rig, "balloon -9999999", "\"target\":0,");
	answers_with(rig, "balloon 64", "\"target\":67108864,");
	answers_with(rig, "balloon 65", "less memory");
	answers_with(rig, "balloon +1", "less memory");
	text = exchange(rig, "memory", 6);
	ck_assert_int_eq(vm_memory_understand(text, getpid(), &m, why,
					      sizeof(why)), 0);
	ck_assert(m.known && !m.driver);
	ck_assert_uint_eq(m.size, 64 << 20);
	ck_assert_uint_eq(m.target, 64 << 20);
	ck_assert_uint_eq(m.balloon, 0);
	ck_assert_uint_eq(m.age_ms, VM_MEMORY_UNKNOWN);
	ck_assert_uint_eq(m.guest[BALLOON_FREE], VM_MEMORY_UNKNOWN);
	vm_rig_free(rig);
}
END_TEST

START_TEST(no_balloon)
{
	struct vm_rig *rig = vm_rig_new(1, NULL);
	struct vm_memory m;
	char why[128], *text;

	vm_rig_start(rig);
	text = exchange(rig, "balloon 1", 9);
	ck_assert_int_eq(vm_memory_understand(text, getpid(), &m, why,
					      sizeof(why)), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(why, "no balloon"));
	text = exchange(rig, "memory", 6);
	ck_assert_int_eq(vm_memory_understand(text, getpid(), &m, why,
					      sizeof(why)), 0);
	ck_assert(!m.known);
	ck_assert_int_eq(vm_memory_understand(text, 1, &m, why, sizeof(why)),
			 -EPROTO);
	ck_assert_int_eq(vm_memory_understand("{\"pid\":", 1, &m, why,
					      sizeof(why)), -EPROTO);
	vm_rig_free(rig);
}
END_TEST

/* ---- devices ---- */

static void destroy_net(struct vdev *dev)
{
	free(net_of(dev));
}

static const struct vdev_ops net_ops = {
	.id = VIRTIO_ID_NET, .destroy = destroy_net,
};

static int no_ring(struct net *net, struct vdev_queue *q)
{
	(void)net;
	(void)q;
	return 0;
}

/* Frames go through us, or past us. */
static const struct net_backend by_us, by_others = { .ring_start = no_ring };

static struct vdev *add_net(struct vm_rig *rig, const char *name,
			    const struct net_backend *backend)
{
	struct virtio_devices *d = &rig->session.devices;
	struct net *net = calloc(1, sizeof(*net));

	ck_assert_ptr_nonnull(net);
	vdev_init(&net->dev, &net_ops, name);
	net->backend = backend;
	d->dev[d->nr++] = &net->dev;
	return &net->dev;
}

static char *json_of(const struct vm_view *view)
{
	json_t *root = stat_report_json(view, 1);
	char *text = json_dumps(root, JSON_COMPACT);

	ck_assert_ptr_nonnull(text);
	json_decref(root);
	return text;
}

static void has(char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no %s in %s", what, text);
	free(text);
}

static void has_not(char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) == NULL, "%s in %s", what, text);
	free(text);
}

static struct vm_rig *rig_with_devices(void)
{
	struct vm_rig *rig = vm_rig_new(1, NULL);

	add_balloon(rig);
	add_net(rig, "net0", &by_us);
	add_net(rig, "net1", &by_others);
	return rig;
}

/* One that nothing is wrong with is in JSON only. */
START_TEST(devices_in_order)
{
	struct vm_rig *rig = rig_with_devices();
	struct vm_view view;

	vm_rig_start(rig);
	view = view_of(rig);
	ck_assert(view.devices.known);
	ck_assert_uint_eq(view.devices.nr, 3);
	vm_view_sample(&view);
	has(json_of(&view), "\"devices\":["
	    "{\"name\":\"balloon0\",\"kind\":\"balloon\",\"status\":\"reset\",\"faults\":0,\"misuse\":0},"
	    "{\"name\":\"net0\",\"kind\":\"net\",\"status\":\"reset\",\"faults\":0,\"misuse\":0,\"bad_frames\":0},"
	    "{\"name\":\"net1\",\"kind\":\"net\",\"status\":\"reset\",\"faults\":0,\"misuse\":0,\"bad_frames\":null}],");
	has_not(printed(&view), "rig: ");
	vm_view_close(&view);
	vm_rig_free(rig);
}
END_TEST

/* What happened before somebody looks, and what happens meanwhile. */
START_TEST(devices_with_faults)
{
	struct vm_rig *rig = rig_with_devices();
	struct vdev **dev = rig->session.devices.dev;
	char dir[REGISTRY_PATH_MAX];
	struct vm_view view;

	vm_rig_start(rig);
	registry_dir(dir);
	vdev_set_status(dev[0], VIRTIO_CONFIG_S_FAILED);
	vdev_fault(dev[1], NULL, "wanted");
	net_bad_frame(net_of(dev[1]), "wanted");
	net_bad_frame(net_of(dev[1]), "wanted");
	view = view_of(rig);
	vm_view_sample(&view);
	has(printed(&view), "\nrig: balloon0 failed: faults 0, misuse 0\n"
	    "rig: net0 needs_reset: faults 1, misuse 0, bad frames 2\n");
	vdev_misuse(dev[1], "wanted");
	vdev_misuse(dev[2], "wanted");
	vdev_set_status(dev[0], 0);
	vdev_set_status(dev[1], 0);
	ck_assert_int_eq(vm_view_sample_devices(dir, &view), 0);
	has(printed(&view), "\nrig: net0 reset: faults 1, misuse 1, bad frames 2\n"
	    "rig: net1 reset: faults 0, misuse 1\n");
	has_not(printed(&view), "balloon0");
	has(json_of(&view), "\"status\":\"reset\",\"faults\":1,\"misuse\":1,\"bad_frames\":2}");
	vm_view_close(&view);
	vm_rig_free(rig);
}
END_TEST

/* As many as there can be, with numbers as long as they can be. */
START_TEST(devices_without_end)
{
	struct vm_rig *rig = vm_rig_new(1, NULL);
	struct vm_view view;
	unsigned int i;

	for (i = 0; i < VIRTIO_DEVICES_MAX; i++) {
		struct vdev *dev = add_net(rig, "network-device-", &by_us);

		dev->status = VIRTIO_CONFIG_S_ACKNOWLEDGE;
		dev->faults = INT64_MAX;
		dev->misuse_log.count = INT64_MAX - 1;
		net_of(dev)->bad_frames = UINT64_MAX;
	}
	vm_rig_start(rig);
	answers_with(rig, "devices", "\"misuse\":9223372036854775806,\"bad_frames\":null}]}");
	view = view_of(rig);
	ck_assert(view.answered);
	ck_assert_uint_eq(view.devices.nr, VIRTIO_DEVICES_MAX);
	for (i = 0; i < VIRTIO_DEVICES_MAX; i++) {
		ck_assert_str_eq(view.devices.device[i].status, "acknowledge");
		ck_assert_uint_eq(view.devices.device[i].faults, INT64_MAX);
	}
	vm_view_close(&view);
	vm_rig_free(rig);
}
END_TEST

/* No longer, or from the first: then nothing is said of its devices. */
START_TEST(devices_of_a_vm_that_does_not_answer)
{
	struct vm_rig *rig = rig_with_devices();
	struct vm_view view = view_of(rig);
	char dir[REGISTRY_PATH_MAX];

	registry_dir(dir);
	ck_assert(!view.answered && !view.devices.known);
	has(json_of(&view), "\"devices\":null,");
	/* and it is not waited for again */
	unlink(rig->session.control.path);
	ck_assert_int_eq(vm_view_sample_devices(dir, &view), 0);
	view.answered = true;
	view.devices = (struct vm_devices){ .known = true, .nr = 1 };
	ck_assert_int_eq(vm_view_sample_devices(dir, &view), 0);
	ck_assert(!view.devices.known && !view.devices.nr);
	vm_view_close(&view);
	vm_rig_free(rig);
}
END_TEST

#define GOOD "{\"name\":\"a\",\"status\":\"b\",\"faults\":1,\"misuse\":0}"

/* The process of a VM is trusted no more than its guest. */
START_TEST(devices_that_mean_nothing)
{
	static const char *const bad[] = {
		"", "{", "[]", "{\"pid\":7}",
		"{\"pid\":8,\"devices\":[" GOOD "]}",
		"{\"pid\":7,\"devices\":{}}",
		"{\"pid\":7,\"devices\":[" GOOD ",7]}",
		"{\"pid\":7,\"devices\":[{}]}",
		"{\"pid\":7,\"devices\":[{\"name\":\"\",\"status\":\"b\",\"faults\":1,\"misuse\":0}]}",
		"{\"pid\":7,\"devices\":[{\"name\":\"a\",\"status\":5,\"faults\":1,\"misuse\":0}]}",
		"{\"pid\":7,\"devices\":[{\"name\":\"a\",\"status\":\"b\",\"faults\":-1,\"misuse\":0}]}",
		"{\"pid\":7,\"devices\":[{\"name\":\"a\",\"status\":\"b\",\"faults\":1,\"misuse\":\"0\"}]}",
	};
	struct vm_devices d;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&d, 0xff, sizeof(d));
		vm_devices_understand(bad[i], 7, &d);
		ck_assert_msg(!d.known && !d.nr, "%s", bad[i]);
	}
	vm_devices_understand("{\"pid\":7,\"devices\":[" GOOD "]}", 7, &d);
	ck_assert(d.known && d.nr == 1 && !d.device[0].has_frames);
	ck_assert_uint_eq(d.device[0].faults, 1);
	vm_devices_understand("{\"pid\":7,\"devices\":[{\"name\":\"a\\u001b[1m0123456789012345\",\"status\":\"b\\n\",\"faults\":1,\"misuse\":0,\"bad_frames\":-1}]}", 7, &d);
	ck_assert(d.known && d.nr == 1);
	ck_assert_str_eq(d.device[0].name, "a?[1m0123456789");
	ck_assert_str_eq(d.device[0].status, "b?");
	ck_assert(d.device[0].has_frames);
	ck_assert_uint_eq(d.device[0].bad_frames, UINT64_MAX);
}
END_TEST

static void good_ones(unsigned int nr, struct vm_devices *ret)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fputs("{\"pid\":7,\"devices\":[" GOOD, out);
	while (--nr)
		fputs("," GOOD, out);
	fputs("]}", out);
	fclose(out);
	vm_devices_understand(text, 7, ret);
	free(text);
}

START_TEST(more_devices_than_there_can_be)
{
	struct vm_devices d;

	good_ones(VIRTIO_DEVICES_MAX, &d);
	ck_assert(d.known && d.nr == VIRTIO_DEVICES_MAX);
	good_ones(VIRTIO_DEVICES_MAX + 1, &d);
	ck_assert(!d.known && !d.nr);
}
END_TEST

START_TEST(no_requests)
{
	static const char *const bad[] = {
		"\n", "help", "stat ", "stat\n\n", " stat", "statx", "memory 1",
		"device", "devices ", "devices 1",
		"balloon", "balloon ", "balloon  1", "balloon 1 ", "balloon +",
		"balloon --1", "balloon 0x10", "balloon 12345678", "balloon 1 2",
	};
	struct vm_rig *rig = vm_rig_new(1, NULL);
	char longest[200];
	size_t i;

	vm_rig_start(rig);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		answers_with(rig, bad[i], "\"error\":\"no request");
	memset(longest, '1', sizeof(longest));
	memcpy(longest, "balloon ", 8);
	for (i = CONTROL_REQUEST_MAX - 1; i < sizeof(longest); i += 45)
		ck_assert_ptr_nonnull(strstr(exchange(rig, longest, i),
					     "no request"));
	ck_assert_ptr_nonnull(strstr(exchange(rig, "stat\0\0", 6),
				     "no request"));
	vm_rig_free(rig);
}
END_TEST

/* Every message of a few bytes out of those that mean something, and noise:
 * each is understood or refused, and what is understood is in range. */
START_TEST(request_fuzz)
{
	static const char *const seed[] = {
		"stat", "memory", "balloon 64", "balloon +9999999\n",
		"balloon -1", "devices",
	};
	static const char alphabet[] = "stamemorybln 0189+-\n\xff";
	struct control_request r;
	char text[CONTROL_REQUEST_MAX + 8];
	unsigned int n, state = 1, understood = 0;
	size_t i, len;

	for (n = 0; n < 300000; n++) {
		snprintf(text, sizeof(text), "%s", seed[n % ARRAY_SIZE(seed)]);
		len = strlen(text);
		for (i = 0; i < 1 + n % 3; i++) {
			state = state * 1103515245 + 12345;
			text[state / 65536 % (len + 1)] =
				alphabet[state / 65536 % sizeof(alphabet)];
		}
		len += n % 2;
		memset(&r, 0xff, sizeof(r));
		if (control_request_parse(text, len, &r))
			continue;
		understood++;
		ck_assert(r.verb < CONTROL_VERB_NUM);
		ck_assert(r.verb != CONTROL_BALLOON || r.mb <= 9999999);
	}
	ck_assert_uint_gt(understood, 100);
	ck_assert_int_eq(control_request_parse(NULL, 0, &r), -EINVAL);
}
END_TEST

T_MAIN("control", answers, no_stats, lazy, hostile_clients, table_is_full,
       silent_clients_go, waiting_at_the_end, others_are_kept_out,
       peer_is_checked, no_answer, report, balloon_requests, no_balloon,
       devices_in_order, devices_with_faults, devices_without_end,
       devices_of_a_vm_that_does_not_answer, devices_that_mean_nothing,
       more_devices_than_there_can_be, no_requests, request_fuzz)
