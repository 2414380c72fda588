/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gmem - guest memory, and the one door to it
 *
 * Guest RAM is one contiguous block of guest physical addresses backed by one
 * mapping.  No other code turns a guest address into a host pointer.  The
 * block is set up before the first vCPU runs and is not changed while vCPUs
 * run, so reading struct gmem needs no lock; the *bytes* may change at any
 * time under the reader, who must copy before checking.
 */
#ifndef INCLUDE_GMEM_H
#define INCLUDE_GMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gmem {
	uint64_t base;		/* first guest physical address */
	uint64_t size;		/* bytes, a multiple of the host page */
	void *host;		/* owned mapping of size bytes, or NULL */
	void *map;		/* owned: the whole mapping, with alignment */
	size_t map_len;
	bool shared;		/* fd is a memfd of size bytes */
	int fd;			/* owned, when shared */
};

/**
 * gmem_init() - map guest RAM
 * @m:    filled; zero it on failure, so that gmem_fini() is always legal
 * @base: guest physical address of the first byte, 2 MiB aligned
 * @size: bytes, more than 0, a multiple of 2 MiB is best (huge pages)
 *
 * The memory reads as zeros, takes no host memory until it is touched, and is
 * left out of core dumps.
 *
 * Return: 0, -EINVAL (base or size not page aligned, or base + size wraps),
 * -ENOMEM.
 */
int gmem_init(struct gmem *m, uint64_t base, uint64_t size);

/**
 * gmem_init_shared() - the same in a memfd, for devices in other processes
 *
 * Offset 0 of m->fd is the first byte of RAM.
 *
 * Return: as gmem_init(), or -errno of memfd_create(2).
 */
int gmem_init_shared(struct gmem *m, uint64_t base, uint64_t size);

/** gmem_fini() - unmap; legal on a zeroed object and twice */
void gmem_fini(struct gmem *m);

/**
 * gmem_slice() - the host address of a piece of guest memory
 * @m:   guest memory
 * @gpa: guest physical address, any value
 * @len: bytes, any value; 0 is legal anywhere inside [base, base + size]
 * @ret: untouched on failure
 *
 * Return: 0, or -EFAULT if any byte of [gpa, gpa + len) is outside guest RAM
 * or the sum wraps.
 */
int gmem_slice(const struct gmem *m, uint64_t gpa, uint64_t len, void **ret);

/** gmem_end() - first guest physical address after RAM */
static inline uint64_t gmem_end(const struct gmem *m)
{
	return m->base + m->size;
}

#endif /* INCLUDE_GMEM_H */
