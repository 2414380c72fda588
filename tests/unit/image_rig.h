/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_rig - guest memory and a file system that fails on demand, for the
 * loader
 *
 * Guest memory has pages without access on both sides, so that a byte written
 * outside ends the test.
 */
#ifndef TESTS_UNIT_IMAGE_RIG_H
#define TESTS_UNIT_IMAGE_RIG_H

#include <stddef.h>
#include <stdint.h>

#include "arm64/image.h"
#include "arm64/platform.h"

#define BASE	PLAT_RAM_BASE
#define MB	UINT64_C(0x100000)

/* How the next calls of pread() go wrong; rig_init() sets all to 0 */
struct rig_reads {
	unsigned int count;	/* reads so far */
	int err;		/* the next read fails with this, once */
	size_t most;		/* no read gives more bytes, unless 0 */
	unsigned int end_at;	/* this read finds the end of file */
};

extern struct rig_reads reads;

struct rig {
	struct gmem m;
	struct boot_layout b;
	struct err e;
};

void rig_init(struct rig *rig, uint64_t size);
void rig_fini(struct rig *rig);

/** at() - guest memory at an address that is known to be inside */
const void *at(const struct rig *rig, uint64_t gpa);

/**
 * load_fd() - boot_load(), with what must be true of every outcome
 *
 * Success: a sound layout.  Failure: one line of text, and rig->b untouched.
 */
int load_fd(struct rig *rig, int fd, int initrd);

#endif /* TESTS_UNIT_IMAGE_RIG_H */
