// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The address space as a picture.
 *
 * Above, all of it on one strip. Its scale is logarithmic from both ends: equal
 * steps double the distance from 0 in the left half and from 2^64-1 in the right
 * half, so that the top of the space has as much room as the bottom. Below, the
 * places where mappings are, linear and at full size, in rows that go on like
 * lines of text.
 *
 * The picture is written beside its place and moved there when it is whole.
 */
#include "../picture.h"
#include "replay.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All in SVG's user units: pixels. */
#define WIDTH 1200.0
#define LEFT 150.0
#define PIXELS 1000		/* of a row, one unit each */
#define SPAN ((double)PIXELS)
#define STRIP_HEIGHT 44.0
#define ROW_HEIGHT 22.0
#define ROW_STEP 30.0
#define BAR_HEIGHT 4.0

#define MAPPED_A PICTURE_MAIN
#define MAPPED_B PICTURE_SECOND
#define HOLE PICTURE_EMPTY
#define OUTSIDE PICTURE_OUTSIDE
#define WINDOW PICTURE_GOOD
#define REJECTED PICTURE_BAD
#define INK PICTURE_INK
#define FAINT PICTURE_FAINT

/* The shades a pixel can have, and most boxes drawn one by one. */
#define SHADES 8
#define BOXES 100

/* Of all panels; the head and a last line fit beside it into a megabyte. */
#define BYTES_MAX 1040000

/* Places with mappings that are drawn at full size, and rows of one. */
#define PLACES 4
#define ROWS 8

/* A stretch of the space that has mappings: live[first .. first + nr - 1]. */
struct place {
	size_t first, nr;
	struct vprim_range range;
};

struct canvas {
	FILE *to;
	const struct replay_run *run;
	double y;		/* where the next thing begins */
	struct place places[PLACES];
	size_t nr_places;
};

/* -- shapes ---------------------------------------------------------------- */

static void box(const struct canvas *c, double x, double y, double w, double h,
		const char *fill)
{
	fprintf(c->to, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n",
		x, y, w, h, fill);
}

static void frame(const struct canvas *c, double x, double y, double w, double h)
{
	fprintf(c->to, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"none\" stroke=\"%s\" stroke-width=\"0.8\"/>\n",
		x, y, w, h, FAINT);
}

static void line(const struct canvas *c, double x, double y1, double y2,
		 const char *colour)
{
	fprintf(c->to, "<path d=\"M%.2f %.2fV%.2f\" stroke=\"%s\" stroke-width=\"0.8\"/>\n",
		x, y1, y2, colour);
}

/* A red mark that stands on y. */
static void mark(const struct canvas *c, double x, double y)
{
	fprintf(c->to, "<path d=\"M%.2f %.2fl-4 -8h8z\" fill=\"%s\"/>\n", x, y,
		REJECTED);
}

/* -- pixels ---------------------------------------------------------------- */

/* How much of each pixel of a row is covered, from 0 to 1. */
struct pixels {
	double full[PIXELS];
};

/* From and to are places on the page. */
static void cover(struct pixels *p, double from, double to)
{
	size_t i;

	from = from > LEFT ? from - LEFT : 0;
	to = to < LEFT + SPAN ? to - LEFT : SPAN;
	for (i = (size_t)from; i < PIXELS && (double)i < to; i++) {
		double low = from > (double)i ? from : (double)i;
		double high = to < (double)i + 1 ? to : (double)i + 1;

		p->full[i] += high - low;
	}
}

/* 0 for an empty pixel only, SHADES for a full one only. */
static int shade_of(double full)
{
	if (full <= 0)
		return 0;
	if (full >= 0.999)
		return SHADES;
	return 1 + (int)(full * (SHADES - 1));
}

/* Pixels of one shade, as one stroke with gaps. */
static void stroke(const struct canvas *c, const struct pixels *p, int shade,
		   double y, double h, const char *fill)
{
	size_t i, run, at = 0;
	bool begun = false;

	for (i = 0; i < PIXELS; i += run) {
		for (run = 1; i + run < PIXELS && shade_of(p->full[i + run]) ==
		     shade_of(p->full[i]); run++)
			;
		if (shade_of(p->full[i]) != shade)
			continue;
		if (!begun)
			fprintf(c->to, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%.0f\" stroke-opacity=\"%.2f\" d=\"M%.0f %.2f",
				fill, h, (double)shade / SHADES,
				LEFT + (double)i, y + h / 2);
		else
			fprintf(c->to, "m%zu 0", i - at);
		fprintf(c->to, "h%zu", run);
		begun = true;
		at = i + run;
	}
	if (begun)
		fputs("\"/>\n", c->to);
}

static void draw_pixels(const struct canvas *c, const struct pixels *p, double y,
			double h, const char *fill)
{
	int shade;

	for (shade = 1; shade <= SHADES; shade++)
		stroke(c, p, shade, y, h, fill);
}

/* -- text ------------------------------------------------------------------ */

enum anchor { START, MIDDLE, END };

static void begin_text(const struct canvas *c, double x, double y, double size,
		       enum anchor anchor, const char *colour, bool mono)
{
	static const char *const anchors[] = { "start", "middle", "end" };

	fprintf(c->to, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.1f\" text-anchor=\"%s\" fill=\"%s\"%s>",
		x, y, size, anchors[anchor], colour,
		mono ? " font-family=\"" PICTURE_FONT_MONO "\"" : "");
}

/* Text from outside: a file's name may hold anything. */
static void put_escaped(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", to);
		else if (*text == '>')
			fputs("&gt;", to);
		else if (*text == '&')
			fputs("&amp;", to);
		else
			putc((unsigned char)*text < ' ' ? '?' : *text, to);
	}
}

static void put_text(const struct canvas *c, double x, double y, double size,
		     enum anchor anchor, const char *colour, const char *text)
{
	begin_text(c, x, y, size, anchor, colour, false);
	put_escaped(c->to, text);
	fputs("</text>\n", c->to);
}

static void put_hex(const struct canvas *c, double x, double y,
		    enum anchor anchor, uint64_t v)
{
	begin_text(c, x, y, 10, anchor, INK, true);
	fprintf(c->to, "0x%" PRIx64 "</text>\n", v);
}

/* -- scales ---------------------------------------------------------------- */

/* Distances below a page share one step; the middle is 2^63. */
#define FIRST_BIT 12
#define STEPS (63.0 - FIRST_BIT + 1)

static double log_part(uint64_t distance)
{
	if (distance < (UINT64_C(1) << FIRST_BIT))
		return ldexp((double)distance, -FIRST_BIT) / STEPS;
	return (log2((double)distance) - FIRST_BIT + 1) / STEPS;
}

/* Where an address is on the strip. */
static double log_x(uint64_t addr)
{
	double half = SPAN / 2;

	if (addr >> 63)
		return LEFT + SPAN - half * log_part(UINT64_MAX - addr);
	return LEFT + half * log_part(addr);
}

/* Where an address is in a row that shows the given range. */
static double row_x(const struct vprim_range *row, uint64_t addr)
{
	return LEFT + SPAN * ((double)(addr - row->start) /
			      ((double)(row->last - row->start) + 1));
}

/* -- stretches of colour --------------------------------------------------- */

/*
 * A run of boxes that are drawn as one as long as they are of one colour and
 * nearer to each other than the eye can tell.
 */
struct brush {
	const struct canvas *c;
	double y, h;
	double least;		/* width of what is narrower than the eye */
	struct pixels *into;	/* where the boxes go instead, or NULL */
	double from, to;
	const char *fill;	/* NULL: nothing is pending */
};

static void brush_end(struct brush *b)
{
	if (b->fill && b->into)
		cover(b->into, b->from, b->to);
	else if (b->fill)
		box(b->c, b->from, b->y, b->to - b->from, b->h, b->fill);
	b->fill = NULL;
}

static void brush_add(struct brush *b, double from, double to, const char *fill)
{
	if (to - from < b->least)
		from = to - b->least;
	if (b->fill == fill && from - b->to < 0.25) {
		if (to > b->to)
			b->to = to;
		return;
	}
	brush_end(b);
	b->from = from;
	b->to = to;
	b->fill = fill;
}

/* What no window has, over the range, in the caller's scale. */
static void outside(const struct canvas *c, const struct vprim_range *range,
		    double (*scale)(const struct vprim_range *, uint64_t),
		    double y, double h)
{
	const struct replay_options *o = &c->run->options;
	struct brush b = { .c = c, .y = y, .h = h, .least = 2 };
	struct pixels p = { 0 };
	uint64_t from = range->start;
	size_t i;

	if (!o->nr_windows)
		return;
	b.into = o->nr_windows > BOXES ? &p : NULL;
	for (i = 0; i < o->nr_windows && o->windows[i].start <= range->last; i++) {
		const struct vprim_range *w = &o->windows[i];

		if (w->last < from)
			continue;
		if (w->start > from)
			brush_add(&b, scale(range, from),
				  scale(range, w->start - 1), OUTSIDE);
		if (w->last >= range->last)
			break;
		from = w->last + 1;
	}
	if (i == o->nr_windows || o->windows[i].start > range->last)
		brush_add(&b, scale(range, from), scale(range, range->last),
			  OUTSIDE);
	brush_end(&b);
	draw_pixels(c, &p, y, h, OUTSIDE);
}

/* Room below the mappings for the bar that windows are. */
static double bar_height(const struct canvas *c)
{
	return c->run->options.nr_windows ? BAR_HEIGHT : 0;
}

/* The parts of windows that lie in the range, as a green bar. */
static void windows(const struct canvas *c, const struct vprim_range *range,
		    double (*scale)(const struct vprim_range *, uint64_t),
		    double y)
{
	const struct replay_options *o = &c->run->options;
	struct pixels p = { 0 };
	struct vprim_range part;
	size_t i;

	for (i = 0; i < o->nr_windows; i++) {
		double from, to;

		if (vprim_range_intersect(&o->windows[i], range, &part))
			continue;
		from = scale(range, part.start);
		to = scale(range, part.last);
		if (to - from < 1)
			to = from + 1;
		if (o->nr_windows > BOXES)
			cover(&p, from, to);
		else
			box(c, from, y, to - from, BAR_HEIGHT, WINDOW);
	}
	draw_pixels(c, &p, y, BAR_HEIGHT, WINDOW);
}

/* Marks that stand closer than this are one. */
#define MARK_WIDTH 4u

static void rejections(const struct canvas *c, const struct vprim_range *range,
		       double (*scale)(const struct vprim_range *, uint64_t),
		       double y)
{
	const struct replay_run *run = c->run;
	unsigned char drawn[PIXELS / MARK_WIDTH + 1] = { 0 };
	size_t i, column;

	for (i = 0; i < run->nr_rejected; i++) {
		double x;

		if (!vprim_range_has(range, run->rejected_at[i]))
			continue;
		x = scale(range, run->rejected_at[i]);
		column = (size_t)(x - LEFT) / MARK_WIDTH;
		if (!drawn[column])
			mark(c, x, y);
		drawn[column] = 1;
	}
}

/* -- the strip ------------------------------------------------------------- */

static double strip_scale(const struct vprim_range *range, uint64_t addr)
{
	(void)range;
	return log_x(addr);
}

static void strip_label(const struct canvas *c, uint64_t addr, int level,
			enum anchor anchor)
{
	double x = log_x(addr), y = c->y + STRIP_HEIGHT;

	line(c, x, y, y + 8 + 14 * level, FAINT);
	put_hex(c, x, y + 18 + 14 * level, anchor, addr);
}

static void strip_axis(const struct canvas *c)
{
	static const unsigned int bits[] = { 20, 32, 44 };
	double y = c->y + STRIP_HEIGHT;
	unsigned int bit;
	size_t i;

	for (bit = FIRST_BIT; bit < 63; bit += 4) {
		line(c, log_x(UINT64_C(1) << bit), y, y + 4, FAINT);
		line(c, log_x(-(UINT64_C(1) << bit)), y, y + 4, FAINT);
	}
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		strip_label(c, UINT64_C(1) << bits[i], i == 1, MIDDLE);
		strip_label(c, -(UINT64_C(1) << bits[i]), i == 1, MIDDLE);
	}
	strip_label(c, 0, 1, START);
	strip_label(c, UINT64_C(1) << 63, 1, MIDDLE);
	strip_label(c, UINT64_MAX, 1, END);
}

static void strip(struct canvas *c)
{
	const struct vprim_range whole = { 0, UINT64_MAX };
	struct brush b = {
		.c = c, .h = STRIP_HEIGHT - bar_height(c), .least = 0.6,
	};
	struct pixels p = { 0 };
	size_t i;

	b.into = c->run->nr_live > BOXES ? &p : NULL;

	put_text(c, LEFT, c->y, 12, START, INK,
		 "The whole space, logarithmic from both ends: from tick to tick the distance grows 16 times");
	c->y += 20;
	b.y = c->y;
	box(c, LEFT, c->y, SPAN, STRIP_HEIGHT, HOLE);
	windows(c, &whole, strip_scale, c->y + STRIP_HEIGHT - BAR_HEIGHT);
	outside(c, &whole, strip_scale, c->y, STRIP_HEIGHT);
	for (i = 0; i < c->run->nr_live; i++)
		brush_add(&b, log_x(c->run->live[i].range.start),
			  log_x(c->run->live[i].range.last), MAPPED_A);
	brush_end(&b);
	draw_pixels(c, &p, b.y, b.h, MAPPED_A);
	rejections(c, &whole, strip_scale, c->y);
	frame(c, LEFT, c->y, SPAN, STRIP_HEIGHT);
	strip_axis(c);
	c->y += STRIP_HEIGHT + 66;
}

/* -- places ---------------------------------------------------------------- */

static uint64_t gap_before(const struct replay_run *run, size_t i)
{
	return run->live[i].range.start - run->live[i - 1].range.last - 1;
}

/* The mappings around live[i] up to the next cut on either side. */
static struct place around(const struct replay_run *run, const size_t *cuts,
			   size_t nr, size_t i)
{
	size_t from = 0, to = run->nr_live, j;

	for (j = 0; j < nr; j++) {
		if (cuts[j] <= i && cuts[j] > from)
			from = cuts[j];
		if (cuts[j] > i && cuts[j] < to)
			to = cuts[j];
	}
	return (struct place){
		.first = from, .nr = to - from,
		.range = { run->live[from].range.start,
			   run->live[to - 1].range.last },
	};
}

/* A hole splits a place when it would take a quarter of it. */
static bool splits(const struct replay_run *run, const size_t *cuts, size_t nr,
		   size_t i)
{
	struct place p = around(run, cuts, nr, i);

	return gap_before(run, i) > (p.range.last - p.range.start) / 4;
}

/*
 * The largest hole that splits a place, as the index of the mapping behind it,
 * or 0.
 */
static size_t largest_gap(const struct replay_run *run, const size_t *cuts,
			  size_t nr)
{
	size_t i, j, best = 0;

	for (i = 1; i < run->nr_live; i++) {
		for (j = 0; j < nr && cuts[j] != i; j++)
			;
		if (j == nr && gap_before(run, i) &&
		    (!best || gap_before(run, i) > gap_before(run, best)) &&
		    splits(run, cuts, nr, i))
			best = i;
	}
	return best;
}

static int ascending(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

static void find_places(struct canvas *c)
{
	size_t cuts[PLACES], nr = 0, cut = 0, i;

	if (!c->run->nr_live)
		return;
	do {
		cuts[nr++] = cut;
		cut = largest_gap(c->run, cuts, nr);
	} while (cut && nr < PLACES);
	qsort(cuts, nr, sizeof(cuts[0]), ascending);
	for (i = 0; i < nr; i++)
		c->places[i] = around(c->run, cuts, nr, cuts[i]);
	c->nr_places = nr;
}

/*
 * The low address bits that one row shows: so many that a place with many
 * mappings gets many rows, and rows begin at round addresses.
 */
static uint64_t row_mask(const struct place *p)
{
	uint64_t rows = (p->nr - 1) / 100 + 1;
	uint64_t step = (p->range.last - p->range.start) /
			(rows < ROWS ? rows : ROWS);
	uint64_t mask = 0;

	while (mask < step)
		mask = mask << 1 | 1;
	return mask;
}

static void place_head(struct canvas *c, const struct place *p)
{
	struct replay_bytes mapped = { .some = true, .last_offset = UINT64_MAX };
	struct replay_bytes span = { true, p->range.last - p->range.start };
	char count[REPLAY_NUMBER], a[REPLAY_NUMBER], b[REPLAY_NUMBER];
	uint64_t sum = 0;
	size_t i;

	for (i = p->first; i < p->first + p->nr; i++)
		sum += c->run->live[i].range.last - c->run->live[i].range.start + 1;
	mapped.last_offset = sum - 1;
	begin_text(c, LEFT, c->y, 12, START, INK, false);
	fprintf(c->to, "0x%" PRIx64 "..0x%" PRIx64 ": %s %s, %s of %s</text>\n",
		p->range.start, p->range.last,
		replay_text_count(count, p->nr),
		p->nr == 1 ? "mapping" : "mappings",
		replay_text_human(a, &mapped), replay_text_human(b, &span));
}

/* The first mapping that ends at addr or above; nr_live when none does. */
static size_t first_from(const struct replay_run *run, uint64_t addr)
{
	size_t low = 0, high = run->nr_live;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (run->live[mid].range.last < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Whether a row has more mappings than are drawn one by one. */
static bool is_dense(const struct replay_run *run, const struct vprim_range *row)
{
	size_t i = first_from(run, row->start);

	return i + BOXES < run->nr_live &&
	       run->live[i + BOXES].range.start <= row->last;
}

static void place_row(struct canvas *c, const struct vprim_range *row)
{
	const bool dense = is_dense(c->run, row);
	struct brush b = {
		.c = c, .y = c->y, .h = ROW_HEIGHT - bar_height(c), .least = 0.6,
	};
	double byte = row_x(row, row->start + 1) - LEFT;
	const struct replay_run *run = c->run;
	struct pixels p = { 0 };
	struct vprim_range part;
	size_t i = first_from(run, row->start);

	box(c, LEFT, c->y, SPAN, ROW_HEIGHT, HOLE);
	windows(c, row, row_x, c->y + ROW_HEIGHT - BAR_HEIGHT);
	outside(c, row, row_x, c->y, ROW_HEIGHT);
	for (; i < run->nr_live &&
	     !vprim_range_intersect(&run->live[i].range, row, &part); i++) {
		double from = row_x(row, part.start);
		double to = row_x(row, part.last) + byte;

		if (dense)
			cover(&p, from, to);
		else
			brush_add(&b, from, to, i & 1 ? MAPPED_B : MAPPED_A);
	}
	brush_end(&b);
	draw_pixels(c, &p, b.y, b.h, MAPPED_A);
	rejections(c, row, row_x, c->y);
	frame(c, LEFT, c->y, SPAN, ROW_HEIGHT);
	put_hex(c, LEFT - 8, c->y + 15, END, row->start);
	c->y += ROW_STEP;
}

static void place(struct canvas *c, const struct place *p)
{
	uint64_t mask = row_mask(p);
	struct vprim_range row;

	place_head(c, p);
	c->y += 12;
	row.start = p->range.start & ~mask;
	row.last = row.start | mask;
	place_row(c, &row);
	while (row.last < p->range.last) {
		row.start = row.last + 1;
		row.last = row.start | mask;
		place_row(c, &row);
	}
	put_hex(c, LEFT + SPAN, c->y + 4, END, row.last);
	c->y += 34;
}

/* -- the whole ------------------------------------------------------------- */

/* A swatch, in two colours where it takes turns, and what it stands for. */
static double key(const struct canvas *c, double x, const char *fill,
		  const char *other, const char *text)
{
	box(c, x, c->y - 10, 10, 12, fill);
	box(c, x + 10, c->y - 10, 10, 12, other);
	frame(c, x, c->y - 10, 20, 12);
	put_text(c, x + 26, c->y, 12, START, INK, text);
	return x + 26 + 6.1 * (double)strlen(text) + 20;
}

static void legend(struct canvas *c)
{
	const bool restricted = c->run->options.nr_windows != 0;
	double x = LEFT;

	x = key(c, x, MAPPED_A, MAPPED_B, c->run->nr_live > BOXES ?
		"live mappings, in turn or as full as dark" :
		"live mappings, in turn dark and light");
	x = key(c, x, HOLE, HOLE, "hole");
	mark(c, x + 6, c->y);
	put_text(c, x + 16, c->y, 12, START, INK, "rejected request");
	x += 140;
	if (restricted) {
		x = key(c, x, WINDOW, WINDOW, "window");
		key(c, x, OUTSIDE, OUTSIDE, "outside the windows");
	} else {
		put_text(c, x, c->y, 12, START, FAINT,
			 "no windows: all addresses are usable");
	}
	c->y += 32;
}

static void title(struct canvas *c)
{
	const struct replay_run *r = c->run;
	const char *slash = strrchr(r->rec->file, '/');

	begin_text(c, LEFT, c->y, 18, START, INK, false);
	put_escaped(c->to, slash ? slash + 1 : r->rec->file);
	fprintf(c->to, ": the address space at its peak%s</text>\n",
		r->options.to_top ? ", moved to the top" : "");
	c->y += 22;
}

static void facts(struct canvas *c)
{
	const struct replay_run *r = c->run;
	const struct replay_bytes hole = replay_size(r->largest_hole);
	char a[REPLAY_NUMBER], b[REPLAY_NUMBER], d[REPLAY_NUMBER];

	begin_text(c, LEFT, c->y, 12, START, FAINT, false);
	fprintf(c->to, "%s events, policy %s: %s live mappings, %s rejected",
		replay_text_count(a, r->rec->nr), r->options.policy->name,
		replay_text_count(b, r->peak_mappings),
		replay_text_count(d, r->nr_rejected));
	if (r->holes)
		fprintf(c->to, "; %s %s, the largest 0x%" PRIx64 "..0x%" PRIx64
			", %s", replay_text_count(a, r->holes),
			r->holes == 1 ? "hole" : "holes",
			r->largest_hole_at.start, r->largest_hole_at.last,
			replay_text_human(b, &hole));
	fputs("</text>\n", c->to);
	c->y += 30;
}

static void panel(struct canvas *c)
{
	size_t i;

	find_places(c);
	title(c);
	facts(c);
	legend(c);
	strip(c);
	for (i = 0; i < c->nr_places; i++)
		place(c, &c->places[i]);
	if (!c->nr_places)
		put_text(c, LEFT, c->y, 12, START, FAINT, "nothing was mapped");
	c->y += 24;
}

/* A panel, unless the picture would be too large with it. */
static bool add_panel(struct canvas *c)
{
	const off_t before = ftello(c->to);
	const double y = c->y;

	c->nr_places = 0;
	panel(c);
	if (ftello(c->to) <= BYTES_MAX)
		return true;
	c->y = y;
	(void)fseeko(c->to, before, SEEK_SET);
	return false;
}

/* The height is known when all is drawn, and stands in front of it. */
int replay_draw(FILE *to, const struct replay_run *runs, size_t nr)
{
	struct canvas c = { .y = 36 };
	char *body = NULL;
	size_t bytes = 0, i;

	c.to = open_memstream(&body, &bytes);
	if (!c.to)
		return -1;
	for (i = 0; i < nr; i++) {
		c.run = &runs[i];
		if (!add_panel(&c))
			break;
	}
	if (i < nr) {
		begin_text(&c, LEFT, c.y, 18, START, INK, false);
		fprintf(c.to, "%zu more recordings are not drawn: the picture has its megabyte</text>\n",
			nr - i);
		c.y += 46;
	}
	if (fclose(c.to)) {
		free(body);
		return -1;
	}
	fprintf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"" PICTURE_FONT "\">\n",
		WIDTH, c.y, WIDTH, c.y);
	fprintf(to, "<rect width=\"100%%\" height=\"100%%\" fill=\"" PICTURE_PAPER "\"/>\n");
	fwrite(body, 1, bytes, to);
	fputs("</svg>\n", to);
	free(body);
	return ferror(to) ? -1 : 0;
}
