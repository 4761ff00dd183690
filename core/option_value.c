#include "core/options.h"

#include "core/timefmt.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* SHOWN: bytes of a bad value that a message repeats. */
enum { SHOWN = 40, WANT_TEXT = 48 };

/* Digits alone. False when malformed; past int64_t it is INT64_MAX, which no
 * range reaches. */
static bool parse_number(const char *text, int64_t *out)
{
	int64_t v = 0;

	if (*text == '\0')
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return false;
		int64_t digit = *p - '0';
		v = v > (INT64_MAX - digit) / 10 ? INT64_MAX : v * 10 + digit;
	}
	*out = v;
	return true;
}

const char *vg_option_range(const struct vg_option *o, char *out, size_t cap)
{
	char min[VG_TIME_TEXT], max[VG_TIME_TEXT];

	assert(cap > 0);
	out[0] = '\0';
	if (o->type == VG_OPT_DURATION) {
		vg_duration_print(min, o->min);
		vg_duration_print(max, o->max);
		(void)snprintf(out, cap, "%s..%s", min, max);
	} else if (o->type == VG_OPT_NUMBER || o->type == VG_OPT_LIST) {
		(void)snprintf(out, cap, "%lld..%lld", (long long)o->min,
			       (long long)o->max);
	}
	return out;
}

static enum vg_rc not_of_type(const struct vg_option *o, const char *text,
			      const char *want, struct vg_err *err)
{
	if (text[0] == '\0')
		text = "nothing";
	if (o->type == VG_OPT_DURATION)
		return vg_err_set(err, VG_INVAL,
				  "%.*s is not a duration; write for example "
				  "250ms, 90s, 10m, 6h or 7d",
				  SHOWN, text);
	return vg_err_set(err, VG_INVAL, "%.*s is not a whole number; set %s",
			  SHOWN, text, want);
}

enum vg_rc vg_option_int(const struct vg_option *o, const char *text,
			 int64_t *out, struct vg_err *err)
{
	char range[2 * VG_TIME_TEXT], want[WANT_TEXT] = "a duration";
	bool time = o->type == VG_OPT_DURATION;
	int64_t v = 0;

	if (!time)
		(void)snprintf(want, sizeof want, "a number%s%s",
			       o->unit[0] != '\0' ? " of " : "", o->unit);
	if (time ? !vg_duration_parse(vg_slice_of(text), &v)
		 : !parse_number(text, &v))
		return not_of_type(o, text, want, err);
	if (v < o->min || v > o->max)
		return vg_err_set(
			err, VG_INVAL, "%.*s is not in %s; set %s", SHOWN, text,
			vg_option_range(o, range, sizeof range), want);
	*out = v;
	return VG_OK;
}

char *vg_path_join(const char *dir, const char *path)
{
	bool plain = path[0] == '/' || path[0] == '\0' || dir[0] == '\0';
	size_t n = strlen(dir) + strlen(path) + 2;
	char *out = malloc(n);

	if (out == NULL)
		return NULL;
	if (plain)
		(void)snprintf(out, n, "%s", path);
	else
		(void)snprintf(out, n, "%s%s%s", dir,
			       dir[strlen(dir) - 1] == '/' ? "" : "/", path);
	return out;
}

enum vg_rc vg_option_judge(const struct vg_option *o, const char *text,
			   struct vg_err *err)
{
	int64_t n = (int64_t)strlen(text);

	if (n < o->min)
		return vg_err_set(err, VG_INVAL,
				  "%.*s is too short; write at least %lld "
				  "bytes (%s)",
				  SHOWN, n == 0 ? "nothing" : text,
				  (long long)o->min, o->unit);
	if (n > o->max)
		return vg_err_set(err, VG_INVAL,
				  "%.*s is longer than %lld bytes; shorten it "
				  "(%s)",
				  SHOWN, text, (long long)o->max, o->unit);
	const char *fault = o->fault != NULL ? o->fault(text) : NULL;
	if (fault != NULL)
		return vg_err_set(err, VG_INVAL, "%.*s %s", SHOWN, text, fault);
	return VG_OK;
}

static enum vg_rc set_text(char **at, const struct vg_option *o,
			   const char *dir, const char *text,
			   struct vg_err *err)
{
	enum vg_rc rc = vg_option_judge(o, text, err);
	if (rc != VG_OK)
		return rc;

	char *copy = vg_path_join(o->type == VG_OPT_PATH ? dir : "", text);
	if (copy == NULL)
		return vg_err_set(err, VG_FATAL, "out of memory");
	free(*at);
	*at = copy;
	return VG_OK;
}

static enum vg_rc set_bool(bool *at, const char *text, struct vg_err *err)
{
	bool yes = strcmp(text, "true") == 0;

	if (!yes && strcmp(text, "false") != 0)
		return vg_err_set(err, VG_INVAL,
				  "%.*s is neither; write true or false", SHOWN,
				  text[0] != '\0' ? text : "nothing");
	*at = yes;
	return VG_OK;
}

enum vg_rc vg_option_set(struct vg_config *cfg, const struct vg_option *o,
			 const char *dir, const char *text, struct vg_err *err)
{
	char *at = (char *)cfg + o->offset;

	assert(vg_option_is_scalar(o));
	if (o->type == VG_OPT_TEXT || o->type == VG_OPT_PATH)
		return set_text((char **)(void *)at, o, dir, text, err);
	if (o->type == VG_OPT_BOOL)
		return set_bool((bool *)(void *)at, text, err);
	return vg_option_int(o, text, (int64_t *)(void *)at, err);
}
