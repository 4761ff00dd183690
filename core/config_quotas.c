/* config_quotas - how much a partner may send. */
#include "core/config_read.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define AT(field) offsetof(struct vg_partner_quota, field)

static const struct quota {
	const char *option; /* partners.<key> */
	size_t at;
} QUOTAS[] = {
	{"partners.max_records_per_minute", AT(records)},
	{"partners.max_sensors_per_minute", AT(sensors)},
	{"partners.max_actors_per_minute", AT(actors)},
	{"partners.max_indicators_per_minute", AT(indicators)},
	{"partners.max_dead_records_per_hour", AT(dead_records)},
	{"partners.max_dead_bytes_per_hour", AT(dead_bytes)},
};

enum { QUOTAS_COUNT = sizeof QUOTAS / sizeof QUOTAS[0] };

static const char *key_of(const struct quota *q)
{
	return q->option + sizeof "partners." - 1;
}

bool vg_config_is_quota(const char *key)
{
	for (size_t i = 0; i < QUOTAS_COUNT; i++)
		if (strcmp(key, key_of(&QUOTAS[i])) == 0)
			return true;
	return false;
}

static enum vg_rc read_one(const struct vg_config_read *r,
			   const struct vg_yaml_node *partner,
			   const struct quota *q, struct vg_partner *p)
{
	const struct vg_yaml_node *n = vg_yaml_get(partner, key_of(q));
	struct vg_err why = {0};
	size_t i = 0;
	const struct vg_option *o = vg_option_find(q->option, &i);
	const char *text;
	int64_t v = 0;

	assert(o != NULL && o->initial != NULL);
	text = o->initial;
	if (n != NULL) {
		enum vg_rc rc = vg_config_scalar(r, n, o, &text);
		if (rc != VG_OK)
			return rc;
	}
	if (vg_option_int(o, text, &v, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	memcpy((char *)&p->quota + q->at, &v, sizeof v);
	return VG_OK;
}

enum vg_rc vg_config_quotas(const struct vg_config_read *r,
			    const struct vg_yaml_node *partner,
			    struct vg_partner *p)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < QUOTAS_COUNT && rc == VG_OK; i++)
		rc = read_one(r, partner, &QUOTAS[i], p);
	return rc;
}
