/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#define TOY_GO		0x00003b64
#define TOY_READ	0x80083b01
