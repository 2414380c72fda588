// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fake_stats - write what KVM_GET_STATS_FD gives; Linux api.rst, 4.133
 */
#include "fake_stats.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm.h"

static const struct {
	const char *name;
	uint16_t size;
	uint64_t value;
} stats[FAKE_STATS_NR] = {
	{ "exits", 1, 100 },
	{ "wfi_exit_stat", 1, 40 },
	{ "mmio_exit_user", 1, 25 },
	{ "halt_wait_hist", 4, 7 },
	{ "signal_exits", 1, 0 },
};

struct description {
	struct kvm_stats_desc desc;
	char name[FAKE_STATS_NAME];
};

struct file {
	struct kvm_stats_header head;
	char id[FAKE_STATS_NAME];
	struct description desc[FAKE_STATS_NR];
	uint64_t data[16];
};

static void fill(struct file *f)
{
	uint32_t at = 0;
	int i;

	*f = (struct file){
		.head = {
			.name_size = FAKE_STATS_NAME,
			.num_desc = FAKE_STATS_NR,
			.id_offset = offsetof(struct file, id),
			.desc_offset = offsetof(struct file, desc),
			.data_offset = offsetof(struct file, data),
		},
		.id = "kvm-1/vcpu-0",
	};
	for (i = 0; i < FAKE_STATS_NR; i++) {
		f->desc[i].desc.size = stats[i].size;
		f->desc[i].desc.offset = at * sizeof(uint64_t);
		snprintf(f->desc[i].name, sizeof(f->desc[i].name), "%s",
			 stats[i].name);
		f->data[at] = stats[i].value;
		at += stats[i].size;
	}
}

static void spoil(struct file *f, const struct fake_stats_fault *fault)
{
	if (fault->name_size)
		f->head.name_size = fault->name_size;
	if (fault->num_desc)
		f->head.num_desc = fault->num_desc;
	if (fault->desc_offset)
		f->head.desc_offset = fault->desc_offset;
	if (fault->data_offset)
		f->head.data_offset = fault->data_offset;
	if (fault->name)
		memcpy(f->desc[0].name, fault->name,
		       strnlen(fault->name, FAKE_STATS_NAME));
}

int fake_stats_fd(const struct fake_stats_fault *fault)
{
	int fd = memfd_create("stats", MFD_CLOEXEC);
	size_t len = sizeof(struct file);
	struct file f;

	fill(&f);
	if (fault)
		spoil(&f, fault);
	if (fault && fault->cut)
		len = fault->cut;
	ck_assert_int_eq(write(fd, &f, len), (ssize_t)len);
	return fd;
}
