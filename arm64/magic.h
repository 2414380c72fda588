/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/magic - what a file is, by its first bytes
 *
 * All functions take the first @len bytes of a file, any bytes and any number
 * of them.
 */
#ifndef ARM64_MAGIC_H
#define ARM64_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** magic_is() - whether the @n bytes at @off are there and equal @bytes */
bool magic_is(const uint8_t *head, size_t len, size_t off, const char *bytes,
	      size_t n);

/**
 * magic_refused() - whether this is certainly no kernel for tallyvm
 *
 * A flat binary has no header, so anything else could be one.
 *
 * Return: what it is and what to do, to be put after "FILE: "; NULL if it is
 * nothing known.
 */
const char *magic_refused(const uint8_t *head, size_t len);

/**
 * magic_pe_end() - how long a file must be at least by its PE header
 *
 * Return: the end of the headers or of the last section's data in the file,
 * whichever is later, as far as the first @len bytes tell; 0 without a PE
 * header.
 */
uint64_t magic_pe_end(const uint8_t *head, size_t len);

#endif /* ARM64_MAGIC_H */
