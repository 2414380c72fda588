// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_check - whether the keys of one device fit together
 */
#include "config_build.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

int config_check_disk(const void *dev, struct err *e)
{
	const struct disk_config *disk = dev;
	const char *p;

	if (!strncmp(disk->path, "scsi:", 5))
		return err_config(e, "\"%.64s\" is known from lkvm but not "
				  "available in this version of tallyvm; "
				  "nothing was started", disk->path);
	for (p = disk->serial; p && *p; p++)
		if (!isgraph((unsigned char)*p))
			return err_config(e, "serial: wants letters, digits "
					  "and signs of ASCII without blanks, "
					  "got \"%s\"", disk->serial);
	return 0;
}

static int check_tap(const struct net_config *net, struct err *e)
{
	/* what dev_valid_name() of Linux takes, net/core/dev.c */
	if (net->tapif && (!strcmp(net->tapif, ".") ||
			   !strcmp(net->tapif, "..") ||
			   strpbrk(net->tapif, "/: \t\n\v\f\r%")))
		return err_config(e, "tapif: \"%s\" cannot be the name of a "
				  "network interface", net->tapif);
	if (net->forward)
		return err_config(e, "forward is for mode=user; with a tap, "
				  "routing is the host's business");
	if (net->fd >= 0 && net->tapif)
		return err_config(e, "fd and tapif contradict each other: a "
				  "descriptor has its interface already");
	if (net->fd >= 0 && net->mq > 1)
		return err_config(e, "fd and mq=%u contradict each other: one "
				  "descriptor is one queue pair", net->mq);
	return 0;
}

/* A list of ports with what passt may want beside numbers; passt reads it. */
static int check_forward(const char *item, size_t len, struct err *e)
{
	size_t skip = !strncmp(item, "tcp:", 4) || !strncmp(item, "udp:", 4) ?
		4 : 0;
	size_t i;

	for (i = skip; i < len; i++)
		if (!isalnum((unsigned char)item[i]) &&
		    (i == skip || !strchr(",:-./~%[]", item[i])))
			break;
	if (i > skip && i == len)
		return 0;
	return err_config(e, "forward: wants ports such as \"8080:80\" or "
			  "\"udp:53\", got \"%.*s\"", len < 64 ? (int)len : 64,
			  item);
}

static int check_user(const struct net_config *net, struct err *e)
{
	const char *item = net->forward;
	size_t len;
	int ret;

	if (net->tapif || net->vhost || net->fd >= 0 || net->mq > 1 ||
	    net->script || net->downscript)
		return err_config(e, "tapif, vhost, fd, mq, script and "
				  "downscript are for mode=tap");
	while (item) {
		len = strcspn(item, ";");
		ret = check_forward(item, len, e);
		if (ret)
			return ret;
		item = item[len] ? item + len + 1 : NULL;
	}
	return 0;
}

int config_check_net(const void *dev, struct err *e)
{
	const struct net_config *net = dev;

	if (net->mode == NET_USER)
		return check_user(net, e);
	if (net->mode == NET_TAP)
		return check_tap(net, e);
	return 1;
}

int config_check_fs(const void *dev, struct err *e)
{
	const struct fs_config *fs = dev;

	if (!fs->dir && !fs->socket)
		return err_config(e, "wants a folder, or the socket of a "
				  "server: DIR,TAG or socket=FILE,tag=TAG");
	if (fs->dir && fs->socket)
		return err_config(e, "dir and socket contradict each other: "
				  "whoever runs the server chose its folder");
	if (fs->socket && (fs->ro || fs->cache))
		return err_config(e, "ro and cache cannot be set with socket: "
				  "whoever runs the server chose them");
	return 0;
}

int config_check_folders(const struct vm_config *cfg, struct err *e)
{
	char place[128];
	struct stat st;
	unsigned int i;

	for (i = 0; i < cfg->nr_disks; i++) {
		const struct disk_config *disk = &cfg->disks[i];

		if (stat(disk->path, &st) || !S_ISDIR(st.st_mode))
			continue;
		return err_config(e, "%s: \"%.256s\" is a folder, not a disk; "
				  "share it with --fs DIR,TAG",
				  config_device_origin(cfg, OPT_DISK,
						       &disk->origin, place,
						       sizeof(place)),
				  disk->path);
	}
	return 0;
}
