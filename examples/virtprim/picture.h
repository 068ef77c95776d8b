/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How the tool's pictures look: one typeface and one palette for all of them. */
#ifndef PICTURE_H
#define PICTURE_H

#define PICTURE_FONT "DejaVu Sans, Verdana, sans-serif"
#define PICTURE_FONT_MONO "DejaVu Sans Mono, monospace"
#define PICTURE_FONT_FIRST "DejaVu Sans"	/* where one name is taken */

#define PICTURE_PAPER "#ffffff"
#define PICTURE_INK "#222222"
#define PICTURE_FAINT "#777777"
#define PICTURE_LINE "#b9b9b9"
#define PICTURE_GRID "#dcdcdc"
#define PICTURE_EMPTY "#f2f0ea"		/* nothing happens here */
#define PICTURE_OUTSIDE "#8b8b8b"
#define PICTURE_MAIN "#2a6fb0"		/* what it is about */
#define PICTURE_SECOND "#6aa5d8"	/* and its neighbour */
#define PICTURE_THIRD "#8a4fb0"
#define PICTURE_GOOD "#3c9a5f"
#define PICTURE_BAD "#d22d2d"

#endif
