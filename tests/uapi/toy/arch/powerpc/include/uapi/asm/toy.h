/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#define TOY_GO		0x20003b64
#define TOY_READ	0x40083b01
#define TOY_POWER	7
