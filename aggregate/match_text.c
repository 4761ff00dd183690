/* The tests that look into a value: networks, patterns, long lists. */
#include "aggregate/match_node.h"
#include "aggregate/value_list.h"
#include "core/regex.h"

#include <assert.h>

/* What a message shows of a text. */
enum { SHOWN = 48 };

static int shown(struct vg_slice s)
{
	return s.n < SHOWN ? (int)s.n : SHOWN;
}

static enum vg_rc check_count(const struct vg_match_texts *t, size_t max,
			      struct vg_err *err)
{
	if (t->n > 0 && t->n <= max)
		return VG_OK;
	return vg_err_set(err, VG_INVAL, "match: a test has 1 to %zu texts",
			  max);
}

static enum vg_rc read_net(struct vg_slice text, struct vg_net *out,
			   struct vg_err *err)
{
	switch (vg_net_read(text, out)) {
	case VG_NET_OK:
		return VG_OK;
	case VG_NET_HOST_BITS:
		return vg_err_set(err, VG_INVAL,
				  "`%.*s` has bits set behind its length; "
				  "clear them",
				  shown(text), text.p);
	case VG_NET_SYNTAX:
		break;
	}
	return vg_err_set(err, VG_INVAL,
			  "`%.*s` is no network; write 192.0.2.0/24 or "
			  "2001:db8::/32",
			  shown(text), text.p);
}

enum vg_rc vg_match_add_nets(struct vg_match *m, struct vg_slice field,
			     const struct vg_match_texts *texts,
			     struct vg_err *err)
{
	struct vg_match_node node;
	void *array = NULL;
	enum vg_rc rc = check_count(texts, VG_MATCH_VALUES_MAX, err);

	if (rc == VG_OK)
		rc = vg_match_start(m, field, VG_TEST_NETS, &node, err);
	if (rc == VG_OK)
		rc = vg_match_array(m, texts->n, sizeof *node.net, &array, err);
	if (rc != VG_OK)
		return rc;
	node.net = array;
	for (size_t i = 0; i < texts->n && rc == VG_OK; i++)
		rc = read_net(texts->text[i], &node.net[i], err);
	if (rc != VG_OK)
		return rc;
	node.n = vg_nets_join(node.net, texts->n);
	vg_match_put(m, &node);
	return VG_OK;
}

enum vg_rc vg_match_add_globs(struct vg_match *m, struct vg_slice field,
			      enum vg_glob_form form,
			      const struct vg_match_texts *texts,
			      struct vg_err *err)
{
	struct vg_slice glob[VG_MATCH_PATTERNS_MAX];
	struct vg_match_node node;
	enum vg_rc rc = check_count(texts, VG_MATCH_PATTERNS_MAX, err);

	if (rc == VG_OK)
		rc = vg_match_start(m, field, VG_TEST_GLOBS, &node, err);
	for (size_t i = 0; rc == VG_OK && i < texts->n; i++) {
		struct vg_slice text = texts->text[i];
		void *room = NULL;

		if (text.n == 0 || text.n > VG_GLOB_MAX)
			return vg_err_set(err, VG_INVAL,
					  "a pattern has 1 to %d bytes",
					  (int)VG_GLOB_MAX);
		rc = vg_match_array(m, text.n + 2, 1, &room, err);
		if (rc != VG_OK)
			break;
		glob[i].p = room;
		glob[i].n = (uint32_t)vg_glob_compile(room, text, form,
						      texts->ignore_case);
	}
	if (rc == VG_OK)
		rc = vg_match_copy(m, &node, glob, texts->n, err);
	if (rc != VG_OK)
		return rc;
	node.ignore_case = texts->ignore_case;
	vg_match_put(m, &node);
	return VG_OK;
}

enum vg_rc vg_match_add_anywhere(struct vg_match *m,
				 const struct vg_match_texts *texts,
				 struct vg_err *err)
{
	size_t n = m->n;
	enum vg_rc rc = vg_match_add_globs(m, vg_slice_of("*"),
					   VG_GLOB_WILDCARD, texts, err);

	if (rc == VG_OK)
		m->node[n].what = VG_TEST_ANYWHERE;
	return rc;
}

enum vg_rc vg_match_add_same(struct vg_match *m,
			     const struct vg_slice field_other[2],
			     enum vg_glob_form form, bool ignore_case,
			     struct vg_err *err)
{
	struct vg_match_node node;
	enum vg_rc rc =
		vg_match_start(m, field_other[0], VG_TEST_SAME, &node, err);

	assert(form != VG_GLOB_WILDCARD);
	if (rc == VG_OK &&
	    (field_other[1].n == 0 || field_other[1].n > VG_FIELD_NAME_MAX))
		rc = vg_err_set(err, VG_INVAL,
				"match: a field name has 1 to %d bytes",
				(int)VG_FIELD_NAME_MAX);
	/* Its name is the one text, for what prints and compares. */
	if (rc == VG_OK)
		rc = vg_match_copy(m, &node, &field_other[1], 1, err);
	if (rc != VG_OK)
		return rc;
	node.other = vg_field_ref(node.text[0]);
	node.form = form;
	node.ignore_case = ignore_case;
	vg_match_put(m, &node);
	return VG_OK;
}

/* The node's texts, each compiled; on failure none. */
static enum vg_rc compile(struct vg_match *m, struct vg_match_node *node,
			  struct vg_err *err)
{
	void *array = NULL;
	enum vg_rc rc =
		vg_match_array(m, node->n, sizeof *node->regex, &array, err);

	if (rc != VG_OK)
		return rc;
	node->regex = array;
	for (size_t i = 0; i < node->n && rc == VG_OK; i++)
		rc = vg_regex_new(&node->regex[i], node->text[i],
				  node->ignore_case, err);
	for (size_t i = 0; i < node->n && rc != VG_OK; i++)
		vg_regex_free(node->regex[i]);
	return rc;
}

enum vg_rc vg_match_add_regexes(struct vg_match *m, struct vg_slice field,
				const struct vg_match_texts *texts,
				struct vg_err *err)
{
	struct vg_match_node node;
	enum vg_rc rc = check_count(texts, VG_MATCH_PATTERNS_MAX, err);

	if (rc == VG_OK && texts->n > VG_MATCH_REGEX_MAX - m->regexes)
		rc = vg_err_set(err, VG_INVAL,
				"match: more than %d regular expressions",
				(int)VG_MATCH_REGEX_MAX);
	if (rc == VG_OK)
		rc = vg_match_start(m, field, VG_TEST_REGEXES, &node, err);
	if (rc == VG_OK)
		rc = vg_match_copy(m, &node, texts->text, texts->n, err);
	if (rc != VG_OK)
		return rc;
	node.ignore_case = texts->ignore_case;
	rc = compile(m, &node, err);
	if (rc != VG_OK)
		return rc;
	m->regexes += node.n;
	vg_match_put(m, &node);
	return VG_OK;
}

enum vg_rc vg_match_add_list(struct vg_match *m, struct vg_slice field,
			     struct vg_value_list *list, struct vg_err *err)
{
	struct vg_match_node node;
	enum vg_rc rc = vg_match_start(m, field, VG_TEST_LIST, &node, err);

	if (rc != VG_OK)
		return rc;
	vg_value_list_hold(list);
	node.list = list;
	vg_match_put(m, &node);
	return VG_OK;
}
