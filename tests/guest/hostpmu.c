// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hostpmu: the PMUs of the machine that a tool runs on; see hostpmu.h
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostpmu.h"

#define DEVICES	"/sys/bus/event_source/devices"

/* A list as in sysfs, "0-1,3" */
static bool has_cpu(const char *list, int cpu)
{
	int first, last, len;

	for (; sscanf(list, "%d%n", &first, &len) == 1; list += len) {
		list += len;
		last = first;
		len = 0;
		if (sscanf(list, "-%d%n", &last, &len) == 1)
			list += len;
		if (cpu >= first && cpu <= last)
			return true;
		len = *list == ',';
	}
	return false;
}

static bool read_file(const char *pmu, const char *name, char *buf, int len)
{
	char path[512];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), DEVICES "/%s/%s", pmu, name);
	f = fopen(path, "re");
	ok = f && fgets(buf, len, f);
	if (f)
		fclose(f);
	return ok;
}

int hostpmu_type(int cpu)
{
	DIR *d = opendir(DEVICES);
	struct dirent *e;
	char buf[256];
	int type = -1;

	while (d && type < 0 && (e = readdir(d)))
		if (strncmp(e->d_name, "arm", 3) == 0 &&
		    read_file(e->d_name, "cpus", buf, sizeof(buf)) &&
		    has_cpu(buf, cpu) &&
		    read_file(e->d_name, "type", buf, sizeof(buf)))
			type = atoi(buf);
	if (d)
		closedir(d);
	return type;
}
