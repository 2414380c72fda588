// SPDX-License-Identifier: GPL-2.0-or-later
#include "virtio.h"
void test_misc(struct vio *v){(void)v;}
