/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of facts/ share. */
#ifndef FACTS_PART_H
#define FACTS_PART_H
#include "facts.h"

/* What a line is to a form. */
enum match {
	MATCH_NO,		/* something else */
	MATCH_YES,
	MATCH_CUT,		/* it ends too early; the next line may go on */
	MATCH_WRONG,		/* it has the form's mark and is not the form */
};

/*
 * Values of a line. A letter says what a number or a word is:
 *
 *   i  first address       l  last address       e  address behind the last
 *   s  size                t  target             u  a number of no interest
 *   p  protection, read 1 and write 2            o  1: read only
 *   f  flags, as words or as a number            r  result, as "-22 (text)"
 *   E  a sentence of errno                       N  errno as a number
 *   w  a word of no interest                     *  the rest of the line
 *   q  nothing, or a message's end in quotes or escapes, and the rest
 *   k  kind of a reserved region                 c  count
 *
 * Capitals I and L are hexadecimal without need of 0x.
 */
struct key {
	const char *name;
	char field;
};

struct form {
	const char *name;
	enum fact_kind kind;
	enum fact_layer layer;
	/* Text in the line; a blank stands for any number of them. */
	const char *mark;
	/*
	 * What follows the mark: a pattern with %LETTER, "\[" for a bracket and
	 * [ ] around what may be missing; or names with values in any order.
	 */
	const char *pattern;
	const struct key *keys;
	const char *needs;		/* fields that must be among them */
	bool zeros;			/* a value that is not there is 0 */
	/* A form whose mark alone proves nothing: what does not fit is no damage. */
	bool weak;
	int result;			/* what its being there says */
	enum fact_cause cause;
	bool later;			/* it comes behind the request's own line */
	/* Other ways to read it. */
	enum match (*read)(struct facts *f, const struct form *form,
			   const char *p, struct fact *fact);
};

/* Numbers of a line before they become a fact. */
struct values {
	uint64_t start, last, end, size, prot, flags;
	bool has_start, has_last, has_end, has_size, has_prot, has_flags;
	bool readonly;
	unsigned int seen;		/* fields, a bit a letter */
	const char *flags_text;
	size_t flags_len;
};

/* A request that strace saw begin, of a thread that went to sleep in it. */
#define FACTS_BEGUN 16

struct begun {
	uint64_t pid;
	bool used;
	struct fact fact;
};

/* What the present line may belong to. */
enum facts_in {
	VIEW_NONE, VIEW_FLAT, VIEW_DISPATCH, VIEW_TREE, VIEW_IOMEM, VIEW_MAPS,
};

struct facts {
	struct input *in;
	struct begun begun[FACTS_BEGUN];
	struct fact *fact;
	bool any;			/* a fact was found */
	bool (*knows)(const char *line);	/* another reader, or NULL */
	bool stopped;
	struct facts_passed passed;
	/* forms: where the mark was in the line before, to look there first */
	size_t last_at;
	bool unfinished;		/* the present request sleeps */
	enum fact_layer free_layer;	/* of the free form, from its maps */
	/* views */
	enum facts_in view;
	bool told_tree, told_hidden;
	struct facts_tree *tree;	/* being read */
	struct facts_tree *told;	/* whole: its facts come next */
	/* groups: what the lines below a head belong to */
	bool in_group;
	uint64_t group;
	char device[16];
	const char *more;		/* other devices in the line, or NULL */
	/* a list of ranges in the present line, or NULL */
	const char *rest;
	char text[200];
	struct fact held;		/* comes next */
	bool has_held;
};

enum match facts_pattern(const char *pattern, const char *p, struct values *v,
			 struct fact *fact);
enum match facts_keys(const struct key *keys, const char **p, struct values *v,
		      struct fact *fact);
enum match facts_finish(struct facts *f, const struct form *form,
			const struct values *v, struct fact *fact);

/* Each: MATCH_NO, MATCH_YES with the fact filled, or the text of the damage. */
enum match facts_forms(struct facts *f, struct fact *fact);
enum match facts_view(struct facts *f, struct fact *fact);
enum match facts_ranges(struct facts *f, struct fact *fact);

/*
 * A tree of regions; false without memory, or when it is too large. A region's
 * priority counts among those with the same indentation below one another.
 */
struct facts_tree *facts_tree_new(const char *name, uint64_t line);
void facts_tree_free(struct facts_tree *t);
/* Another address space with the same tree. */
void facts_tree_name(struct facts_tree *t, const char *name);
bool facts_tree_add(struct facts_tree *t, const struct fact *region,
		    size_t indent, int64_t priority, bool disabled);
bool facts_tree_is_empty(const struct facts_tree *t);
bool facts_tree_finish(struct facts_tree *t);
/* The view that it makes, one fact a call; false at the end. */
bool facts_tree_next(struct facts_tree *t, struct fact *fact);

#define FACTS_BAD_TREE "a tree of memory regions too large or too deep to be read"

/* The present tree is over; false when it cannot be made a view. */
bool facts_end_tree(struct facts *f);

/* Groups, and who has their devices. */
enum match facts_group(struct facts *f, struct fact *fact);
bool facts_group_more(struct facts *f, struct fact *fact);
enum match facts_group_head(struct facts *f, const struct form *form,
			    const char *p, struct fact *fact);
enum match facts_group_path(struct facts *f, const struct form *form,
			    const char *p, struct fact *fact);
enum match facts_group_log(struct facts *f, const struct form *form,
			   const char *p, struct fact *fact);
enum match facts_driver(struct facts *f, const struct form *form,
			const char *p, struct fact *fact);

/* Whether the line has the mark of a form. */
bool facts_has_mark(const char *line);

const char *facts_say(struct facts *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The errno that a sentence of strerror() or a name stands for, negative; 0. */
int facts_errno_of_text(const char *text);
int facts_errno_of_name(const char *name);

#endif
