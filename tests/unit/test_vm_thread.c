// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vm_thread - vCPU threads are found in /proc, and what it says of them
 * is understood, also where files or fields are missing
 */
#include <string.h>
#include <unistd.h>

#include "sysfs_tree.h"
#include "t.h"
#include "util.h"
#include "vmm/vm_view.h"

#define PID 700

static struct vcpu_view vcpus[2];

static struct vm_view fresh(void)
{
	memset(vcpus, 0, sizeof(vcpus));
	return (struct vm_view){
		.vm = { .pid = PID }, .nr = 2, .vcpu = vcpus,
	};
}

START_TEST(found_by_name)
{
	static const char *const lines[] = {
		"700/task/700/comm=tallyvm",
		"700/task/703/comm=vcpu0",
		"700/task/701/comm=vcpu1",
		/* none of these is a vCPU of this VM */
		"700/task/704/comm=vcpu2",
		"700/task/705/comm=vcpu",
		"700/task/706/comm=vcpu0x",
		"700/task/707/comm=vcpu-1",
		"700/task/708/comm=vcpu99999999999999999999",
		"700/task/nonsense/comm=vcpu0",
	};
	struct vm_view view = fresh();
	struct tree tree;
	size_t i;

	tree_init(&tree);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		tree_add(&tree, lines[i]);
	vm_thread_find(&view, tree.root);
	ck_assert_int_eq(vcpus[0].tid, 703);
	ck_assert_int_eq(vcpus[1].tid, 701);
	tree_fini(&tree);
	/* the VM has gone */
	view = fresh();
	vm_thread_find(&view, tree.root);
	ck_assert_int_eq(vcpus[0].tid, 0);
}
END_TEST

/* fields 3 to 44 of proc(5); processor is 39, guest_time 43 */
#define STAT "700/task/703/stat=703 (vcpu0 ) 9) S 4 5 6 7 8 9 10 11 12 13 " \
	"14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 "  \
	"36 37 38 2 40 41 42 150 0"

START_TEST(understood)
{
	const uint64_t guest = UINT64_C(150) * 1000000000 /
			       sysconf(_SC_CLK_TCK);
	static const char sched[] = "vcpu0 (703, #threads: 3)\n"
				    "se.exec_start          :  10.5\n"
				    "se.nr_migrations       :  33\n";
	static const char status[] = "Cpus_allowed:\t3\n"
				     "Cpus_allowed_list:\t0-1,4\n"
				     "Mems_allowed_list:\t0\n";
	struct vcpu_view v = { .tid = 703 };
	struct tree tree;

	tree_init(&tree);
	tree_add(&tree, STAT);
	tree_add(&tree, "700/task/703/schedstat=2500000000 400 12");
	tree_write(&tree, "700/task/703/sched", sched, strlen(sched));
	tree_write(&tree, "700/task/703/status", status, strlen(status));
	vm_thread_sample(&v, PID, tree.root);
	ck_assert_int_eq(v.cpu, 2);
	ck_assert_uint_eq(v.now.guest_ns, guest);
	ck_assert_uint_eq(v.now.host_ns, UINT64_C(2500000000) - guest);
	ck_assert_uint_eq(v.now.wait_ns, 400);
	ck_assert_uint_eq(v.now.migrations, 33);
	ck_assert_str_eq(v.cpus, "0-1,4");
	/* the next sample keeps this one; the guest's tick is ahead */
	tree_add(&tree, "700/task/703/schedstat=100 500 13");
	vm_thread_sample(&v, PID, tree.root);
	ck_assert_uint_eq(v.before.wait_ns, 400);
	ck_assert_uint_eq(v.now.wait_ns, 500);
	ck_assert_uint_eq(v.now.host_ns, 0);
	tree_fini(&tree);
}
END_TEST

START_TEST(not_known)
{
	static const char *const lines[] = {
		"700/task/703/other=", "700/task/703/stat=",
		"700/task/703/stat=703 (vcpu0) S 1 2",
		"700/task/703/stat=703 vcpu0", "700/task/703/schedstat=x",
		"700/task/703/sched=", "700/task/703/status=",
	};
	struct vcpu_view v = { .tid = 703 };
	struct tree tree;
	size_t i;

	tree_init(&tree);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		tree_add(&tree, lines[i]);
		vm_thread_sample(&v, PID, tree.root);
		ck_assert_uint_eq(v.now.guest_ns, UINT64_MAX);
		ck_assert_uint_eq(v.now.host_ns, UINT64_MAX);
		ck_assert_uint_eq(v.now.wait_ns, UINT64_MAX);
		ck_assert_uint_eq(v.now.migrations, UINT64_MAX);
	}
	v.tid = 0;
	vm_thread_sample(&v, PID, tree.root);
	ck_assert_uint_eq(v.now.wait_ns, UINT64_MAX);
	tree_fini(&tree);
}
END_TEST

T_MAIN("vm_thread", found_by_name, understood, not_known)
