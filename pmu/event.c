// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pmu/event - PMU events by name and by number; the contract is in event.h
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "event_table.h"
#include "near.h"
#include "sysfs.h"
#include "util.h"

#define PMU_DIR "bus/event_source/devices"
#define NEAREST_MAX 4		/* letters that may be wrong */

static int by_number(const void *key, const void *row)
{
	const uint32_t *number = key;
	const struct pmu_event_row *r = row;

	return (*number > r->number) - (*number < r->number);
}

const char *pmu_event_name(uint32_t number)
{
	const struct pmu_event_row *row =
		bsearch(&number, pmu_event_table, pmu_event_table_nr,
			sizeof(*row), by_number);

	return row ? row->name : NULL;
}

/* ---- what the kernel names ---- */

/* "event=0x0011" (Linux drivers/perf/arm_pmuv3.c, function
 * armv8pmu_events_sysfs_show()).  More fields or a larger number are not a plain event of the PMU. */
static bool parse_value(const char *value, uint32_t *ret)
{
	unsigned long number;
	char *end;

	if (strncmp(value, "event=", 6) != 0 ||
	    !isxdigit((unsigned char)value[6]))
		return false;
	number = strtoul(value + 6, &end, 0);
	if (*end || number > PMU_EVENT_MAX)
		return false;
	*ret = number;
	return true;
}

static int add_event(struct pmu_event_list *list, const char *name,
		     uint32_t number)
{
	struct pmu_event *event;

	if (list->nr == PMU_EVENT_LIST_MAX ||
	    strlen(name) >= PMU_EVENT_NAME_MAX)
		return 0;
	event = reallocarray(list->event, list->nr + 1, sizeof(*event));
	if (!event)
		return -ENOMEM;
	list->event = event;
	event += list->nr++;
	event->number = number;
	memcpy(event->name, name, strlen(name) + 1);
	return 0;
}

static int probe_event(const struct sysfs_dir *dir, const char *name,
		       struct pmu_event_list *list, struct err *e)
{
	char value[SYSFS_VALUE_MAX];
	uint32_t number;
	int err;

	err = sysfs_read(dir, name, value, e);
	if (err == -ENOENT)
		return 0;
	if (!err && parse_value(value, &number))
		err = add_event(list, name, number);
	return err;
}

static int compare_events(const void *a, const void *b)
{
	const struct pmu_event *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int probe_dir(const struct sysfs_dir *dir, struct pmu_event_list *list,
		     struct err *e)
{
	DIR *entries = fdopendir(dup(dir->fd));
	struct dirent *entry;
	int err = 0;

	if (!entries)
		return err_fault(e, -errno, "cannot list %s/%s", dir->root,
				 dir->sub);
	while (!err && (entry = readdir(entries)))
		if (entry->d_name[0] != '.')
			err = probe_event(dir, entry->d_name, list, e);
	closedir(entries);
	return err;
}

int pmu_event_list_probe(const char *sysfs, const char *pmu,
			 struct pmu_event_list *ret, struct err *e)
{
	char sub[sizeof(PMU_DIR) + NAME_MAX + sizeof("//events")];
	struct sysfs_dir dir;
	int err;

	*ret = (struct pmu_event_list){ .nr = 0 };
	snprintf(sub, sizeof(sub), PMU_DIR "/%.*s/events", NAME_MAX, pmu);
	err = sysfs_open(sysfs, sub, &dir);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err_fault(e, err, "cannot open %s/%s", sysfs, sub);
	err = probe_dir(&dir, ret, e);
	sysfs_close(&dir);
	if (err)
		pmu_event_list_fini(ret);
	else if (ret->nr)
		qsort(ret->event, ret->nr, sizeof(*ret->event), compare_events);
	return err;
}

void pmu_event_list_fini(struct pmu_event_list *list)
{
	free(list->event);
	*list = (struct pmu_event_list){ .nr = 0 };
}

/* ---- from text to number ---- */

static bool is_word(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !strncasecmp(name, text, len);
}

static bool find_name(const char *text, size_t len,
		      const struct pmu_event_list *kernel, uint32_t *ret)
{
	size_t i;

	for (i = 0; i < pmu_event_table_nr; i++) {
		if (is_word(pmu_event_table[i].name, text, len)) {
			*ret = pmu_event_table[i].number;
			return true;
		}
	}
	for (i = 0; kernel && i < kernel->nr; i++) {
		if (is_word(kernel->event[i].name, text, len)) {
			*ret = kernel->event[i].number;
			return true;
		}
	}
	return false;
}

static int find_number(const char *word, uint32_t *ret, struct err *e)
{
	bool hex = !strncasecmp(word, "0x", 2);
	const char *digits = hex ? word + 2 : word;
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(digits, &end, hex ? 16 : 10);
	if (!isxdigit((unsigned char)*digits) || *end)
		return err_config(e, "\"%s\" is not a number", word);
	if (errno || number > PMU_EVENT_MAX)
		return err_config(e, "\"%s\" is too large: event numbers end "
				  "at 0x%x", word, PMU_EVENT_MAX);
	*ret = number;
	return 0;
}

/* Keep @name as the nearest so far if it is. */
static void weigh(const char *word, const char *name, unsigned int *best,
		  const char **ret)
{
	unsigned int now = near_distance(word, name);

	/* a word of which every letter is wrong resembles nothing */
	if (now < *best && now < strlen(word)) {
		*best = now;
		*ret = name;
	}
}

const char *pmu_event_nearest(const char *word,
			      const struct pmu_event_list *kernel)
{
	unsigned int best = NEAREST_MAX + 1;
	const char *ret = NULL;
	size_t i;

	for (i = 0; i < pmu_event_table_nr; i++)
		weigh(word, pmu_event_table[i].name, &best, &ret);
	for (i = 0; kernel && i < kernel->nr; i++)
		weigh(word, kernel->event[i].name, &best, &ret);
	return ret;
}

int pmu_event_find(const char *text, size_t len,
		   const struct pmu_event_list *kernel, uint32_t *ret,
		   struct err *e)
{
	char word[PMU_EVENT_NAME_MAX];
	const char *nearest;

	if (!len)
		return err_config(e, "an event is missing: name one, such as "
				  "CPU_CYCLES or 0x11");
	snprintf(word, sizeof(word), "%.*s", (int)len, text);
	if (isdigit((unsigned char)*word) && len < sizeof(word))
		return find_number(word, ret, e);
	if (find_name(text, len, kernel, ret))
		return 0;
	nearest = pmu_event_nearest(word, kernel);
	if (nearest)
		return err_config(e, "there is no event \"%s\": did you mean "
				  "%s?", word, nearest);
	return err_config(e, "there is no event \"%s\": take a name of the Arm "
			  "architecture or of the kernel (\"tallyvm pmu list\" "
			  "has them), or a number such as 0x11", word);
}
