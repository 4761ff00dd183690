/* A value of a Sigma selection, as its modifiers leave it. */
#include "alert/rule_names.h"
#include "alert/sigma_item_parts.h"

#include <stdio.h>

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

/* null, and what YAML reads as it; '' is a field that holds nothing. */
static bool is_null(const struct vg_yaml_node *n)
{
	return n->text_len == 0 ||
	       (!n->quoted &&
		(!strcmp(n->text, "~") || !strcmp(n->text, "null") ||
		 !strcmp(n->text, "Null") || !strcmp(n->text, "NULL")));
}

static enum vg_rc keep(const struct vg_sigma_item *it, const struct vg_buf *b,
		       struct vg_slice *out, struct vg_err *err)
{
	char *copy = b->failed ? NULL
			       : vg_arena_copy(it->in->arena,
					       b->n > 0 ? b->p : "", b->n);

	if (copy == NULL)
		return no_memory(err);
	*out = (struct vg_slice){copy, (uint32_t)b->n};
	return VG_OK;
}

/* A text that is one word of the event format is read as events have it. */
static void read_name(const struct vg_sigma_item *it,
		      const struct vg_yaml_node *n, struct vg_buf *text)
{
	struct vg_slice name = {text->p, (uint32_t)text->n};

	if (it->n_name == 0 || it->form != VG_GLOB_WHOLE || it->base64 ||
	    text->failed || !vg_sigma_text_is_plain(text))
		return;
	name = vg_rule_name(it->in, n, it->name[0], name);
	if (name.p == text->p)
		return;
	vg_buf_reset(text);
	vg_buf_add(text, name.p, name.n);
}

static void encode(const struct vg_sigma_item *it, const struct vg_buf *text,
		   struct vg_buf *out, int shift)
{
	struct vg_buf wide = {.n = 0};

	if (it->wide != VG_SIGMA_WIDE_NO)
		vg_sigma_text_widen(&wide, text, it->wide);
	vg_sigma_text_base64(out, it->wide != VG_SIGMA_WIDE_NO ? &wide : text,
			     shift);
	out->failed = out->failed || wide.failed;
	vg_buf_term(&wide);
}

/* One pattern, or the three of base64offset. */
static enum vg_rc keep_patterns(const struct vg_sigma_item *it,
				const struct vg_yaml_node *n,
				struct vg_buf *text, struct vg_slice *out,
				size_t *n_out, struct vg_err *err)
{
	int shift = it->shifted ? VG_SIGMA_SHIFT_0 : VG_SIGMA_ALONE;
	int end = it->shifted ? VG_SIGMA_SHIFTS : shift + 1;
	enum vg_rc rc = VG_OK;

	for (; shift < end && rc == VG_OK; shift++) {
		struct vg_buf coded = {.n = 0}, pattern = {.n = 0};

		if (it->base64)
			encode(it, text, &coded, shift);
		pattern.failed = coded.failed || text->failed;
		vg_sigma_text_pattern(&pattern, it->base64 ? &coded : text,
				      it->form);
		if (rc == VG_OK && pattern.n == 0)
			rc = vg_yaml_fail(it->in->y, n, err,
					  "the value is too short to be found "
					  "when it is encoded");
		if (rc == VG_OK)
			rc = keep(it, &pattern, &out[(*n_out)++], err);
		vg_buf_term(&coded);
		vg_buf_term(&pattern);
	}
	return rc;
}

static enum vg_rc read_text(const struct vg_sigma_item *it,
			    const struct vg_yaml_node *n, struct vg_slice *out,
			    size_t *n_out, struct vg_err *err)
{
	const struct vg_slice raw = {n->text, (uint32_t)n->text_len};
	struct vg_buf text = {.n = 0};
	enum vg_rc rc = VG_OK;

	vg_sigma_text_read(&text, raw);
	read_name(it, n, &text);
	if (it->dashes)
		vg_sigma_text_dashes(&text);
	if (it->base64 && !text.failed && !vg_sigma_text_is_plain(&text))
		rc = vg_yaml_fail(it->in->y, n, err,
				  "a wildcard has no Base64; escape it (\\*) "
				  "or split the value");
	if (rc == VG_OK)
		rc = keep_patterns(it, n, &text, out, n_out, err);
	vg_buf_term(&text);
	return rc;
}

/* The flags of a regular expression are its first characters. */
static enum vg_rc read_regex(const struct vg_sigma_item *it,
			     const struct vg_yaml_node *n, struct vg_slice *out,
			     struct vg_err *err)
{
	struct vg_buf text = {.n = 0};
	enum vg_rc rc;

	if (it->flags[0] != '\0')
		vg_buf_printf(&text, "(?%s)", it->flags);
	vg_buf_add(&text, n->text, n->text_len);
	rc = keep(it, &text, out, err);
	vg_buf_term(&text);
	return rc;
}

enum vg_rc vg_sigma_value(const struct vg_sigma_item *it,
			  const struct vg_yaml_node *n, struct vg_slice *out,
			  size_t *n_out, bool *null, struct vg_err *err)
{
	struct vg_buf plain = {.n = 0};
	enum vg_rc rc;

	if (is_null(n)) {
		*null = true;
		if (it->how == VG_SIGMA_TEXTS && it->rank == 0)
			return VG_OK;
		return vg_yaml_fail(it->in->y, n, err,
				    "an empty value goes with no modifier; "
				    "remove one of them");
	}
	if (it->how == VG_SIGMA_TEXTS)
		return read_text(it, n, out, n_out, err);
	if (it->how == VG_SIGMA_REGEX)
		return read_regex(it, n, &out[(*n_out)++], err);
	vg_buf_add(&plain, n->text, n->text_len);
	rc = keep(it, &plain, &out[(*n_out)++], err);
	vg_buf_term(&plain);
	return rc;
}
