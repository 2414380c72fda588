// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz - input, guest memory and driver of the fuzz targets; see fuzz.h
 */
#include "fuzz.h"

#include <dirent.h>
#include <linux/virtio_ring.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PART		0x4000	/* from one queue's memory to the next */
#define CHAIN_MAX	8

/* Where all signals are blocked libFuzzer sees this, and no trap. */
void fuzz_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
	abort();
}

void fuzz_catch(void *arg)
{
	sigset_t crashes;

	(void)arg;
	sigemptyset(&crashes);
	sigaddset(&crashes, SIGSEGV);
	sigaddset(&crashes, SIGBUS);
	sigaddset(&crashes, SIGILL);
	sigaddset(&crashes, SIGFPE);
	pthread_sigmask(SIG_UNBLOCK, &crashes, NULL);
}

void fuzz_read(struct fuzz_in *in, void *buf, size_t len)
{
	size_t have = len < in->left ? len : in->left;

	memset(buf, 0, len);
	memcpy(buf, in->p, have);
	in->p += have;
	in->left -= have;
}

uint8_t fuzz_u8(struct fuzz_in *in)
{
	uint8_t v;

	fuzz_read(in, &v, sizeof(v));
	return v;
}

uint16_t fuzz_u16(struct fuzz_in *in)
{
	uint16_t v;

	fuzz_read(in, &v, sizeof(v));
	return v;
}

uint32_t fuzz_u32(struct fuzz_in *in)
{
	uint32_t v;

	fuzz_read(in, &v, sizeof(v));
	return v;
}

uint64_t fuzz_u64(struct fuzz_in *in)
{
	uint64_t v;

	fuzz_read(in, &v, sizeof(v));
	return v;
}

int fuzz_file(struct fuzz_in *in)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("input", MFD_CLOEXEC);
	fuzz_check(fd >= 0 && !ftruncate(fd, 0));
	fuzz_check(pwrite(fd, in->p, in->left, 0) == (ssize_t)in->left);
	lseek(fd, 0, SEEK_SET);
	in->p += in->left;
	in->left = 0;
	return fd;
}

unsigned int fuzz_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int nr = 0;

	fuzz_check(dir);
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static struct gmem memory;
static bool memory_shared;

void fuzz_share_memory(void)
{
	fuzz_check(!memory.host || memory.shared);
	memory_shared = true;
}

/* The mapping is larger than the memory, for alignment: close the rest. */
static void make_memory(void)
{
	char *map, *host;
	int r = memory_shared ?
		gmem_init_shared(&memory, FUZZ_BASE, FUZZ_SIZE) :
		gmem_init(&memory, FUZZ_BASE, FUZZ_SIZE);

	fuzz_check(!r);
	map = memory.map;
	host = memory.host;
	if (host > map)
		fuzz_check(!mprotect(map, (size_t)(host - map), PROT_NONE));
	fuzz_check(!mprotect(host + FUZZ_SIZE, (size_t)(map + memory.map_len -
							host) - FUZZ_SIZE,
			     PROT_NONE));
}

const struct gmem *fuzz_memory(void)
{
	if (!memory.host)
		make_memory();
	memset(memory.host, 0, FUZZ_SIZE);
	return &memory;
}

bool fuzz_inside(const void *p, size_t len)
{
	uintptr_t at = (uintptr_t)p - (uintptr_t)memory.host;

	return at <= FUZZ_SIZE && len <= FUZZ_SIZE - at;
}

static void *host_of(uint64_t gpa)
{
	return (char *)memory.host + (gpa - FUZZ_BASE);
}

void fuzz_ring_init(struct fuzz_ring *r, unsigned int index, bool packed)
{
	uint64_t at = FUZZ_BASE + (uint64_t)index * PART;

	*r = (struct fuzz_ring){
		.setup = {
			.size = FUZZ_QSIZE,
			.desc = at,
			.driver = at + 0x1000,
			.device = at + 0x2000,
		},
		.packed = packed,
		.wrap = true,
	};
}

/* One byte says how sound a buffer is; most are. */
static struct vring_desc some_buffer(struct fuzz_in *in)
{
	uint8_t kind = fuzz_u8(in);
	struct vring_desc d = {
		.addr = FUZZ_DATA + fuzz_u16(in),
		.len = fuzz_u16(in),
		.flags = kind & (VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT),
	};

	if (kind & 0x10)
		d.len &= 0x3f;
	if ((kind & 0xe0) == 0x20)
		d.addr = fuzz_u64(in);
	if ((kind & 0xe0) == 0x40)
		d.len = fuzz_u32(in);
	if ((kind & 0xe0) == 0x60)
		d.addr = FUZZ_END - fuzz_u8(in);
	if ((kind & 0xe0) != 0x80)
		d.flags &= VRING_DESC_F_WRITE;
	return d;
}

static void split_chain(struct fuzz_ring *r, struct fuzz_in *in,
			unsigned int nr)
{
	struct vring_avail *avail = host_of(r->setup.driver);
	struct vring_desc *desc = host_of(r->setup.desc);
	unsigned int i;

	avail->ring[avail->idx % FUZZ_QSIZE] = r->next;
	for (i = 0; i < nr; i++) {
		struct vring_desc d = some_buffer(in);

		d.next = (uint16_t)((r->next + 1) % FUZZ_QSIZE);
		if (i + 1 < nr)
			d.flags |= VRING_DESC_F_NEXT;
		desc[r->next] = d;
		r->next = d.next;
	}
	avail->idx++;
}

static void packed_chain(struct fuzz_ring *r, struct fuzz_in *in,
			 unsigned int nr)
{
	struct vring_packed_desc *slot = host_of(r->setup.desc);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct vring_desc d = some_buffer(in);
		unsigned int bit = r->wrap ? VRING_PACKED_DESC_F_AVAIL :
			VRING_PACKED_DESC_F_USED;

		if (i + 1 < nr)
			d.flags |= VRING_DESC_F_NEXT;
		slot[r->next] = (struct vring_packed_desc){
			.addr = d.addr, .len = d.len, .id = (uint16_t)i,
			.flags = (uint16_t)(d.flags | 1U << bit),
		};
		if (++r->next == FUZZ_QSIZE) {
			r->next = 0;
			r->wrap = !r->wrap;
		}
	}
}

void fuzz_chain(struct fuzz_ring *r, struct fuzz_in *in)
{
	unsigned int nr = fuzz_u8(in) % CHAIN_MAX + 1;

	if (r->packed)
		packed_chain(r, in, nr);
	else
		split_chain(r, in, nr);
}

void fuzz_scribble(struct fuzz_in *in)
{
	uint32_t at = (uint32_t)(fuzz_u16(in) * 4) % (FUZZ_SIZE - 256);

	fuzz_read(in, host_of(FUZZ_BASE + at), fuzz_u8(in));
}

void fuzz_data(struct fuzz_in *in)
{
	fuzz_read(in, host_of(FUZZ_DATA), fuzz_u8(in));
}
