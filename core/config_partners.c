#include "core/config_read.h"
#include "core/vocab.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* No partner may have these names: dead and outgoing topics are called after
 * the first two, the joint SOC is the third. */
static const char *const RESERVED[] = {"DEAD", "OUT", "COALITION"};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_in_any_case(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == '\0' && *b == '\0';
}

static bool is_id(const char *id)
{
	for (const char *p = id; *p != '\0'; p++) {
		bool ok = (*p >= 'A' && *p <= 'Z') ||
			  (*p >= '0' && *p <= '9') || *p == '-';
		if (!ok)
			return false;
	}
	return true;
}

static enum vg_rc read_id(struct vg_config_read *r,
			  const struct vg_yaml_node *n,
			  const struct vg_option *o, const char *text,
			  struct vg_partner *p)
{
	for (size_t i = 0; i < sizeof RESERVED / sizeof RESERVED[0]; i++) {
		if (same_in_any_case(text, RESERVED[i]))
			return vg_config_fail(r, n, o->name,
					      "%s is reserved; choose another",
					      text);
	}
	if (!is_id(text))
		return vg_config_fail(r, n, o->name,
				      "%s is not a partner id; write 2 to 16 "
				      "of A to Z, 0 to 9 and -",
				      text);
	const struct vg_partner *twin =
		vg_config_partner(r->cfg, vg_slice_of(text));
	if (twin != NULL)
		return vg_config_fail(r, n, o->name,
				      "%s is there twice; keep one", text);
	(void)snprintf(p->id, sizeof p->id, "%s", text);
	return VG_OK;
}

static enum vg_rc read_country(struct vg_config_read *r,
			       const struct vg_yaml_node *n,
			       const struct vg_option *o, const char *text,
			       struct vg_partner *p)
{
	if (vg_vocab_find(VG_VOCAB_COUNTRY, vg_slice_of(text)) < 0)
		return vg_config_fail(r, n, o->name,
				      "%s is not a country; write its ISO "
				      "3166-1 code of two capitals",
				      text);
	(void)snprintf(p->country, sizeof p->country, "%s", text);
	return VG_OK;
}

static enum vg_rc read_slot(struct vg_config_read *r,
			    const struct vg_yaml_node *n,
			    const struct vg_option *o, const char *text,
			    struct vg_partner *p)
{
	struct vg_err why = {0};
	int64_t slot = 0;

	if (vg_option_int(o, text, &slot, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	const struct vg_partner *twin = vg_config_slot(r->cfg, (unsigned)slot);
	if (twin != NULL)
		return vg_config_fail(r, n, o->name,
				      "%s is that of %s; give each partner its "
				      "own",
				      text, twin->id);
	p->slot = (unsigned)slot;
	return VG_OK;
}

static enum vg_rc read_topic(struct vg_config_read *r,
			     const struct vg_yaml_node *n,
			     const struct vg_option *o, const char *text,
			     struct vg_partner *p)
{
	(void)r, (void)n, (void)o;
	(void)snprintf(p->topic, sizeof p->topic, "%s", text);
	return VG_OK;
}

static enum vg_rc read_tlp(struct vg_config_read *r,
			   const struct vg_yaml_node *n,
			   const struct vg_option *o, const char *text,
			   struct vg_partner *p)
{
	int label = vg_tlp_find(vg_slice_of(text));

	if (label < 0)
		return vg_config_fail(r, n, o->name,
				      "%s is no label; write CLEAR, GREEN, "
				      "AMBER, AMBER+STRICT or RED",
				      text);
	p->tlp = (enum vg_tlp)label;
	return VG_OK;
}

/* The names of ingest's decoders, which a test compares. */
static const char *const FORMATS[] = {
	"canonical", "suricata-eve", "idea0", "zeek", "wazuh",
	"cowrie",    "ecs",	     "ocsf",  "stix", "misp",
	"cef",	     "intelmq",	     "n6",    "auto"};

enum { FORMATS_COUNT = sizeof FORMATS / sizeof FORMATS[0] };

const char *vg_config_format(size_t i)
{
	return i < FORMATS_COUNT ? FORMATS[i] : NULL;
}

static enum vg_rc read_format(struct vg_config_read *r,
			      const struct vg_yaml_node *n,
			      const struct vg_option *o, const char *text,
			      struct vg_partner *p)
{
	for (size_t i = 0; i < FORMATS_COUNT; i++) {
		if (strcmp(text, FORMATS[i]) != 0)
			continue;
		(void)snprintf(p->format, sizeof p->format, "%s", text);
		return VG_OK;
	}
	return vg_config_fail(r, n, o->name,
			      "%s is no format; write auto, canonical or "
			      "another of docs/formats.md",
			      text);
}

static enum vg_rc read_signatures(struct vg_config_read *r,
				  const struct vg_yaml_node *n,
				  const struct vg_option *o, const char *text,
				  struct vg_partner *p)
{
	static const char *const WORDS[] = {"off", "optional", "required"};

	for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
		if (strcmp(text, WORDS[i]) == 0) {
			p->signatures = (enum vg_signatures)i;
			return VG_OK;
		}
	}
	return vg_config_fail(r, n, o->name,
			      "%s is none of them; write off, optional or "
			      "required",
			      text);
}

/* What store-and-forward says: a link that is away for a week. */
static const int64_t FORWARD_MS = INT64_C(7) * 86400000;

static enum vg_rc read_int(const struct vg_config_read *r,
			   const struct vg_yaml_node *n,
			   const struct vg_option *o, const char *text,
			   int64_t *out)
{
	struct vg_err why = {0};

	if (vg_option_int(o, text, out, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	return VG_OK;
}

static enum vg_rc read_dedup_span(struct vg_config_read *r,
				  const struct vg_yaml_node *n,
				  const struct vg_option *o, const char *text,
				  struct vg_partner *p)
{
	p->has_dedup_span = true;
	return read_int(r, n, o, text, &p->dedup_span);
}

static enum vg_rc read_future(struct vg_config_read *r,
			      const struct vg_yaml_node *n,
			      const struct vg_option *o, const char *text,
			      struct vg_partner *p)
{
	p->has_future = true;
	return read_int(r, n, o, text, &p->future_ms);
}

static enum vg_rc read_lateness(struct vg_config_read *r,
				const struct vg_yaml_node *n,
				const struct vg_option *o, const char *text,
				struct vg_partner *p)
{
	p->has_lateness = strcmp(text, "live") != 0;
	if (!p->has_lateness)
		return VG_OK;
	if (strcmp(text, "store-and-forward") != 0)
		return read_int(r, n, o, text, &p->lateness_ms);
	p->lateness_ms = FORWARD_MS;
	return VG_OK;
}

static const struct member {
	const char *key, *option;
	enum vg_rc (*read)(struct vg_config_read *r,
			   const struct vg_yaml_node *n,
			   const struct vg_option *o, const char *text,
			   struct vg_partner *p);
} MEMBERS[] = {
	{"id", "partners.id", read_id},
	{"country", "partners.country", read_country},
	{"slot", "partners.slot", read_slot},
	{"topic", "partners.topic", read_topic},
	{"tlp", "partners.tlp", read_tlp},
	{"format", "partners.format", read_format},
	{"dedup_span", "partners.dedup_span", read_dedup_span},
	{"future", "partners.future", read_future},
	{"lateness", "partners.lateness", read_lateness},
	{"signatures", "partners.signatures", read_signatures},
	{"member_from", "partners.member_from", vg_config_member_from},
	{"member_until", "partners.member_until", vg_config_member_until},
	{"identifiers_kept", "partners.identifiers_kept",
	 vg_config_identifiers_kept},
	{"cadence", "partners.cadence", vg_config_cadence},
};

/* Members that are lists, read by themselves. */
static bool is_list(const char *key)
{
	return strcmp(key, "keys") == 0 || strcmp(key, "sensors") == 0 ||
	       strcmp(key, "own_rules") == 0;
}

enum { MEMBERS_COUNT = sizeof MEMBERS / sizeof MEMBERS[0] };

static enum vg_rc read_member(struct vg_config_read *r,
			      const struct vg_yaml_node *entry,
			      const struct member *m, struct vg_partner *p)
{
	const struct vg_yaml_node *n = vg_yaml_get(entry, m->key);
	struct vg_err why = {0};
	const char *text = NULL;
	size_t i = 0;
	const struct vg_option *o = vg_option_find(m->option, &i);

	assert(o != NULL);
	if (n == NULL && o->initial == NULL)
		return vg_config_fail(r, entry, o->name, "is missing; set it");
	if (n == NULL)
		return VG_OK;
	enum vg_rc rc = vg_config_scalar(r, n, o, &text);
	if (rc != VG_OK)
		return rc;
	if (o->type == VG_OPT_TEXT && vg_option_judge(o, text, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	return m->read(r, n, o, text, p);
}

static enum vg_rc check_members(const struct vg_config_read *r,
				const struct vg_yaml_node *entry)
{
	if (entry->type != VG_YAML_MAP)
		return vg_config_fail(r, entry, "partners",
				      "an entry is not a map; write {id: MA, "
				      "country: MA, slot: 0}");
	for (const struct vg_yaml_node *n = entry->child; n != NULL;
	     n = n->next) {
		size_t i = 0;
		while (i < MEMBERS_COUNT && strcmp(n->key, MEMBERS[i].key) != 0)
			i++;
		if (i < MEMBERS_COUNT || is_list(n->key) ||
		    vg_config_is_quota(n->key))
			continue;
		char name[96];
		(void)snprintf(name, sizeof name, "partners.%s", n->key);
		return vg_config_unknown(r, n, name);
	}
	return VG_OK;
}

/* The topic's default, and that nobody else reads or writes it. */
static enum vg_rc finish_topic(struct vg_config_read *r,
			       const struct vg_yaml_node *entry,
			       struct vg_partner *p)
{
	const char *dead = r->cfg->kafka_dead_prefix;

	if (p->topic[0] == '\0') {
		char id[sizeof p->id];
		for (size_t i = 0; i < sizeof id; i++)
			id[i] = lower(p->id[i]);
		/* cppcheck-suppress uninitvar ; the loop sets all of it */
		(void)snprintf(p->topic, sizeof p->topic, "alerts.%s", id);
	}
	const struct vg_yaml_node *n = vg_yaml_get(entry, "topic");
	if (n == NULL)
		n = entry;
	const struct vg_partner *twin = vg_config_topic(r->cfg, p->topic);
	if (twin != NULL)
		return vg_config_fail(r, n, "partners.topic",
				      "%.40s is that of %s; give each partner "
				      "its own",
				      p->topic, twin->id);
	if (strcmp(p->topic, r->cfg->kafka_actions_topic) == 0)
		return vg_config_fail(r, n, "partners.topic",
				      "%.40s is kafka.actions_topic, which no "
				      "partner may write; change one",
				      p->topic);
	if (strncmp(p->topic, dead, strlen(dead)) == 0)
		return vg_config_fail(r, n, "partners.topic",
				      "%.40s begins with kafka.dead_prefix, so "
				      "rejects would be read again; change one",
				      p->topic);
	return VG_OK;
}

enum vg_rc vg_config_partners(struct vg_config_read *r)
{
	const struct vg_yaml_node *list = NULL;

	enum vg_rc rc = vg_config_list(r, "partners", &list);
	if (rc != VG_OK)
		return rc;
	r->cfg->partners = calloc(list->count, sizeof *r->cfg->partners);
	if (r->cfg->partners == NULL)
		return vg_err_set(r->err, VG_FATAL, "partners: out of memory");

	for (const struct vg_yaml_node *e = list->child; e != NULL;
	     e = e->next) {
		struct vg_partner p = {.tlp = VG_TLP_AMBER,
				       .format = "canonical"};
		rc = check_members(r, e);
		for (size_t i = 0; i < MEMBERS_COUNT && rc == VG_OK; i++)
			rc = read_member(r, e, &MEMBERS[i], &p);
		if (rc == VG_OK)
			rc = finish_topic(r, e, &p);
		if (rc == VG_OK)
			rc = vg_config_quotas(r, e, &p);
		if (rc == VG_OK)
			rc = vg_config_keys(r, e, &p);
		if (rc == VG_OK)
			rc = vg_config_sensors(r, e, &p);
		if (rc == VG_OK)
			rc = vg_config_own_rules(r, e, &p);
		if (rc != VG_OK) {
			free(p.keys);
			free(p.sensors);
			return rc;
		}
		assert(r->cfg->n_partners < list->count);
		r->cfg->partners[r->cfg->n_partners++] = p;
	}
	return VG_OK;
}
