/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_t - what the tests of the configuration share
 */
#ifndef TESTS_UNIT_CONFIG_T_H
#define TESTS_UNIT_CONFIG_T_H

#include "vmm/config.h"

/* Words of a command line for config_parse(). */
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/** cfg_parse() - config_parse() on a list of words that ends with NULL; the
 * words are copied, as argv may be written to */
int cfg_parse(const char *const *words, struct vm_config *cfg, struct err *e);

/** cfg_ok() - as above; fails the test with the message if there is one */
void cfg_ok(const char *const *words, struct vm_config *cfg);

/** cfg_bad() - as above, must fail with ERR_CONFIG and a text that contains
 * @text; the configuration is freed */
void cfg_bad(const char *const *words, const char *text);

/** cfg_file() - a new file "*.toml" with @len bytes of @text, in a fresh
 * folder; cfg_file_fini() removes both and frees the name */
char *cfg_file(const char *text, size_t len);
void cfg_file_fini(char *path);

/** cfg_source() - the text of a file of the source tree, terminated; from the
 * folder TALLYVM_SRC names, or the current one; to be freed */
char *cfg_source(const char *path);

#endif /* TESTS_UNIT_CONFIG_T_H */
