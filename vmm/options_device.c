// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options_device - the keys of the options that describe a device
 *
 * These tables end up in the same places as the one of the options; after a
 * change run man/update.sh.
 */
#include "options.h"

#include <assert.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>

#include "config_build.h"

#define TARGET(type, field)					\
	.offset = offsetof(struct type, field),			\
	.size = sizeof(((struct type *)0)->field)

#define DISK(field)	TARGET(disk_config, field)
#define NET(field)	TARGET(net_config, field)
#define FS(field)	TARGET(fs_config, field)
#define VSOCK(field)	TARGET(vsock_config, field)
#define PORT(field)	TARGET(port_config, field)

/* The number of devices that a guest may have, and where it is counted. */
#define MANY(array, nr)							\
	.count = offsetof(struct vm_config, nr),			\
	.max = sizeof(((struct vm_config *)0)->array) /			\
		sizeof(((struct vm_config *)0)->array[0])

static const struct option_word io_words[] = {
	{ .name = "auto", .value = IO_AUTO },
	{ .name = "uring", .value = IO_URING },
	{ .name = "sync", .value = IO_SYNC },
	{ .name = NULL }
};

static const struct option_def disk_keys[] = {
	{ .name = "file", .arg = "FILE", .type = OPTION_PATH, DISK(path),
	  .positional = true, .required = true,
	  .help = "raw image or block device" },
	{ .name = "ro", .type = OPTION_BOOL, DISK(ro),
	  .initial = "off", .help = "the guest cannot write" },
	{ .name = "direct", .type = OPTION_BOOL, DISK(direct),
	  .initial = "off", .help = "past the host's page cache" },
	{ .name = "serial", .arg = "TEXT", .type = OPTION_STRING,
	  DISK(serial), .min = 1, .max = CONFIG_SERIAL_MAX,
	  .help = "name in /dev/disk/by-id/virtio-TEXT" },
	{ .name = "queues", .arg = "N", .type = OPTION_INT, DISK(queues),
	  .min = 1, .max = 16, .initial = "1",
	  .help = "queues, 1 to 16" },
	{ .name = "io", .arg = "HOW", .type = OPTION_WORD, DISK(io),
	  .words = io_words, .initial = "auto",
	  .help = "reads and writes by auto, uring or sync" },
	{ .name = "packed", .type = OPTION_BOOL, DISK(packed),
	  .initial = "on", .help = "offer packed rings" },
	{ .name = "discard", .type = OPTION_BOOL, DISK(discard),
	  .initial = "on", .help = "pass discard and write-zeroes on" },
	{ .name = "raw", .type = OPTION_BOOL, DISK(raw), .initial = "off",
	  .help = "raw even if it starts like qcow2" },
	{ .name = NULL }
};

static const struct disk_config disk_initial = {
	.queues = 1,
	.packed = true,
	.discard = true,
};

const struct option_device option_disk = {
	.noun = "disks",
	.keys = disk_keys,
	.initial = &disk_initial,
	.size = sizeof(struct disk_config),
	MANY(disks, nr_disks),
	.check = config_check_disk,
};

static const struct option_word mode_words[] = {
	{ .name = "none", .value = NET_NONE },
	{ .name = "tap", .value = NET_TAP },
	{ .name = "user", .value = NET_USER },
	{ .name = NULL }
};

static const struct option_word trans_words[] = {
	{ .name = "virtio", .value = 0 },
	{ .name = NULL }
};

static const struct option_word no_file[] = {
	{ .name = "none", .value = 0 },
	{ .name = NULL }
};

static const struct option_def network_keys[] = {
	{ .name = "mode", .arg = "MODE", .type = OPTION_WORD, NET(mode),
	  .words = mode_words, .positional = true, .initial = "tap",
	  .instead = "for a tap write \"-n tap\"",
	  .help = "one of tap, user (by passt) and none" },
	{ .name = "tapif", .arg = "NAME", .type = OPTION_STRING, NET(tapif),
	  .min = 1, .max = IFNAMSIZ - 1,
	  .help = "with tap: interface, made if not there" },
	{ .name = "vhost", .type = OPTION_BOOL, NET(vhost),
	  .initial = "off", .help = "with tap: the host kernel moves packets" },
	{ .name = "fd", .arg = "N", .type = OPTION_INT, NET(fd),
	  .min = 0, .max = INT_MAX,
	  .help = "with tap: inherited descriptor of one" },
	{ .name = "mq", .arg = "N", .type = OPTION_INT, NET(mq),
	  .min = 1, .max = 8, .initial = "1",
	  .help = "with tap: queue pairs, 1 to 8" },
	{ .name = "script", .arg = "FILE", .type = OPTION_PATH, NET(script),
	  .words = no_file,
	  .help = "with tap: program that brings it up" },
	{ .name = "downscript", .arg = "FILE", .type = OPTION_PATH,
	  NET(downscript), .words = no_file,
	  .help = "with tap: program that takes it down" },
	{ .name = "host_ip", .arg = "ADDR", .type = OPTION_IPV4, NET(host_ip),
	  .help = "address of a new tap; with user: the gateway" },
	{ .name = "guest_ip", .arg = "ADDR", .type = OPTION_IPV4,
	  NET(guest_ip), .help = "with user: address of the guest" },
	{ .name = "guest_mac", .arg = "MAC", .type = OPTION_MAC, NET(mac),
	  .initial = "by --name and order",
	  .help = "hardware address of the guest" },
	{ .name = "forward", .arg = "PORTS", .type = OPTION_LIST,
	  NET(forward),
	  .help = "with user: [udp:]PORTS as for passt -t, -u" },
	{ .name = "trans", .arg = "virtio", .type = OPTION_WORD,
	  .words = trans_words, .initial = "virtio",
	  .help = "for lkvm command lines: virtio only" },
	{ .name = "packed", .type = OPTION_BOOL, NET(packed),
	  .initial = "on",
	  .help = "packed rings, where tallyvm serves them" },
	{ .name = "offload", .type = OPTION_BOOL, NET(offload),
	  .initial = "on", .help = "checksums and segmentation" },
	{ .name = NULL }
};

static const struct net_config net_initial = {
	.mode = NET_TAP,
	.fd = -1,
	.mq = 1,
	.packed = true,
	.offload = true,
};

static bool same_mac(const void *a, const void *b)
{
	const struct net_config *x = a, *y = b;

	return x->mac_given && y->mac_given &&
		!memcmp(x->mac, y->mac, sizeof(x->mac));
}

const struct option_device option_network = {
	.noun = "network devices",
	.keys = network_keys,
	.initial = &net_initial,
	.size = sizeof(struct net_config),
	MANY(nets, nr_nets),
	.check = config_check_net,
	.same = same_mac,
	.same_key = "guest_mac",
};

static const struct option_word cache_words[] = {
	{ .name = "auto", .value = 0 },
	{ .name = "always", .value = 0 },
	{ .name = "metadata", .value = 0 },
	{ .name = "never", .value = 0 },
	{ .name = NULL }
};

static const struct option_def fs_keys[] = {
	{ .name = "dir", .arg = "DIR", .type = OPTION_PATH, FS(dir),
	  .positional = true,
	  .help = "folder of the host" },
	{ .name = "tag", .arg = "TAG", .type = OPTION_STRING, FS(tag),
	  .min = 1, .max = CONFIG_TAG_MAX, .positional = true,
	  .required = true,
	  .help = "for \"mount -t virtiofs TAG /mnt\"" },
	{ .name = "ro", .type = OPTION_BOOL, FS(ro),
	  .initial = "off", .help = "the guest cannot write" },
	{ .name = "cache", .arg = "WORD", .type = OPTION_WORD, FS(cache),
	  .words = cache_words, .initial = "auto",
	  .help = "see virtiofsd --cache" },
	{ .name = "socket", .arg = "FILE", .type = OPTION_PATH, FS(socket),
	  .help = "instead of DIR: a running virtiofsd" },
	{ .name = NULL }
};

static const struct fs_config fs_initial;

static bool same_tag(const void *a, const void *b)
{
	const struct fs_config *x = a, *y = b;

	return !strcmp(x->tag, y->tag);
}

const struct option_device option_fs = {
	.noun = "shared folders",
	.keys = fs_keys,
	.initial = &fs_initial,
	.size = sizeof(struct fs_config),
	MANY(fs, nr_fs),
	.check = config_check_fs,
	.same = same_tag,
	.same_key = "tag",
};

static const struct option_def vsock_keys[] = {
	/* 0 to 2 and 2^32 - 1 have meanings of their own: virtio 1.3, 5.10.4 */
	{ .name = "cid", .arg = "CID", .type = OPTION_INT, VSOCK(cid),
	  .min = 3, .max = UINT32_MAX - 1, .positional = true,
	  .required = true,
	  .help = "address of the guest, from 3" },
	{ .name = "uds", .arg = "PATH", .type = OPTION_PATH, VSOCK(uds),
	  .help = "reach it by a Unix socket on the host" },
	{ .name = NULL }
};

static const struct vsock_config vsock_initial;

const struct option_device option_vsock = {
	.noun = "vsock device",
	.keys = vsock_keys,
	.initial = &vsock_initial,
	.size = sizeof(struct vsock_config),
	.count = offsetof(struct vm_config, nr_vsock),
	.max = 1,
};

static const struct option_def port_keys[] = {
	{ .name = "name", .arg = "NAME", .type = OPTION_NAME, PORT(name),
	  .positional = true, .required = true,
	  .help = "name in /dev/virtio-ports/" },
	{ .name = "path", .arg = "PATH", .type = OPTION_PATH, PORT(path),
	  .positional = true, .required = true,
	  .help = "where to make a socket, or a file" },
	{ .name = NULL }
};

static const struct port_config port_initial;

static bool same_name(const void *a, const void *b)
{
	const struct port_config *x = a, *y = b;

	return !strcmp(x->name, y->name);
}

const struct option_device option_port = {
	.noun = "console ports",
	.keys = port_keys,
	.initial = &port_initial,
	.size = sizeof(struct port_config),
	MANY(ports, nr_ports),
	.pair = true,
	.same = same_name,
	.same_key = "name",
};

#define ORIGIN_FIRST(type)					\
	static_assert(offsetof(struct type, origin) == 0,	\
		      "config_device_begin() writes it there")

ORIGIN_FIRST(disk_config);
ORIGIN_FIRST(net_config);
ORIGIN_FIRST(fs_config);
ORIGIN_FIRST(vsock_config);
ORIGIN_FIRST(port_config);
static_assert(sizeof(enum config_disk_io) == sizeof(int) &&
	      sizeof(enum config_net_mode) == sizeof(int),
	      "words are stored as int");
