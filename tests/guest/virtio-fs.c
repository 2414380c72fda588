// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-fs - requests that lead out of the folder, or lie about themselves:
 * VIRTIO 1.2, 5.11, and Linux include/uapi/linux/fuse.h
 *
 * Whoever serves them has to refuse, and may end of it.
 */
#include "virtio.h"

#define LOOKUP		1
#define FORGET		2
#define GETATTR		3
#define SYMLINK		6
#define MKDIR		9
#define READ		15
#define WRITE		16
#define INIT		26
#define OPENDIR		27
#define READDIR		28
#define OPCODES		64	/* more than there are */
#define ROOT		1	/* its node */

#define HEADER		40
#define ANSWER		1024	/* where it is in v->data, and its size */
#define ATTR_INO	32	/* in an answer to GETATTR */
#define ENTRY_INO	56	/* in one to LOOKUP */
#define TAKEN_MS	200
#define NOTHING		1	/* no error of FUSE's, which are negative */

struct fuse_header {
	uint32_t len, opcode;
	uint64_t unique, node;
	uint32_t uid, gid, pid, padding;
};

/* Descriptors of @len readable bytes at v->data.  Return: error, or NOTHING. */
static int send(struct vio *v, uint32_t len)
{
	struct vio_queue *q = vio_q(v);
	volatile int32_t *out = (volatile int32_t *)(v->data + ANSWER);

	out[0] = 0;
	out[1] = NOTHING;
	vio_desc(q, 0, (uint64_t)v->data, len, DESC_NEXT, 1);
	vio_desc(q, 1, (uint64_t)out, ANSWER, DESC_WRITE, 0);
	vio_offer(q, 0);
	vio_kick(v, v->work);
	vio_take(q, 1, TAKEN_MS);
	return out[1];
}

/* @len bytes of @body follow the header. */
static int ask(struct vio *v, uint32_t opcode, uint64_t node, const void *body,
	       uint32_t len)
{
	struct fuse_header h = {
		.len = HEADER + len, .opcode = opcode, .unique = 7,
		.node = node,
	};

	memcpy(v->data, &h, HEADER);
	memcpy(v->data + HEADER, body, len);
	return send(v, HEADER + len);
}

static uint64_t answer64(const struct vio *v, unsigned int off)
{
	return *(volatile uint64_t *)(v->data + ANSWER + off);
}

/* 7.31, which both programs know */
static bool begin(struct vio *v)
{
	static const uint32_t version[4] = { 7, 31, 0, 0 };

	return !ask(v, INIT, 0, version, sizeof(version));
}

static uint32_t length(const char *text)
{
	uint32_t len = 0;

	while (text[len])
		len++;
	return len;
}

/* What has a name outside is not found by it, the folder itself perhaps. */
static bool names_outside(struct vio *v)
{
	static const char names[][16] = {
		"..", "../..", ".", "", "/", "/etc", "../etc", "./..",
	};
	const uint32_t body[4] = { 0 };
	uint64_t root;
	unsigned int i;

	if (!begin(v) || ask(v, GETATTR, ROOT, body, sizeof(body)))
		vio_expect(false, "it does not answer as it should");
	root = answer64(v, ATTR_INO);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!ask(v, LOOKUP, ROOT, names[i], length(names[i]) + 1))
			vio_expect(answer64(v, ENTRY_INO) == root,
				   "a name led out of the folder");
	return false;
}

/*
 * Nothing is made outside, which the host looks for.  A virtiofsd may take such a
 * name, if its root has no outside: what it makes is in the folder then.
 */
static bool makes_outside(struct vio *v)
{
	static const char link[] = "../escape\0target";
	static const char dir[8 + 10] = "\0\0\0\0\0\0\0\0../escape";

	vio_expect(begin(v), "it does not answer as it should");
	ask(v, SYMLINK, ROOT, link, sizeof(link));
	ask(v, MKDIR, ROOT, dir, sizeof(dir));
	return false;
}

/* Names that do not end, and one that is longer than any may be. */
static bool names_without_end(struct vio *v)
{
	uint8_t name[512];

	memset(name, 'a', sizeof(name));
	begin(v);
	ask(v, LOOKUP, ROOT, name, 1);
	ask(v, LOOKUP, ROOT, name, sizeof(name));
	ask(v, LOOKUP, ROOT, name, 0);
	name[sizeof(name) - 1] = '\0';
	vio_expect(ask(v, LOOKUP, ROOT, name, sizeof(name)),
		   "a name of 511 bytes was found");
	return false;
}

static bool header_lies(struct vio *v)
{
	static const uint32_t len[] = {
		0, 1, HEADER - 1, HEADER + 1, HEADER + 4096, 0x7fffffff, ~0U,
	};
	unsigned int i;

	begin(v);
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		ask(v, GETATTR, ROOT, len, 16);
		*(uint32_t *)v->data = len[i];
		send(v, HEADER + 16);
	}
	for (i = 1; i < HEADER; i += 7)
		send(v, i);
	return false;
}

/* Nodes and handles that nobody was given. */
static bool unknown_nodes(struct vio *v)
{
	static const uint64_t nodes[] = {
		0, 2, 1000, UINT64_C(1) << 32, UINT64_C(1) << 63,
		~UINT64_C(0),
	};
	uint64_t body[5] = { 0 };
	unsigned int i;

	begin(v);
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		body[0] = nodes[i];
		body[2] = 4096;
		ask(v, GETATTR, nodes[i], body, 16);
		ask(v, LOOKUP, nodes[i], "x", 2);
		ask(v, READ, ROOT, body, 40);
		ask(v, READDIR, nodes[i], body, 40);
		ask(v, FORGET, nodes[i], body, 8);
	}
	return false;
}

/* More than there is room for, and more than follows. */
static bool sizes(struct vio *v)
{
	static const uint32_t size[] = { 0, 1, 0x100000, 0x7fffffff, ~0U };
	uint64_t body[5] = { 0 };
	unsigned int i;

	begin(v);
	vio_expect(!ask(v, OPENDIR, ROOT, body, 8), "it cannot be opened");
	body[0] = answer64(v, 16);
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		body[2] = size[i];
		ask(v, READDIR, ROOT, body, 40);
		body[1] = ~UINT64_C(0);
		ask(v, READDIR, ROOT, body, 40);
		ask(v, WRITE, ROOT, body, 40);
		body[1] = 0;
	}
	return false;
}

/* Every request there is, with nothing behind it and with nonsense. */
static bool every_opcode(struct vio *v)
{
	uint8_t nonsense[256];
	uint32_t op;

	memset(nonsense, 0xff, sizeof(nonsense));
	begin(v);
	for (op = 0; op < OPCODES; op++) {
		ask(v, op, ROOT, nonsense, 0);
		ask(v, op, ROOT, nonsense, sizeof(nonsense));
	}
	ask(v, ~0U, ROOT, nonsense, 8);
	return false;
}

static bool twice_begun(struct vio *v)
{
	static const uint32_t version[4] = { ~0U, ~0U, ~0U, ~0U };

	begin(v);
	begin(v);
	ask(v, INIT, 0, version, sizeof(version));
	ask(v, INIT, 0, version, 3);
	return false;
}

void test_fs(struct vio *v)
{
	if (v->id != VIO_FS)
		return;
	vio_test(v, "fs-names-outside", names_outside, WANT_ANY);
	vio_test(v, "fs-makes-outside", makes_outside, WANT_ANY);
	vio_test(v, "fs-names-without-end", names_without_end, WANT_ANY);
	vio_test(v, "fs-header-lies", header_lies, WANT_ANY);
	vio_test(v, "fs-unknown-nodes", unknown_nodes, WANT_ANY);
	vio_test(v, "fs-sizes", sizes, WANT_ANY);
	vio_test(v, "fs-every-opcode", every_opcode, WANT_ANY);
	vio_test(v, "fs-twice-begun", twice_begun, WANT_ANY);
}
