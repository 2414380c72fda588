/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_rig - guest memory for the loader, and what is true of every load
 *
 * Guest memory has pages without access on both sides, so that a byte written
 * outside ends the test.
 */
#ifndef TESTS_UNIT_IMAGE_RIG_H
#define TESTS_UNIT_IMAGE_RIG_H

#include <stdint.h>

#include "arm64/image.h"
#include "arm64/platform.h"

#define BASE	PLAT_RAM_BASE
#define MB	UINT64_C(0x100000)

struct image_rig {
	struct gmem m;
	struct boot_layout b;
	struct err e;
};

void image_rig_init(struct image_rig *rig, uint64_t size);
void image_rig_fini(struct image_rig *rig);

/** image_rig_at() - guest memory at an address that is known to be inside */
const void *image_rig_at(const struct image_rig *rig, uint64_t gpa);

/**
 * image_rig_load() - boot_load(), with what must be true of every outcome
 *
 * Success: a sound layout.  Failure: one line of text, and rig->b untouched.
 */
int image_rig_load(struct image_rig *rig, int fd, int initrd);

#endif /* TESTS_UNIT_IMAGE_RIG_H */
