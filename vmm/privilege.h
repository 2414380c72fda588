/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privilege - give up what start-up needed
 */
#ifndef VMM_PRIVILEGE_H
#define VMM_PRIVILEGE_H

#include "err.h"

/**
 * privilege_drop() - no capabilities, and no way to get any
 *
 * Capabilities belong to threads, so this runs on the main thread after
 * everything is open and before any other thread exists: they inherit it.
 */
int privilege_drop(struct err *e);

#endif /* VMM_PRIVILEGE_H */
