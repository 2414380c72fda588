/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control_request - what a client of the control socket may say
 *
 *	stat		what the VM does, with KVM's statistics
 *	memory		the balloon and what the guest says of its memory
 *	devices		the virtio devices, and what was wrong with them
 *	balloon N	the balloon is to hold N MiB, then as memory
 *	balloon +N	N MiB more than it is to hold now
 *	balloon -N	N MiB less, nothing at the least
 *
 * A request is one message, one line of ASCII; a newline may end it.  Words are
 * separated by one space, N is decimal with at most seven digits.  Anything
 * else is no request.
 */
#ifndef VMM_CONTROL_REQUEST_H
#define VMM_CONTROL_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#define CONTROL_REQUEST_MAX 64	/* bytes */

enum control_verb {
	CONTROL_STAT,
	CONTROL_MEMORY,
	CONTROL_DEVICES,
	CONTROL_BALLOON,
	CONTROL_VERB_NUM
};

/* How the number of "balloon" is meant. */
enum control_change {
	CONTROL_SET,
	CONTROL_MORE,
	CONTROL_LESS,
};

struct control_request {
	enum control_verb verb;
	enum control_change change;
	uint64_t mb;		/* at most 9999999 */
};

/**
 * control_request_parse() - understand a message
 * @text: any bytes, not terminated
 * @len:  their number, any
 * @ret:  untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int control_request_parse(const char *text, size_t len,
			  struct control_request *ret);

#endif /* VMM_CONTROL_REQUEST_H */
