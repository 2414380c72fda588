// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gmem - guest memory, and the one door to it
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gmem.h"
#include "util.h"

/*
 * KVM maps guest memory in stage 2 by blocks of 2 MiB only where guest and host
 * address agree modulo 2 MiB (fault_supports_stage2_huge_mapping() in
 * arch/arm64/kvm/mmu.c).
 */
#define BLOCK	SZ_2M

static int check(uint64_t base, uint64_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t end, mapped;

	if (!size || (base | size) & (page - 1) ||
	    __builtin_add_overflow(base, size, &end))
		return -EINVAL;
	if (__builtin_add_overflow(size, BLOCK, &mapped) ||
	    mapped > PTRDIFF_MAX)
		return -ENOMEM;
	return 0;
}

/*
 * Both are advice: a kernel without transparent huge pages runs the guest all
 * the same.  A core of tallyvm is for finding a fault in tallyvm; the guest's
 * memory in it would be large, and somebody's secrets.
 */
static void advise(void *host, size_t len)
{
	madvise(host, len, MADV_HUGEPAGE);
	madvise(host, len, MADV_DONTDUMP);
	/* for a child that is no other program it would never be freed */
	madvise(host, len, MADV_DONTFORK);
}

/* A range of addresses that holds RAM in an aligned place; nothing is there. */
static int reserve(struct gmem *m, uint64_t base, uint64_t size)
{
	char *map;
	int r;

	memset(m, 0, sizeof(*m));
	r = check(base, size);
	if (r)
		return r;
	map = mmap(NULL, size + BLOCK, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return -ENOMEM;
	m->base = base;
	m->size = size;
	m->map = map;
	m->map_len = size + BLOCK;
	m->host = map + ((base - (uintptr_t)map) & (BLOCK - 1));
	return 0;
}

int gmem_init(struct gmem *m, uint64_t base, uint64_t size)
{
	int r = reserve(m, base, size);

	if (!r)
		advise(m->host, size);
	return r;
}

int gmem_init_shared(struct gmem *m, uint64_t base, uint64_t size)
{
	void *host;
	int r = reserve(m, base, size);

	if (r)
		return r;
	m->fd = memfd_create("guest-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	m->shared = m->fd >= 0;
	/* who shares it could make it shorter, and each access of ours a fault */
	if (!m->shared || ftruncate(m->fd, (off_t)size) ||
	    fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
		  F_SEAL_SEAL))
		goto fail;
	host = mmap(m->host, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED | MAP_NORESERVE, m->fd, 0);
	if (host == MAP_FAILED)
		goto fail;
	advise(m->host, size);
	return 0;
fail:
	r = -errno;
	gmem_fini(m);
	return r;
}

void gmem_fini(struct gmem *m)
{
	if (m->map)
		munmap(m->map, m->map_len);
	if (m->shared)
		close(m->fd);
	memset(m, 0, sizeof(*m));
}

int gmem_slice(const struct gmem *m, uint64_t gpa, uint64_t len, void **ret)
{
	/* below base this wraps to more than size, as base + size does not */
	uint64_t off = gpa - m->base;

	if (off > m->size || len > m->size - off)
		return -EFAULT;
	*ret = (char *)m->host + off;
	return 0;
}
