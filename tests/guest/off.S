/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * off: the smallest guest, 80 bytes.  PSCI SYSTEM_OFF at the first
 * instructions, so that a run of it costs what the monitor costs.
 */
	.text
	b	1f
	.long	0
	.quad	0			// text_offset
	.quad	80			// image_size
	.quad	0xa			// little endian, 4 KiB pages, anywhere
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0
1:	movz	w0, #0x0008		// SYSTEM_OFF
	movk	w0, #0x8400, lsl #16
	hvc	#0
	b	.
