// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config_device - one device from its keys, or from "FILE,ro,queues=4"
 *
 * A new device is built in the first free place of its array.  It counts when
 * it is complete, so a half-built one has to be freed and nothing else.
 */
#include "config_build.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static unsigned int *count_of(struct vm_config *cfg, enum option_id id)
{
	return (unsigned int *)((char *)cfg + option_table[id].device->count);
}

static void *device_at(struct vm_config *cfg, enum option_id id,
		       unsigned int i)
{
	const struct option_def *def = &option_table[id];

	return (char *)cfg + def->offset + i * def->device->size;
}

static bool is_owned(const struct option_def *key)
{
	return key->size == sizeof(char *) && key->type != OPTION_INT;
}

static void free_strings(const struct option_device *device, void *dev)
{
	const struct option_def *key;

	for (key = device->keys; key->name; key++)
		if (is_owned(key))
			free(steal_ptr((char **)((char *)dev + key->offset)));
}

void config_drop_devices(struct vm_config *cfg, enum option_id id)
{
	const struct option_device *device = option_table[id].device;
	unsigned int i;

	for (i = 0; i < device->max; i++) {
		free_strings(device, device_at(cfg, id, i));
		memset(device_at(cfg, id, i), 0, device->size);
	}
	*count_of(cfg, id) = 0;
}

int config_device_begin(struct config_build *b, enum option_id id,
			struct err *e)
{
	const struct option_device *device = option_table[id].device;
	unsigned int *count = count_of(b->cfg, id);
	void *dev;

	if (device->max == 1)
		*count = 0;
	if (*count == device->max)
		return err_config(e, "a guest has at most %u %s", device->max,
				  device->noun);
	dev = device_at(b->cfg, id, *count);
	free_strings(device, dev);
	memcpy(dev, device->initial, device->size);
	*(struct origin *)dev = b->from;
	b->device = (struct config_device){ .id = id, .dev = dev };
	return 0;
}

int config_device_key(struct config_build *b, const struct option_def *key,
		      const char *text, struct err *e)
{
	const struct option_device *device = option_table[b->device.id].device;
	uint64_t bit = BIT(key - device->keys);

	if ((b->device.given & bit) && key->type != OPTION_LIST)
		return err_config(e, "is given a second time");
	b->device.given |= bit;
	return config_set_at(b, key, b->device.dev, text, e);
}

static int check_required(const struct config_build *b, struct err *e)
{
	const struct option_def *def = &option_table[b->device.id];
	const struct option_def *key;

	for (key = def->device->keys; key->name; key++) {
		if (!key->required ||
		    (b->device.given & BIT(key - def->device->keys)))
			continue;
		return err_config(e, "\"%s\" is missing: wants %s", key->name,
				  def->arg);
	}
	return 0;
}

static int check_same(const struct config_build *b, struct err *e)
{
	const struct option_device *device = option_table[b->device.id].device;
	unsigned int i;

	for (i = 0; device->same && i < *count_of(b->cfg, b->device.id); i++)
		if (device->same(device_at(b->cfg, b->device.id, i),
				 b->device.dev))
			return err_config(e, "has the same %s as another one",
					  device->same_key);
	return 0;
}

int config_device_end(struct config_build *b, struct err *e)
{
	const struct option_device *device = option_table[b->device.id].device;
	int ret;

	ret = check_required(b, e);
	if (!ret && device->check)
		ret = device->check(b->device.dev, e);
	if (ret > 0) {
		free_strings(device, b->device.dev);
		return 0;
	}
	if (!ret)
		ret = check_same(b, e);
	if (!ret)
		++*count_of(b->cfg, b->device.id);
	return ret;
}

/*
 * Cut one word off @text, at the first comma that stands alone; two of them
 * are one comma of the word.  What follows goes to @rest, NULL at the end.
 */
static char *cut_word(char *text, char **rest)
{
	char *in, *out = text;

	for (in = text; *in; in++) {
		if (*in == ',' && *++in != ',') {
			*out = '\0';
			*rest = in;
			return text;
		}
		*out++ = *in;
	}
	*out = '\0';
	*rest = NULL;
	return text;
}

/*
 * What stands before the "=" of "KEY=VALUE", 0: nothing does.  A path such as
 * "/srv/a=b" begins with no key.  Any name may begin a pair.
 */
static size_t key_len(const char *word, bool pair)
{
	size_t len = pair ? strcspn(word, "=") : 0;

	while (!pair && (isalnum((unsigned char)word[len]) ||
			 word[len] == '_' || word[len] == '-'))
		len++;
	return len && word[len] == '=' ? len : 0;
}

static int set_key(struct config_build *b, const struct option_def *key,
		   const char *text, struct err *e)
{
	int ret = config_device_key(b, key, text, e);

	return ret ? err_wrap(e, ret, "%s", key->name) : 0;
}

static int unknown(const struct option_device *device, const char *word,
		   struct err *e)
{
	char name[OPTION_NAME_MAX];
	const char *near;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	near = option_key_nearest(device, name);
	if (near)
		return err_config(e, "key \"%s\" is not known; did you mean "
				  "\"%s\"?", name, near);
	return err_config(e, "key \"%s\" is not known; a comma in a value is "
			  "written twice, \",,\"", name);
}

/* NAME=VALUE, whatever NAME is. */
static int set_pair(struct config_build *b, const struct option_device *device,
		    char *word, size_t len, struct err *e)
{
	int ret;

	word[len] = '\0';
	ret = set_key(b, &device->keys[0], word, e);
	return ret ? ret : set_key(b, &device->keys[1], word + len + 1, e);
}

/* A word "KEY=VALUE". */
static int take_named(struct config_build *b,
		      const struct option_device *device, char *word,
		      size_t len, bool first, struct err *e)
{
	const struct option_def *key = option_key_find(device, word, len);

	if (key)
		return set_key(b, key, word + len + 1, e);
	if (first && device->pair)
		return set_pair(b, device, word, len, e);
	return unknown(device, word, e);
}

/* A word without: the next of the positional values, else a flag. */
static int take_bare(struct config_build *b, const struct option_device *device,
		     const char *word, const struct option_def **next,
		     struct err *e)
{
	const struct option_def *key;

	key = option_key_find(device, word, strlen(word));
	if (*next && (*next)->positional && (!key || *next == device->keys))
		return set_key(b, (*next)++, word, e);
	if (!key)
		return unknown(device, word, e);
	if (key->type != OPTION_BOOL)
		return err_config(e, "%s: wants a value: %s=%s", key->name,
				  key->name, key->arg);
	*next = NULL;
	return set_key(b, key, "true", e);
}

static int take_words(struct config_build *b,
		      const struct option_device *device, char *text,
		      struct err *e)
{
	const struct option_def *next = device->keys;
	bool first = true;
	int ret = 0;

	while (text && !ret) {
		char *word = cut_word(text, &text);
		size_t len = key_len(word, first && device->pair);

		if (!*word)
			ret = err_config(e, "wants a word before and after "
					 "each comma; a comma in a value is "
					 "written twice, \",,\"");
		else if (len)
			ret = take_named(b, device, word, len, first, e);
		else
			ret = take_bare(b, device, word, &next, e);
		if (len)
			next = NULL;
		first = false;
	}
	return ret;
}

int config_device_text(struct config_build *b, const struct option_def *def,
		       const char *text, struct err *e)
{
	_cleanup_free_ char *copy = strdup(text);
	int ret;

	if (!copy)
		return err_fault(e, -ENOMEM, "keeping a device");
	ret = config_device_begin(b, def - option_table, e);
	if (!ret)
		ret = take_words(b, def->device, copy, e);
	return ret ? ret : config_device_end(b, e);
}
