/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/v2m - the registers of a GICv2m frame (Server Base System
 * Architecture, appendix E)
 *
 * Devices' messages do not come here: they are translated where they are sent
 * (include/signals.h).  What is left says which SPIs the frame has.
 */
#ifndef ARM64_V2M_H
#define ARM64_V2M_H

#include "mmio.h"

extern const struct mmio_ops v2m_ops;	/* dev: none */

#endif /* ARM64_V2M_H */
