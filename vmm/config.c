// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config - defaults, then file, then command line, then what must fit together
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arm64/platform.h"
#include "cmdline.h"
#include "config_build.h"
#include "log.h"
#include "pmu/partition.h"
#include "pmu/plan.h"
#include "util.h"

/* COMMAND_LINE_SIZE of arm64, arch/arm64/include/uapi/asm/setup.h */
#define GUEST_COMMAND_LINE_MAX 2048
#define PLACE_MAX 128

static int set_defaults(struct vm_config *cfg, struct err *e)
{
	*cfg = (struct vm_config){
		.cpus = 1,
		.mem_size = SZ_512M,
		.mem_base = PLAT_RAM_BASE,
		.rtc = true,
		.pvpanic = true,
		.sve = true,
		.ptrauth = true,
		.pmu_counters = PMU_COUNTERS_ALL,
		.pmu_partition = -1,
		.pmu_host_reserve = -1,
		.pmu_strict = -1,
		.pmu_abi = PMU_ABI_AUTO,
		.pmu_attr = PMU_ATTR_ENABLE_PARTITION,
		.loglevel = LOG_INFO,
	};
	snprintf(cfg->name, sizeof(cfg->name), "guest-%d", (int)getpid());
	cfg->dev = strdup("/dev/kvm");
	if (!cfg->dev)
		return err_fault(e, -ENOMEM, "reading the configuration");
	return 0;
}

const char *config_place(const struct vm_config *cfg, enum option_id id,
			 struct origin from, char *buf, size_t len)
{
	switch (from.kind) {
	case ORIGIN_FILE:
		snprintf(buf, len, "%s:%u:%u", cfg->config_file, from.line,
			 from.column);
		break;
	case ORIGIN_COMMAND_LINE:
		snprintf(buf, len, "--%s", option_table[id].name);
		break;
	case ORIGIN_DEFAULT:
		snprintf(buf, len, "default");
		break;
	}
	return buf;
}

const char *config_origin(const struct vm_config *cfg, enum option_id id,
			  char *buf, size_t len)
{
	return config_place(cfg, id, cfg->origin[id], buf, len);
}

const char *config_device_origin(const struct vm_config *cfg,
				 enum option_id id,
				 const struct origin *origin, char *buf,
				 size_t len)
{
	return config_place(cfg, id, *origin, buf, len);
}

static bool given(const struct vm_config *cfg, enum option_id id)
{
	return cfg->origin[id].kind != ORIGIN_DEFAULT;
}

/* The words that may be option or file name: which file, which kernel. */
static int sort_word(const char *word, const char **file, const char **kernel,
		     struct err *e)
{
	size_t len = word ? strlen(word) : 0;
	const char **place = kernel;

	if (!word)
		return 0;
	if (len > 5 && !strcmp(word + len - 5, ".toml"))
		place = file;
	if (*place)
		return err_config(e, "\"%.128s\" and \"%.128s\": two %s; name "
				  "one", *place, word,
				  place == file ? "configuration files" :
						  "kernels");
	*place = word;
	return 0;
}

static const char *last_use(const struct cmdline *cl, enum option_id id)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < cl->nr; i++)
		if (cl->uses[i].id == id)
			value = cl->uses[i].value;
	return value;
}

static int apply_file(struct config_build *b, const char *path, struct err *e)
{
	int ret;

	if (!path)
		return 0;
	b->from = (struct origin){ .kind = ORIGIN_COMMAND_LINE };
	ret = config_set(b, OPT_CONFIG, path, e);
	if (ret)
		return err_wrap(e, ret, "--config");
	return config_load(b, path, e);
}

static int apply_uses(struct config_build *b, const struct cmdline *cl,
		      struct err *e)
{
	enum option_id id;
	size_t i;
	int ret;

	b->from = (struct origin){ .kind = ORIGIN_COMMAND_LINE };
	if (last_use(cl, OPT_VCPU_AFFINITY))
		config_drop_pins(b);
	for (id = 0; id < OPT_NUM; id++)
		if (option_table[id].device && last_use(cl, id))
			config_drop_devices(b->cfg, id);
	for (i = 0; i < cl->nr; i++) {
		if (cl->uses[i].id == OPT_CONFIG)
			continue;
		ret = config_set(b, cl->uses[i].id, cl->uses[i].value, e);
		if (ret)
			return err_wrap(e, ret, "--%s",
					option_table[cl->uses[i].id].name);
	}
	return 0;
}

static void forget(struct vm_config *cfg, enum option_id id)
{
	cfg->origin[id] = (struct origin){ .kind = ORIGIN_DEFAULT };
	if (id == OPT_PMU_COUNTERS)
		cfg->pmu_counters = PMU_COUNTERS_ALL;
	if (id == OPT_PMU_PARTITION)
		cfg->pmu_partition = -1;
	if (id == OPT_PMU_HOST_RESERVE)
		cfg->pmu_host_reserve = -1;
	if (id == OPT_PMU_FALLBACK)
		cfg->pmu_fallback = false;
	if (id == OPT_PMU_FILTER)
		free(steal_ptr(&cfg->pmu_filter));
	if (id == OPT_PMU_STRICT)
		cfg->pmu_strict = -1;
	if (id == OPT_PMU_ABI)
		cfg->pmu_abi = PMU_ABI_AUTO;
	if (id == OPT_PMU_ATTR)
		cfg->pmu_attr = PMU_ATTR_ENABLE_PARTITION;
	if (id == OPT_PMU_CLUSTER)
		free(steal_ptr(&cfg->pmu_cluster));
}

static int contradiction(const struct vm_config *cfg, enum option_id a,
			 enum option_id b, const char *why, struct err *e)
{
	char place_a[PLACE_MAX], place_b[PLACE_MAX];

	return err_config(e, "%s (%s) and %s (%s) contradict each other: %s",
			  option_table[a].name,
			  config_origin(cfg, a, place_a, sizeof(place_a)),
			  option_table[b].name,
			  config_origin(cfg, b, place_b, sizeof(place_b)), why);
}

/* Everything about the PMU asks for one, but for what declines a kind. */
static bool asks_for_pmu(const struct vm_config *cfg, enum option_id id)
{
	return given(cfg, id) && (id != OPT_PMU_STRICT || cfg->pmu_strict > 0);
}

/*
 * "No PMU" against one of the settings that ask for one: the command line
 * overrides the file, and what stands at the same level contradicts itself.
 */
static int settle_no_pmu(struct vm_config *cfg, enum option_id id,
			 struct err *e)
{
	if (!given(cfg, OPT_PMU) || cfg->pmu || !asks_for_pmu(cfg, id))
		return 0;
	if (cfg->origin[OPT_PMU].kind == cfg->origin[id].kind)
		return contradiction(cfg, OPT_PMU, id, "one switches the PMU "
				     "off, the other asks for it", e);
	if (cfg->origin[OPT_PMU].kind > cfg->origin[id].kind)
		forget(cfg, id);
	return 0;
}

static int want_partition(const struct vm_config *cfg, enum option_id id,
			  struct err *e)
{
	char place[PLACE_MAX];

	if (!given(cfg, id) || given(cfg, OPT_PMU_PARTITION))
		return 0;
	return err_config(e, "%s: %s means something only with "
			  "--pmu-partition=N",
			  config_origin(cfg, id, place, sizeof(place)),
			  option_table[id].name);
}

static int settle_pmu(struct vm_config *cfg, struct err *e)
{
	static const enum option_id asking[] = {
		OPT_PMU_COUNTERS, OPT_PMU_PARTITION, OPT_PMU_HOST_RESERVE,
		OPT_PMU_FALLBACK, OPT_PMU_FILTER, OPT_PMU_STRICT, OPT_PMU_ABI,
		OPT_PMU_ATTR, OPT_PMU_CLUSTER,
	};
	static const enum option_id of_partition[] = {
		OPT_PMU_FALLBACK, OPT_PMU_HOST_RESERVE, OPT_PMU_ABI,
		OPT_PMU_ATTR,
	};
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(asking); i++) {
		ret = settle_no_pmu(cfg, asking[i], e);
		if (ret)
			return ret;
	}
	if (given(cfg, OPT_PMU_COUNTERS) && given(cfg, OPT_PMU_PARTITION) &&
	    cfg->pmu_counters != cfg->pmu_partition)
		return contradiction(cfg, OPT_PMU_COUNTERS, OPT_PMU_PARTITION,
				     "both say how many counters the guest "
				     "has, and differ", e);
	for (i = 0; i < ARRAY_SIZE(of_partition); i++) {
		ret = want_partition(cfg, of_partition[i], e);
		if (ret)
			return ret;
	}
	for (i = 0; i < ARRAY_SIZE(asking); i++)
		cfg->pmu = cfg->pmu || asks_for_pmu(cfg, asking[i]);
	return 0;
}

static void settle_macs(struct vm_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_nets; i++)
		if (!cfg->nets[i].mac_given)
			config_mac(cfg->name, i, cfg->nets[i].mac);
}

/* --nodefaults takes away what nobody asked for by name. */
static void settle_devices(struct vm_config *cfg)
{
	settle_macs(cfg);
	if (!cfg->nodefaults)
		return;
	if (!given(cfg, OPT_RTC))
		cfg->rtc = false;
	if (!given(cfg, OPT_PVPANIC))
		cfg->pvpanic = false;
}

static int check_params(const struct vm_config *cfg, struct err *e)
{
	const char *console = cfg->console == CONSOLE_VIRTIO ?
		"console=hvc0 " : "console=ttyS0 ";
	size_t own = cfg->nodefaults ? 0 : strlen(console);
	char place[PLACE_MAX];

	if (!cfg->params || own + strlen(cfg->params) < GUEST_COMMAND_LINE_MAX)
		return 0;
	return err_config(e, "%s: the kernel command line has %zu bytes, and "
			  "an arm64 kernel takes %d",
			  config_origin(cfg, OPT_PARAMS, place, sizeof(place)),
			  own + strlen(cfg->params),
			  GUEST_COMMAND_LINE_MAX - 1);
}

static int settle(struct config_build *b, struct err *e)
{
	int ret;

	ret = settle_pmu(b->cfg, e);
	if (ret)
		return ret;
	settle_devices(b->cfg);
	ret = check_params(b->cfg, e);
	if (!ret)
		ret = config_check_folders(b->cfg, e);
	if (ret)
		return ret;
	if (!b->cfg->kernel && !b->cfg->dry_run)
		return err_config(e, "no kernel: name one, as in \"tallyvm run "
				  "Image\", or give a file of settings with a "
				  "key \"kernel\"");
	return config_resolve_pins(b, e);
}

static int build(struct config_build *b, const struct cmdline *cl,
		 struct err *e)
{
	const char *file = last_use(cl, OPT_CONFIG);
	const char *kernel = last_use(cl, OPT_KERNEL);
	const char *option_kernel = kernel;
	int ret;

	ret = sort_word(cl->word, &file, &kernel, e);
	if (!ret)
		ret = apply_file(b, file, e);
	if (!ret)
		ret = apply_uses(b, cl, e);
	if (!ret && kernel != option_kernel)
		ret = config_set(b, OPT_KERNEL, kernel, e);
	if (!ret)
		ret = settle(b, e);
	return ret;
}

int config_parse(int argc, char **argv, struct vm_config *ret, struct err *e)
{
	struct config_build b = { .cfg = ret };
	struct cmdline cl = { 0 };
	int err;

	err = set_defaults(ret, e);
	if (!err)
		err = cmdline_parse(argc, argv, &cl, e);
	if (!err)
		err = build(&b, &cl, e);
	config_drop_pins(&b);
	cmdline_fini(&cl);
	return err;
}

void config_fini(struct vm_config *cfg)
{
	enum option_id id;

	for (id = 0; id < OPT_NUM; id++)
		if (option_table[id].device)
			config_drop_devices(cfg, id);
	free(cfg->config_file);
	free(cfg->kernel);
	free(cfg->initrd);
	free(cfg->params);
	free(cfg->dev);
	free(cfg->affinity);
	free(cfg->pmu_filter);
	free(cfg->pmu_cluster);
	free(cfg->panic_text);
	free(cfg->dump_dtb);
	*cfg = (struct vm_config){ 0 };
}
