// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iov - bytes to and from a scattered buffer
 */
#include "iov.h"

#include <stdbool.h>
#include <string.h>

uint64_t iov_bytes(const struct iovec *iov, unsigned int nr)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		bytes += iov[i].iov_len;
	return bytes;
}

unsigned int iov_slice(const struct iovec *iov, unsigned int nr,
		       uint64_t offset, uint64_t len, struct iovec *ret)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr && len; i++) {
		struct iovec v = iov[i];

		if (offset >= v.iov_len) {
			offset -= v.iov_len;
			continue;
		}
		v.iov_base = (char *)v.iov_base + offset;
		v.iov_len -= offset;
		offset = 0;
		if (v.iov_len > len)
			v.iov_len = len;
		len -= v.iov_len;
		ret[n++] = v;
	}
	return n;
}

static size_t iov_copy(const struct iovec *iov, unsigned int nr,
		       uint64_t offset, char *buf, size_t len, bool read)
{
	size_t done = 0;
	unsigned int i;

	for (i = 0; i < nr && done < len; i++) {
		size_t n = iov[i].iov_len;
		char *part;

		if (offset >= n) {
			offset -= n;
			continue;
		}
		part = (char *)iov[i].iov_base + offset;
		n -= offset;
		offset = 0;
		if (n > len - done)
			n = len - done;
		if (read)
			memcpy(buf + done, part, n);
		else
			memcpy(part, buf + done, n);
		done += n;
	}
	return done;
}

size_t iov_read(const struct iovec *iov, unsigned int nr, uint64_t offset,
		void *buf, size_t len)
{
	return iov_copy(iov, nr, offset, buf, len, true);
}

size_t iov_write(const struct iovec *iov, unsigned int nr, uint64_t offset,
		 const void *buf, size_t len)
{
	/* the buffer is only read then */
	return iov_copy(iov, nr, offset, (char *)(uintptr_t)buf, len, false);
}
