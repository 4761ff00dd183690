#include "alert/rule_names.h"

#include "alert/rule_warn.h"
#include "core/audience.h"
#include "core/defect.h"
#include "core/lexicon.h"
#include "core/vocab.h"

/* What a message shows of a value. */
enum { SHOWN = 64 };

struct asked {
	const struct vg_rule_input *in;
	const struct vg_yaml_node *node;
	struct vg_slice field, value;
};

static int shown(const struct asked *a)
{
	return a->value.n < SHOWN ? (int)a->value.n : SHOWN;
}

static void warn_never(const struct asked *a, const char *what)
{
	vg_rule_warn(a->in, a->node,
		     "`%.*s` is %s, so no event has it as `%.*s`; see "
		     "docs/event-schema.md",
		     shown(a), a->value.p, what, (int)a->field.n, a->field.p);
}

/* Each leaves *out, the value as it stands, where it knows nothing better. */

static void actor(const struct asked *a, struct vg_slice *out)
{
	struct vg_resolved r = vg_lexicon_resolve(a->in->lexicon, a->value);

	if (r.n_actors > 1)
		vg_rule_warn(a->in, a->node,
			     "`%.*s` is a name of %u actors, and matches only "
			     "events that say it; /v1/actors/ lists them",
			     shown(a), a->value.p, (unsigned)r.n_actors);
	if (!VG_DEFECT("rule-name-literal"))
		*out = r.name;
}

static void country(const struct asked *a, struct vg_slice *out)
{
	struct vg_slice code = a->value;

	switch (vg_country_read(a->value, &code)) {
	case VG_COUNTRY_ONE:
		*out = code;
		break;
	case VG_COUNTRY_NONE:
		warn_never(a, "not a country");
		break;
	case VG_COUNTRY_UNKNOWN:
		warn_never(a, "not a known country");
	}
}

static void label(const struct asked *a, struct vg_slice *out)
{
	int tlp = vg_tlp_find(a->value);

	if (tlp >= 0)
		*out = vg_slice_of(vg_tlp_name((enum vg_tlp)tlp));
	else
		warn_never(a, "not a TLP label");
}

static void technique(const struct asked *a, struct vg_slice *out)
{
	(void)out;
	if (!vg_technique_shape(a->value))
		warn_never(a, "not of the form T1234 or T1234.567");
}

static void word(const struct asked *a, enum vg_vocab list)
{
	if (vg_vocab_find(list, a->value) < 0)
		warn_never(a, "not among the words there are");
}

static void category(const struct asked *a, struct vg_slice *out)
{
	(void)out;
	word(a, VG_VOCAB_CATEGORY);
}

static void sector(const struct asked *a, struct vg_slice *out)
{
	(void)out;
	word(a, VG_VOCAB_SECTOR);
}

static void sensor_kind(const struct asked *a, struct vg_slice *out)
{
	(void)out;
	word(a, VG_VOCAB_SENSOR_KIND);
}

static const struct {
	const char *field;
	void (*name)(const struct asked *a, struct vg_slice *out);
} row[] = {
	{"actor", actor},
	{"country", country},
	{"source_country", country},
	{"tlp", label},
	{"technique", technique},
	{"category", category},
	{"sector", sector},
	{"sensor_kind", sensor_kind},
};

bool vg_rule_has_names(struct vg_slice field)
{
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (vg_slice_eq(field, vg_slice_of(row[i].field)))
			return true;
	return false;
}

struct vg_slice vg_rule_name(const struct vg_rule_input *in,
			     const struct vg_yaml_node *n,
			     struct vg_slice field, struct vg_slice value)
{
	const struct asked a = {
		.in = in, .node = n, .field = field, .value = value};
	struct vg_slice name = value;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (vg_slice_eq(field, vg_slice_of(row[i].field)))
			row[i].name(&a, &name);
	return name;
}
