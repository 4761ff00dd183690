#include "ingest/fmt_misp.h"
#include "ingest/native_more.h"

/* How an attribute's value is made up. */
enum part { WHOLE, FIRST, LAST };

static const struct type {
	const char *name;
	enum vg_indicator_type indicator;
	enum part part; /* of a value "a|b" */
	bool is_address, is_hash;
} types[] = {
	{"ip-src", VG_INDICATOR_IPV4, WHOLE, true, false},
	{"ip-dst", VG_INDICATOR_IPV4, WHOLE, true, false},
	{"ip-src|port", VG_INDICATOR_IPV4, FIRST, true, false},
	{"ip-dst|port", VG_INDICATOR_IPV4, FIRST, true, false},
	{"domain", VG_INDICATOR_DOMAIN, WHOLE, false, false},
	{"hostname", VG_INDICATOR_DOMAIN, WHOLE, false, false},
	{"hostname|port", VG_INDICATOR_DOMAIN, FIRST, false, false},
	{"domain|ip", VG_INDICATOR_DOMAIN, FIRST, false, false},
	{"domain|ip", VG_INDICATOR_IPV4, LAST, true, false},
	{"url", VG_INDICATOR_URL, WHOLE, false, false},
	{"email", VG_INDICATOR_EMAIL, WHOLE, false, false},
	{"email-src", VG_INDICATOR_EMAIL, WHOLE, false, false},
	{"md5", VG_INDICATOR_MD5, WHOLE, false, true},
	{"sha256", VG_INDICATOR_SHA256, WHOLE, false, true},
	{"filename|md5", VG_INDICATOR_MD5, LAST, false, true},
	{"filename|sha256", VG_INDICATOR_SHA256, LAST, false, true},
	{"malware-sample", VG_INDICATOR_MD5, LAST, false, true},
};

static struct vg_slice part_of(struct vg_slice value, enum part part)
{
	const char *bar = memchr(value.p, '|', value.n);

	if (part == WHOLE || bar == NULL)
		return value;
	uint32_t n = (uint32_t)(bar - value.p);
	if (part == FIRST)
		return (struct vg_slice){value.p, n};
	return (struct vg_slice){bar + 1, value.n - n - 1};
}

static void add(struct vg_reading *r, const struct type *type,
		struct vg_slice value)
{
	value = part_of(value, type->part);
	if (type->is_address)
		vg_native_source(r, value);
	else if (type->is_hash)
		vg_native_hash(r, value);
	else
		vg_native_indicator(r, type->indicator, value);
}

void vg_misp_attribute(struct vg_misp *m, uint32_t tok)
{
	static const struct vg_native_word categories[] = {
		{"payload delivery", VG_RSIT_MALICIOUS_CODE},
		{"payload type", VG_RSIT_MALICIOUS_CODE},
		{"payload installation", VG_RSIT_MALICIOUS_CODE},
		{"artifacts dropped", VG_RSIT_MALICIOUS_CODE},
		{"persistence mechanism", VG_RSIT_MALICIOUS_CODE},
		{"financial fraud", VG_RSIT_FRAUD},
		{NULL, 0}};
	struct vg_reading *r = &m->r;
	struct vg_slice type, value, text;

	if (vg_native_text(r, vg_native_member(r, tok, "category"), &text) &&
	    m->implied < 0)
		m->implied = vg_native_word(categories, text, -1);
	if (!vg_native_text(r, vg_native_member(r, tok, "type"), &type) ||
	    !vg_native_text(r, vg_native_member(r, tok, "value"), &value))
		return;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (vg_slice_eq(type, vg_slice_of(types[i].name)))
			add(r, &types[i], value);
	}
}

/* True when `tag` begins with `head`; *rest is what follows. */
static bool has_head(struct vg_slice tag, const char *head,
		     struct vg_slice *rest)
{
	size_t n = strlen(head);

	if (tag.n < n ||
	    !vg_native_same((struct vg_slice){tag.p, (uint32_t)n}, head))
		return false;
	*rest = (struct vg_slice){tag.p + n, tag.n - (uint32_t)n};
	return true;
}

/* Up to `mark`, or all. */
static struct vg_slice until(struct vg_slice text, char mark)
{
	const char *at = memchr(text.p, mark, text.n);

	return at == NULL ? text
			  : (struct vg_slice){text.p, (uint32_t)(at - text.p)};
}

static bool is_actor_galaxy(struct vg_slice type)
{
	static const struct vg_native_word actors[] = {
		{"threat-actor", 1},
		{"mitre-intrusion-set", 1},
		{"microsoft-activity-group", 1},
		{"360net-threat-actor", 1},
		{NULL, 0}};

	return vg_native_word(actors, type, 0);
}

static bool is_malware_galaxy(struct vg_slice type)
{
	static const struct vg_native_word malware[] = {
		{"malpedia", 1}, {"mitre-malware", 1}, {"ransomware", 1},
		{"banker", 1},	 {"rat", 1},	       {"botnet", 1},
		{"stealer", 1},	 {"backdoor", 1},      {NULL, 0}};

	return vg_native_word(malware, type, 0);
}

/* "Brute Force - T1110", "APT28 - G0007": the name and the id behind it. */
static struct vg_slice split_id(struct vg_slice value, struct vg_slice *id)
{
	for (uint32_t i = value.n; i >= 3; i--) {
		if (memcmp(value.p + i - 3, " - ", 3) != 0)
			continue;
		*id = (struct vg_slice){value.p + i, value.n - i};
		return (struct vg_slice){value.p, i - 3};
	}
	*id = (struct vg_slice){value.p, 0};
	return value;
}

/* One cluster of a galaxy; synonyms are the vocabulary's, not the event's. */
static bool take_cluster(struct vg_misp *m, struct vg_slice type,
			 struct vg_slice value)
{
	struct vg_reading *r = &m->r;
	struct vg_slice id, name = split_id(value, &id);

	if (is_actor_galaxy(type)) {
		bool is_group = id.n == 5 && id.p[0] == 'G';
		return vg_native_actor_text(r, "galaxy",
					    is_group ? name : value);
	}
	if (vg_native_same(type, "mitre-attack-pattern")) {
		vg_native_technique(r, id);
	} else if (is_malware_galaxy(type)) {
		vg_native_field_text(r, "threat.software.name", name);
		if (m->implied < 0)
			m->implied = VG_RSIT_MALICIOUS_CODE;
	}
	return true;
}

/* misp-galaxy:threat-actor="Sofacy" */
static bool take_galaxy_tag(struct vg_misp *m, struct vg_slice rest)
{
	struct vg_slice type = until(rest, '=');

	if (type.n == rest.n || rest.n < type.n + 3 ||
	    rest.p[type.n + 1] != '"' || rest.p[rest.n - 1] != '"')
		return true;
	return take_cluster(
		m, type,
		(struct vg_slice){rest.p + type.n + 2, rest.n - type.n - 3});
}

/* The classes that the taxonomies rsit, ecsirt and circl give. */
static int class_of(struct vg_slice tag)
{
	static const struct vg_native_word classes[] = {
		{"abusive-content", VG_RSIT_ABUSIVE_CONTENT},
		{"malicious-code", VG_RSIT_MALICIOUS_CODE},
		{"information-gathering", VG_RSIT_INFORMATION_GATHERING},
		{"intrusion-attempts", VG_RSIT_INTRUSION_ATTEMPTS},
		{"intrusions", VG_RSIT_INTRUSIONS},
		{"availability", VG_RSIT_AVAILABILITY},
		{"information-content-security",
		 VG_RSIT_INFORMATION_CONTENT_SECURITY},
		{"fraud", VG_RSIT_FRAUD},
		{"vulnerable", VG_RSIT_VULNERABLE},
		{"test", VG_RSIT_TEST},
		{NULL, 0}};
	static const struct vg_native_word incidents[] = {
		{"\"spam\"", VG_RSIT_ABUSIVE_CONTENT},
		{"\"malware\"", VG_RSIT_MALICIOUS_CODE},
		{"\"cryptojacking\"", VG_RSIT_MALICIOUS_CODE},
		{"\"scan\"", VG_RSIT_INFORMATION_GATHERING},
		{"\"system-compromise\"", VG_RSIT_INTRUSIONS},
		{"\"denial-of-service\"", VG_RSIT_AVAILABILITY},
		{"\"information-leak\"", VG_RSIT_INFORMATION_CONTENT_SECURITY},
		{"\"phishing\"", VG_RSIT_FRAUD},
		{"\"scam\"", VG_RSIT_FRAUD},
		{"\"vulnerability\"", VG_RSIT_VULNERABLE},
		{NULL, 0}};
	struct vg_slice rest;

	if (has_head(tag, "rsit:", &rest) || has_head(tag, "ecsirt:", &rest))
		return vg_native_word(classes, until(rest, '='), -1);
	if (has_head(tag, "circl:incident-classification=", &rest))
		return vg_native_word(incidents, rest, -1);
	return -1;
}

static bool take_tag(struct vg_reading *r, uint32_t tok)
{
	struct vg_misp *m = (struct vg_misp *)r;
	struct vg_slice tag, rest;

	if (!vg_native_text(r, vg_native_member(r, tok, "name"), &tag))
		return true;
	int class = class_of(tag);
	if (class >= 0 && (m->tagged < 0 || class == VG_RSIT_TEST))
		m->tagged = class;
	if (has_head(tag, "tlp:", &rest))
		vg_native_strictest(r, rest);
	return !has_head(tag, "misp-galaxy:", &rest) ||
	       take_galaxy_tag(m, rest);
}

bool vg_misp_tags(struct vg_misp *m, uint32_t tags)
{
	return vg_native_each(&m->r, tags, take_tag);
}

static bool take_galaxy_cluster(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice type, value;

	if (!vg_native_text(r, vg_native_member(r, tok, "type"), &type) ||
	    !vg_native_text(r, vg_native_member(r, tok, "value"), &value))
		return true;
	return take_cluster((struct vg_misp *)r, type, value);
}

static bool take_galaxy(struct vg_reading *r, uint32_t tok)
{
	return vg_native_each(r, vg_native_member(r, tok, "GalaxyCluster"),
			      take_galaxy_cluster);
}

bool vg_misp_galaxies(struct vg_misp *m, uint32_t galaxies)
{
	return vg_native_each(&m->r, galaxies, take_galaxy);
}

void vg_misp_category(struct vg_misp *m)
{
	int class = m->tagged >= 0 ? m->tagged : m->implied;

	m->r.e->category = class < 0 ? VG_RSIT_OTHER : class;
}
