/* config_keys - a partner's public keys, from the configuration. */
#include "core/config_read.h"
#include "core/limits.h"
#include "core/timefmt.h"

#include <stdlib.h>

static enum vg_rc read_id(const struct vg_config_read *r,
			  const struct vg_yaml_node *n,
			  const struct vg_option *o, const char *text,
			  void *out)
{
	struct vg_sign_key *k = out;

	(void)o;
	if (!vg_sign_is_id(vg_slice_of(text)))
		return vg_config_fail(r, n, "partners.keys.id",
				      "%.40s is no key id; write 1 to %d "
				      "letters, digits, '.', '_' and '-'",
				      text, VG_SIGN_ID_MAX);
	memcpy(k->id, text, strlen(text) + 1);
	return VG_OK;
}

static enum vg_rc read_key(const struct vg_config_read *r,
			   const struct vg_yaml_node *n,
			   const struct vg_option *o, const char *text,
			   void *out)
{
	struct vg_sign_key *k = out;

	(void)o;
	return vg_sign_read_key(vg_slice_of(text), k->key)
		       ? VG_OK
		       : vg_config_fail(r, n, "partners.keys.key",
					"is no Ed25519 public key; write what "
					"`vigie sign-key new` printed");
}

static enum vg_rc read_instant(const struct vg_config_read *r,
			       const struct vg_yaml_node *n, const char *name,
			       const char *text, int64_t *out)
{
	return vg_time_parse(vg_slice_of(text), out)
		       ? VG_OK
		       : vg_config_fail(r, n, name,
					"%.40s is no instant; write for "
					"example 2026-03-01T00:00:00Z",
					text);
}

static enum vg_rc read_from(const struct vg_config_read *r,
			    const struct vg_yaml_node *n,
			    const struct vg_option *o, const char *text,
			    void *out)
{
	struct vg_sign_key *k = out;

	(void)o;
	return read_instant(r, n, "partners.keys.from", text, &k->from_ms);
}

static enum vg_rc read_until(const struct vg_config_read *r,
			     const struct vg_yaml_node *n,
			     const struct vg_option *o, const char *text,
			     void *out)
{
	struct vg_sign_key *k = out;

	(void)o;
	return read_instant(r, n, "partners.keys.until", text, &k->until_ms);
}

static const struct vg_config_member MEMBER[] = {
	{"id", "partners.keys.id", read_id},
	{"key", "partners.keys.key", read_key},
	{"from", "partners.keys.from", read_from},
	{"until", "partners.keys.until", read_until},
};

static const struct vg_config_members MEMBERS = {
	.list = "partners.keys",
	.form = "{id: ma-1, key: \"...\"}",
	.member = MEMBER,
	.n = sizeof MEMBER / sizeof MEMBER[0]};

static enum vg_rc judge_entry(const struct vg_config_read *r,
			      const struct vg_yaml_node *entry,
			      const struct vg_partner *p,
			      const struct vg_sign_key *k)
{
	if (k->from_ms >= k->until_ms)
		return vg_config_fail(r, entry, "partners.keys.until",
				      "%s is never valid; set it after `from`",
				      k->id);
	for (size_t i = 0; i < p->n_keys; i++)
		if (strcmp(p->keys[i].id, k->id) == 0)
			return vg_config_fail(r, entry, "partners.keys.id",
					      "%s is there twice; give each "
					      "key an id of its own",
					      k->id);
	return VG_OK;
}

enum vg_rc vg_config_keys(const struct vg_config_read *r,
			  const struct vg_yaml_node *partner,
			  struct vg_partner *p)
{
	const struct vg_yaml_node *list = vg_yaml_get(partner, "keys");
	enum vg_rc rc = VG_OK;

	if (list != NULL && list->type != VG_YAML_LIST)
		return vg_config_fail(r, list, "partners.keys",
				      "not a list; write a list of maps");
	if (list != NULL && list->count > VG_SIGN_KEYS_MAX)
		return vg_config_fail(r, list, "partners.keys",
				      "%zu entries, and at most %d; remove "
				      "those that are long past",
				      list->count, VG_SIGN_KEYS_MAX);
	if ((list == NULL || list->count == 0) &&
	    p->signatures != VG_SIGNATURES_OFF)
		return vg_config_fail(r, partner, "partners.signatures",
				      "there is no key to check them with; "
				      "give partners.keys, or leave it off");
	if (list == NULL)
		return VG_OK;
	p->keys = calloc(list->count + 1, sizeof *p->keys);
	if (p->keys == NULL)
		return vg_err_set(r->err, VG_FATAL, "keys: out of memory");
	for (const struct vg_yaml_node *n = list->child;
	     n != NULL && rc == VG_OK; n = n->next) {
		struct vg_sign_key k = {.from_ms = INT64_MIN,
					.until_ms = INT64_MAX};

		rc = vg_config_members(r, n, &MEMBERS, &k);
		if (rc == VG_OK)
			rc = judge_entry(r, n, p, &k);
		if (rc == VG_OK)
			p->keys[p->n_keys++] = k;
	}
	if (rc == VG_OK)
		return VG_OK;
	free(p->keys);
	p->keys = NULL;
	p->n_keys = 0;
	return rc;
}
