// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * disk - what a request to /dev/vda costs, measured inside the guest
 *
 * All O_DIRECT, so that each request reaches the device.  The clock advances
 * one nanosecond with each instruction, whoever executes it, and there is one
 * CPU: what passes for the guest includes all that the host does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"

#define BLOCK	4096
#define DEPTH	32
#define DEEP	1024		/* reads in one turn at that depth */
#define MIB	(1024 * 1024)

struct disk {
	int fd;			/* O_DIRECT */
	int sync_fd;		/* O_DIRECT | O_DSYNC */
	uint64_t blocks;
	uint64_t random;
	char *buf;		/* DEPTH blocks or one MiB */
	aio_context_t aio;
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* The same places in each run: Knuth's MMIX generator. */
static off_t next_place(struct disk *d)
{
	d->random = d->random * 6364136223846793005u + 1442695040888963407u;
	return (off_t)((d->random >> 33) % d->blocks * BLOCK);
}

static int read_alone(struct disk *d)
{
	return pread(d->fd, d->buf, BLOCK, next_place(d)) == BLOCK ? 0 : -1;
}

static int read_mib(struct disk *d)
{
	return read(d->fd, d->buf, MIB) == MIB ? 0 : -1;
}

static int write_sync(struct disk *d)
{
	return pwrite(d->sync_fd, d->buf, BLOCK, next_place(d)) == BLOCK ? 0 :
									  -1;
}

static int submit(struct disk *d, struct iocb *cb, struct iocb **list, long nr)
{
	for (long i = 0; i < nr; i++) {
		long slot = list[i] - cb;

		list[i]->aio_lio_opcode = IOCB_CMD_PREAD;
		list[i]->aio_fildes = (uint32_t)d->fd;
		list[i]->aio_buf = (uint64_t)(uintptr_t)(d->buf + slot * BLOCK);
		list[i]->aio_nbytes = BLOCK;
		list[i]->aio_offset = next_place(d);
	}
	return syscall(SYS_io_submit, d->aio, nr, list) == nr ? 0 : -1;
}

/* DEPTH reads at a time; what has come back is sent off again at once. */
static int read_deep(struct disk *d)
{
	static struct iocb cb[DEPTH];
	struct io_event event[DEPTH];
	struct iocb *list[DEPTH];
	long nr = DEPTH, sent = 0, done = 0;

	for (long i = 0; i < nr; i++)
		list[i] = &cb[i];
	while (done < DEEP) {
		if (nr > DEEP - sent)
			nr = DEEP - sent;
		if (nr && submit(d, cb, list, nr))
			return -1;
		sent += nr;
		nr = syscall(SYS_io_getevents, d->aio, 1, DEPTH, event, NULL);
		if (nr <= 0)
			return -1;
		done += nr;
		for (long i = 0; i < nr; i++) {
			if (event[i].res != BLOCK)
				return -1;
			list[i] = (struct iocb *)(uintptr_t)event[i].obj;
		}
	}
	return 0;
}

/*
 * Prints the mean for one of the @requests in each turn; the first eighth of
 * the turns is left out.
 */
static int measure(struct disk *d, const char *name, int (*fn)(struct disk *d),
		   unsigned int turns, unsigned int requests)
{
	uint64_t start = now();

	for (unsigned int i = 0; i < turns; i++) {
		if (i == turns / 8)
			start = now();
		if (fn(d)) {
			printf("disk.%s failed: %s\n", name, strerror(errno));
			return -1;
		}
	}
	start = (now() - start) / (turns - turns / 8) / requests;
	printf("disk.%s %llu\n", name, (unsigned long long)start);
	return 0;
}


static int set_up(struct disk *d)
{
	mkdir("/dev", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	d->fd = open("/dev/vda", O_RDWR | O_DIRECT | O_CLOEXEC);
	d->sync_fd = open("/dev/vda", O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
	d->buf = mmap(NULL, MIB, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (d->fd < 0 || d->sync_fd < 0 || d->buf == MAP_FAILED ||
	    syscall(SYS_io_setup, DEPTH, &d->aio))
		return -1;
	d->blocks = (uint64_t)lseek(d->fd, 0, SEEK_END) / BLOCK;
	return lseek(d->fd, 0, SEEK_SET) || !d->blocks ? -1 : 0;
}

void disk_measure(void)
{
	struct disk d = { .random = 1 };

	if (set_up(&d)) {
		printf("disk.setup failed: %s\n", strerror(errno));
		return;
	}
	measure(&d, "depth1", read_alone, 2048, 1);
	measure(&d, "depth32", read_deep, 8, DEEP);
	measure(&d, "mib", read_mib, 64, 1);
	measure(&d, "dsync", write_sync, 512, 1);
	fflush(stdout);
}
