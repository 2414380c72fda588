/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iov - bytes to and from a scattered buffer
 *
 * The vectors come from a chain that was checked (virtio/vq.h); the bytes they
 * point at may be changed by the guest at any time, so a header is copied out
 * once and the copy is looked at.  No function here fails: what lies beyond the
 * end of the buffer is not copied.
 */
#ifndef INCLUDE_IOV_H
#define INCLUDE_IOV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/** iov_bytes() - how many bytes @nr vectors hold */
uint64_t iov_bytes(const struct iovec *iov, unsigned int nr);

/**
 * iov_read() - copy out of a scattered buffer
 * @offset: from its start
 *
 * Return: bytes copied, less than @len only where the buffer ends.
 */
size_t iov_read(const struct iovec *iov, unsigned int nr, uint64_t offset,
		void *buf, size_t len);

/** iov_write() - copy into a scattered buffer.  Return: as iov_read() */
size_t iov_write(const struct iovec *iov, unsigned int nr, uint64_t offset,
		 const void *buf, size_t len);

/**
 * iov_slice() - the vectors of a part of a scattered buffer
 * @offset, @len: the part; cut where the buffer ends
 * @ret:          room for @nr entries; may be @iov itself
 *
 * Return: number of vectors in @ret.
 */
unsigned int iov_slice(const struct iovec *iov, unsigned int nr,
		       uint64_t offset, uint64_t len, struct iovec *ret);

#endif /* INCLUDE_IOV_H */
