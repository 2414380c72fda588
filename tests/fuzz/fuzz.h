/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz - what the fuzz targets share: the input as a stream, and guest memory
 * with a driver in it that the input steers
 *
 * A target is one file fuzz_NAME.c with LLVMFuzzerTestOneInput() (LLVM,
 * "libFuzzer - a library for coverage-guided fuzz testing").  A finding is a
 * crash, a report of a sanitizer, a time-out, or a broken fuzz_check().
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gmem.h"
#include "virtio/vq.h"

#define FUZZ_BASE	UINT64_C(0x80000000)
#define FUZZ_SIZE	UINT64_C(0x40000)
#define FUZZ_END	(FUZZ_BASE + FUZZ_SIZE)
#define FUZZ_DATA	(FUZZ_BASE + 0x20000)	/* where buffers mostly lie */
#define FUZZ_DATA_SIZE	UINT64_C(0x10000)
#define FUZZ_QSIZE	16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** fuzz_check() - what must hold whatever the input is; on any thread */
#define fuzz_check(cond) \
	do { if (!(cond)) fuzz_broken(__FILE__, __LINE__, #cond); } while (0)

_Noreturn void fuzz_broken(const char *file, int line, const char *what);

/**
 * fuzz_catch() - let crashes of this thread be reported, for worker_call()
 *
 * A worker has blocked all signals, and would end the process unseen.
 */
void fuzz_catch(void *arg);

/* The input; at its end everything reads as 0. */
struct fuzz_in {
	const uint8_t *p;
	size_t left;
};

void fuzz_read(struct fuzz_in *in, void *buf, size_t len);
uint8_t fuzz_u8(struct fuzz_in *in);
uint16_t fuzz_u16(struct fuzz_in *in);
uint32_t fuzz_u32(struct fuzz_in *in);
uint64_t fuzz_u64(struct fuzz_in *in);

/** fuzz_file() - the rest of the input as a file; the same one every time,
 * with its position at the start.  Return: descriptor, not the caller's */
int fuzz_file(struct fuzz_in *in);

/** fuzz_fds() - how many descriptors are open: as many after an input */
unsigned int fuzz_fds(void);

/*
 * Guest memory is made once and zeroed for each input.  What lies outside of it
 * is not mapped, so that an access there is a crash.
 */

/** fuzz_share_memory() - let it be shared, before the first fuzz_memory() */
void fuzz_share_memory(void);

/** fuzz_memory() - the memory, all zeroes */
const struct gmem *fuzz_memory(void);

/** fuzz_inside() - that [p, p + len) is guest memory */
bool fuzz_inside(const void *p, size_t len);

/* A queue as its driver sees it. */
struct fuzz_ring {
	struct vq_setup setup;
	bool packed;
	bool wrap;		/* packed: the driver's counter */
	uint16_t next;		/* next free descriptor */
};

/** fuzz_ring_init() - good settings for queue @index, below 6 */
void fuzz_ring_init(struct fuzz_ring *r, unsigned int index, bool packed);

/** fuzz_chain() - offer a chain that the input describes: mostly sound */
void fuzz_chain(struct fuzz_ring *r, struct fuzz_in *in);

/** fuzz_scribble() - some bytes of input somewhere into memory */
void fuzz_scribble(struct fuzz_in *in);

/** fuzz_data() - some bytes of input to the front of the buffers */
void fuzz_data(struct fuzz_in *in);

#endif /* TESTS_FUZZ_FUZZ_H */
