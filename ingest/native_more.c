#include "ingest/native_more.h"

#include "core/vocab.h"

#include <assert.h>
#include <math.h>

enum { ADDRESS_MAX = 100 }; /* of two IPv6 addresses and a dash */

static bool is_address_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F') || c == '.' || c == ':' || c == '/' ||
	       c == '-';
}

/* One address, in any form its family allows. */
static bool is_one(struct vg_slice text)
{
	char room[ADDRESS_MAX + VG_INDICATOR_GROWTH];
	struct vg_slice canon;

	return text.n > 0 && text.n <= ADDRESS_MAX &&
	       (vg_indicator_canon(VG_INDICATOR_IPV4, text, room, &canon) ||
		vg_indicator_canon(VG_INDICATOR_IPV6, text, room, &canon));
}

/* What a block or range begins with; `rest` is what follows its mark. */
static struct vg_slice begin(struct vg_slice text, char mark,
			     struct vg_slice *rest)
{
	const char *at = memchr(text.p, mark, text.n);

	*rest = (struct vg_slice){NULL, 0};
	if (at == NULL)
		return text;
	uint32_t n = (uint32_t)(at - text.p);
	*rest = (struct vg_slice){at + 1, text.n - n - 1};
	return (struct vg_slice){text.p, n};
}

/* The one address that `text` means; false when it means several. */
static bool one_of(struct vg_slice text, struct vg_slice *one)
{
	struct vg_slice rest;
	struct vg_slice head = begin(text, '/', &rest);
	bool is_six = memchr(text.p, ':', text.n) != NULL;

	if (rest.n > 0) {
		*one = head;
		return vg_slice_eq(rest, vg_slice_of(is_six ? "128" : "32"));
	}
	head = begin(text, '-', &rest);
	*one = head;
	return rest.n == 0 ? head.n == text.n : vg_slice_eq(head, rest);
}

static bool is_block(struct vg_slice text)
{
	struct vg_slice rest;
	struct vg_slice head = begin(text, '/', &rest);

	for (uint32_t i = 0; i < text.n; i++) {
		if (!is_address_char(text.p[i]))
			return false;
	}
	if (rest.n > 0)
		return rest.n <= 3 && is_one(head);
	head = begin(text, '-', &rest);
	return is_one(head) && is_one(rest);
}

static const struct vg_field *field(const struct vg_event *e, const char *name)
{
	for (unsigned i = 0; i < e->n_field; i++) {
		if (vg_slice_eq(e->field[i].name, vg_slice_of(name)))
			return &e->field[i];
	}
	return NULL;
}

struct side {
	const char *ip, *address;
	bool is_indicator;
};

static void add_address(struct vg_reading *r, const struct side *side,
			struct vg_slice text)
{
	struct vg_slice one;

	if (text.n == 0 || text.n > ADDRESS_MAX) {
		r->e->n_trimmed += text.n > 0;
	} else if (one_of(text, &one) && is_one(one)) {
		vg_native_field_text(r, side->ip, one);
		if (side->is_indicator)
			(void)vg_native_ip(r, one);
	} else if (is_block(text) && field(r->e, side->address) == NULL) {
		vg_native_field_text(r, side->address, text);
	} else {
		r->e->n_trimmed++;
	}
}

void vg_native_source(struct vg_reading *r, struct vg_slice text)
{
	static const struct side side = {"source.ip", "source.address", true};

	add_address(r, &side, text);
}

void vg_native_target(struct vg_reading *r, struct vg_slice text)
{
	static const struct side side = {"destination.ip",
					 "destination.address", false};

	add_address(r, &side, text);
}

void vg_native_other_end(struct vg_reading *r)
{
	const struct vg_event *e = r->e;
	const struct vg_field *target = field(e, "destination.ip");

	for (unsigned i = 0; i < e->n_indicator; i++) {
		if (e->indicator[i].type == VG_INDICATOR_IPV4 ||
		    e->indicator[i].type == VG_INDICATOR_IPV6)
			return;
	}
	if (target != NULL && field(e, "source.ip") != NULL)
		(void)vg_native_ip(r, target->text);
}

void vg_native_strictest(struct vg_reading *r, struct vg_slice label)
{
	bool had = r->e->has_label;
	enum vg_tlp before = r->e->label;

	vg_native_tlp(r, label);
	if (had && before > r->e->label)
		r->e->label = before;
}

bool vg_native_actor_text(struct vg_reading *r, const char *member,
			  struct vg_slice name)
{
	struct vg_event *e = r->e;

	if (name.n == 0)
		return true;
	if (!vg_check_name(r, name, member, VG_ACTOR_MAX))
		return false;
	for (unsigned a = 0; a < e->n_actor; a++) {
		if (vg_slice_eq(e->actor[a].name, name))
			return true;
	}
	if (e->n_actor == VG_ACTORS_MAX) {
		e->n_trimmed++;
		return true;
	}
	e->actor[e->n_actor].name = name;
	e->actor[e->n_actor++].confidence = -1;
	return true;
}

bool vg_native_sensor_text(struct vg_reading *r, const char *member,
			   struct vg_slice name, const char *otherwise)
{
	if (name.n == 0)
		name = vg_slice_of(otherwise);
	if (!vg_check_name(r, name, member, VG_SENSOR_MAX))
		return false;
	r->e->sensor = name;
	return true;
}

void vg_native_confidence(struct vg_reading *r, uint32_t tok)
{
	double d;

	if (tok == VG_ABSENT)
		return;
	if (vg_native_double(r, tok, &d) && d >= 0.0 && d <= 100.0)
		r->e->confidence = (int)floor(d + 0.5);
	else
		r->e->n_trimmed++;
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool vg_native_same(struct vg_slice a, const char *b)
{
	uint32_t i = 0;

	while (i < a.n && b[i] != '\0' && lower(a.p[i]) == lower(b[i]))
		i++;
	return i == a.n && b[i] == '\0';
}

struct vg_slice vg_native_country_code(struct vg_slice text)
{
	struct vg_slice code;

	return vg_country_read(text, &code) == VG_COUNTRY_ONE ? code : text;
}

int vg_native_tactic(struct vg_slice text, int otherwise)
{
	static const struct vg_native_word tactics[] = {
		{"ta0043", VG_RSIT_INFORMATION_GATHERING},
		{"reconnaissance", VG_RSIT_INFORMATION_GATHERING},
		{"ta0007", VG_RSIT_INFORMATION_GATHERING},
		{"discovery", VG_RSIT_INFORMATION_GATHERING},
		{"ta0042", VG_RSIT_INTRUSION_ATTEMPTS},
		{"resource development", VG_RSIT_INTRUSION_ATTEMPTS},
		{"ta0001", VG_RSIT_INTRUSION_ATTEMPTS},
		{"initial access", VG_RSIT_INTRUSION_ATTEMPTS},
		{"ta0006", VG_RSIT_INTRUSION_ATTEMPTS},
		{"credential access", VG_RSIT_INTRUSION_ATTEMPTS},
		{"ta0002", VG_RSIT_MALICIOUS_CODE},
		{"execution", VG_RSIT_MALICIOUS_CODE},
		{"ta0011", VG_RSIT_MALICIOUS_CODE},
		{"command and control", VG_RSIT_MALICIOUS_CODE},
		{"ta0003", VG_RSIT_INTRUSIONS},
		{"persistence", VG_RSIT_INTRUSIONS},
		{"ta0004", VG_RSIT_INTRUSIONS},
		{"privilege escalation", VG_RSIT_INTRUSIONS},
		{"ta0005", VG_RSIT_INTRUSIONS},
		{"defense evasion", VG_RSIT_INTRUSIONS},
		{"ta0008", VG_RSIT_INTRUSIONS},
		{"lateral movement", VG_RSIT_INTRUSIONS},
		{"ta0009", VG_RSIT_INFORMATION_CONTENT_SECURITY},
		{"collection", VG_RSIT_INFORMATION_CONTENT_SECURITY},
		{"ta0010", VG_RSIT_INFORMATION_CONTENT_SECURITY},
		{"exfiltration", VG_RSIT_INFORMATION_CONTENT_SECURITY},
		{"ta0040", VG_RSIT_AVAILABILITY},
		{"impact", VG_RSIT_AVAILABILITY},
		{NULL, 0}};

	return vg_native_word(tactics, text, otherwise);
}
