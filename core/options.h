/*
 * options - the one table of configuration options. Private to core.
 *
 * A row says where an option lives in struct vg_config, what it may be and how
 * it is explained. The table parses the file and --set, prints the help and
 * writes docs/configuration.md; nothing else knows an option's name or range.
 *
 * Owner:   the table is const; texts set by vg_option_set() belong to the
 *          configuration.
 * Threads: any; a configuration under construction has one.
 */
#ifndef VG_CORE_OPTIONS_H
#define VG_CORE_OPTIONS_H

#include "core/config.h"

enum vg_option_type {
	VG_OPT_TEXT,	 /* char *: min and max are its length        */
	VG_OPT_PATH,	 /* char *: relative ones start at the file   */
	VG_OPT_NUMBER,	 /* int64_t                                   */
	VG_OPT_DURATION, /* int64_t: ms                               */
	VG_OPT_BOOL,	 /* bool: true or false                       */
	VG_OPT_LIST	 /* of texts or maps                          */
};

enum { VG_OPTIONS_MAX = 192 };

/* The offset of lists and of the members of their entries, which
 * core/config_lists.c reads. */
#define VG_OPT_ELSEWHERE SIZE_MAX

struct vg_option {
	const char *name;
	enum vg_option_type type;
	size_t offset;	     /* in struct vg_config, or VG_OPT_ELSEWHERE */
	const char *initial; /* as one would write it; NULL = required */
	int64_t min, max;
	const char *unit; /* of a number; what a text looks like */
	const char *help;
	/* NULL, or what is wrong with a text and the remedy: NULL if right. */
	const char *(*fault)(const char *text);
};

/* Row `i`, in the order of the documentation; NULL past the end. */
const struct vg_option *vg_option_at(size_t i);

/* The rows of http, oidc and audit, *n of them (core/options_api.c). */
const struct vg_option *vg_options_api(size_t *n);

/* Row and its number of an exact name; NULL when there is none. */
const struct vg_option *vg_option_find(const char *name, size_t *i);

/* True when some option is called `name`, a dot and more. */
bool vg_option_is_section(const char *name);

/* The option or section most like `name`, for "did you mean"; NULL when none
 * is near. Written to `out` of `cap` bytes, which it returns. */
const char *vg_option_nearest(const char *name, char *out, size_t cap);

/* True when the row is one value, hence of the file's maps and of --set. */
bool vg_option_is_scalar(const struct vg_option *o);

/* Read `text` by row `o` into `cfg`; relative paths start at folder `dir`
 * ("" for the working folder). VG_INVAL with "what; remedy". */
enum vg_rc vg_option_set(struct vg_config *cfg, const struct vg_option *o,
			 const char *dir, const char *text,
			 struct vg_err *err) VG_MUST_CHECK;

/* Judge a text by row `o`: its length and what the row asks of it. VG_INVAL
 * with "what; remedy". */
enum vg_rc vg_option_judge(const struct vg_option *o, const char *text,
			   struct vg_err *err) VG_MUST_CHECK;

/* Read a whole number or a duration by the range of row `o`. VG_INVAL with
 * "what; remedy". */
enum vg_rc vg_option_int(const struct vg_option *o, const char *text,
			 int64_t *out, struct vg_err *err) VG_MUST_CHECK;

/* The range of row `o` as text ("1..64", "1s..10m"), or "". Returns `out`. */
const char *vg_option_range(const struct vg_option *o, char *out, size_t cap);

/* `path`, or when relative `dir`/`path`; NULL when memory is out. */
char *vg_path_join(const char *dir, const char *path);

#endif
