#include "alert/rule_kinds.h"

#include "aggregate/alias.h"
#include "aggregate/match.h"
#include "core/buf.h"
#include "core/hash.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

/* Keys that are for people, and what the text of the short form says. */
static bool is_told(const char *key)
{
	static const char *const words[] = {"description", "tags", "references",
					    "false_positives"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(key, words[i]) == 0)
			return true;
	return false;
}

static int by_key(const void *a, const void *b)
{
	const struct vg_yaml_node *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static void print(struct vg_buf *b, const struct vg_yaml_node *n, bool top);

/* Members by name, so that their order in the file is no matter. */
static void print_map(struct vg_buf *b, const struct vg_yaml_node *n, bool top)
{
	const struct vg_yaml_node **member =
		calloc(n->count + 1, sizeof *member);
	size_t i = 0;

	if (member == NULL) {
		b->failed = true;
		return;
	}
	for (const struct vg_yaml_node *c = n->child; c != NULL; c = c->next)
		member[i++] = c;
	qsort(member, i, sizeof(*member), by_key);
	for (size_t k = 0; k < i; k++) {
		if (top && is_told(member[k]->key))
			continue;
		vg_buf_printf(b, "%zu:%s", strlen(member[k]->key),
			      member[k]->key);
		print(b, member[k], false);
	}
	free(member);
}

/* Lengths before texts, so that no text can pose as a sign. */
static void print(struct vg_buf *b, const struct vg_yaml_node *n, bool top)
{
	if (n->type == VG_YAML_SCALAR) {
		vg_buf_printf(b, "%zu:", n->text_len);
		vg_buf_add(b, n->text, n->text_len);
		return;
	}
	vg_buf_str(b, n->type == VG_YAML_MAP ? "{" : "[");
	if (n->type == VG_YAML_MAP)
		print_map(b, n, top);
	else
		for (const struct vg_yaml_node *c = n->child; c != NULL;
		     c = c->next)
			print(b, c, false);
	vg_buf_str(b, n->type == VG_YAML_MAP ? "}" : "]");
}

/* What tracks answer, by the tracks: as it was before there were others. */
static void print_tracks(struct vg_buf *b, const struct vg_rule_input *in)
{
	const struct vg_rule *r = in->rule;

	vg_buf_printf(b, "%s\n%s\n%d\n%" PRId64 "\n%" PRId64, r->id, r->title,
		      r->severity, r->window_ms, r->resolve_after_ms);
	for (unsigned i = 0; i < r->n_condition; i++)
		vg_buf_printf(
			b, "\n%s %.*s %" PRId64,
			vg_plan_track(in->plan, r->condition[i].track)->id,
			(int)r->condition[i].field.n, r->condition[i].field.p,
			r->condition[i].at_least);
}

/* What names stand for that are more than a field. */
static void print_aliases(struct vg_buf *b, const struct vg_rule *r)
{
	for (unsigned i = 0; i < r->n_group; i++)
		if (r->group_ref[i].alias != NULL)
			vg_alias_print(r->group_ref[i].alias, b);
	for (unsigned i = 0; i < r->form.n_leaf; i++)
		for (unsigned k = 0; k < r->take[i].n_value; k++)
			if (r->take[i].value[k].alias != NULL)
				vg_alias_print(r->take[i].value[k].alias, b);
}

/* What predicates mean beside their text: names that resolved, and what the
 * files of values hold. */
static void print_matches(struct vg_buf *b, const struct vg_take *take)
{
	const struct vg_match *m[VG_STAGES_MAX + 2] = {take->match,
						       take->breaker};

	memcpy(m + 2, take->part, sizeof take->part);
	for (size_t i = 0; i < sizeof m / sizeof m[0]; i++) {
		vg_buf_str(b, "\n");
		if (m[i] != NULL)
			vg_match_print(m[i], b);
	}
}

enum vg_rc vg_rule_hash(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	struct vg_buf b = {0};
	char hex[65];
	bool failed = false;

	if (vg_rule_is_plain(r))
		print_tracks(&b, in);
	else
		print(&b, in->node, true);
	for (unsigned i = 0; !vg_rule_is_plain(r) && i < r->form.n_leaf; i++)
		print_matches(&b, &r->take[i]);
	if (!vg_rule_is_plain(r))
		print_aliases(&b, r);
	if (vg_rule_is_plain(r) && r->shadow)
		vg_buf_str(&b, "\nshadow");
	failed = b.failed;
	if (!failed)
		vg_sha256_hex(hex, b.p, b.n);
	vg_buf_term(&b);
	if (failed)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	memcpy(r->hash, hex, 16);
	r->hash[16] = '\0';
	return VG_OK;
}
