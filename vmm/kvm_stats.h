/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kvm_stats - read KVM's binary statistics from their descriptor
 *
 * The format is that of Documentation/virt/kvm/api.rst, 4.133
 * KVM_GET_STATS_FD: a header, an identifier, descriptions, and the values.  The
 * descriptor comes from another process, so everything in it is checked like
 * input.  Only single values are kept, no histograms.
 */
#ifndef VMM_KVM_STATS_H
#define VMM_KVM_STATS_H

#include <stdint.h>

/* far above what any kernel has: 7.3 has 27 for an arm64 vCPU */
#define KVM_STATS_MAX		512
#define KVM_STATS_NAME_MAX	64

struct kvm_stat {
	char name[KVM_STATS_NAME_MAX];	/* lower case, digits and "_" */
	uint64_t offset;		/* in the file */
	uint64_t value;			/* as read last */
};

struct kvm_stats {
	int fd;			/* owned, -1 */
	unsigned int nr;
	struct kvm_stat *stat;	/* owned */
};

/**
 * kvm_stats_open() - read the descriptions
 * @fd:  taken over on success
 * @ret: untouched on failure
 *
 * Return: 0, -EINVAL when these are no statistics, -ENOMEM, or what reading
 * gave.
 */
int kvm_stats_open(int fd, struct kvm_stats *ret);

/** kvm_stats_read() - read the values.  Return: 0 or -errno */
int kvm_stats_read(struct kvm_stats *s);

/** kvm_stats_close() - legal on an object with fd -1 and twice */
void kvm_stats_close(struct kvm_stats *s);

/** kvm_stats_find() - the statistic @name, or NULL */
const struct kvm_stat *kvm_stats_find(const struct kvm_stats *s,
				      const char *name);

#endif /* VMM_KVM_STATS_H */
