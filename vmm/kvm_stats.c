// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm_stats - read KVM's binary statistics; the contract is in the header
 */
#include "kvm_stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm.h"
#include "util.h"

static int read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	ssize_t n;

	/* the loff_t of pread(2) is signed */
	if (offset > INT32_MAX)
		return -EINVAL;
	n = pread(fd, buf, len, (off_t)offset);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EINVAL;
}

/* Printed on terminals and used as JSON keys. */
static int copy_name(char *to, const char *from, size_t size)
{
	size_t i;

	for (i = 0; i < size && i < KVM_STATS_NAME_MAX && from[i]; i++) {
		if (!(from[i] >= 'a' && from[i] <= 'z') &&
		    !(from[i] >= '0' && from[i] <= '9') && from[i] != '_')
			return -EINVAL;
		to[i] = from[i];
	}
	if (!i || i == size || i == KVM_STATS_NAME_MAX)
		return -EINVAL;
	to[i] = '\0';
	return 0;
}

struct description {
	struct kvm_stats_desc desc;
	char name[KVM_STATS_NAME_MAX];
};

/* Return: 1 when there is a value to keep, 0 when not, or -errno. */
static int read_description(int fd, const struct kvm_stats_header *head,
			    unsigned int index, struct kvm_stat *stat)
{
	const uint64_t size = sizeof(struct kvm_stats_desc) + head->name_size;
	struct description d;
	int err;

	err = read_at(fd, &d, size, head->desc_offset + index * size);
	if (err)
		return err;
	err = copy_name(stat->name, d.name, head->name_size);
	if (err)
		return err;
	stat->offset = (uint64_t)head->data_offset + d.desc.offset;
	return d.desc.size == 1;
}

static int read_descriptions(int fd, const struct kvm_stats_header *head,
			     struct kvm_stats *s)
{
	unsigned int i;
	int r;

	for (i = 0; i < head->num_desc; i++) {
		r = read_description(fd, head, i, &s->stat[s->nr]);
		if (r < 0)
			return r;
		s->nr += r;
	}
	return 0;
}

int kvm_stats_open(int fd, struct kvm_stats *ret)
{
	struct kvm_stats s = { .fd = fd };
	struct kvm_stats_header head;
	int err;

	err = read_at(fd, &head, sizeof(head), 0);
	if (err)
		return err;
	if (!head.num_desc || head.num_desc > KVM_STATS_MAX ||
	    !head.name_size || head.name_size > KVM_STATS_NAME_MAX)
		return -EINVAL;
	s.stat = calloc(head.num_desc, sizeof(*s.stat));
	if (!s.stat)
		return -ENOMEM;
	err = read_descriptions(fd, &head, &s);
	if (err) {
		free(s.stat);
		return err;
	}
	*ret = s;
	return 0;
}

int kvm_stats_read(struct kvm_stats *s)
{
	unsigned int i;
	int err;

	for (i = 0; i < s->nr; i++) {
		err = read_at(s->fd, &s->stat[i].value, sizeof(uint64_t),
			      s->stat[i].offset);
		if (err)
			return err;
	}
	return 0;
}

void kvm_stats_close(struct kvm_stats *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->stat);
	*s = (struct kvm_stats){ .fd = -1 };
}

const struct kvm_stat *kvm_stats_find(const struct kvm_stats *s,
				      const char *name)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->stat[i].name, name))
			return &s->stat[i];
	return NULL;
}
