/* config_sensors - a partner's cadence, and the sensors that are expected. */
#include "core/config_read.h"
#include "core/limits.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum vg_rc vg_config_cadence(struct vg_config_read *r,
			     const struct vg_yaml_node *n,
			     const struct vg_option *o, const char *text,
			     struct vg_partner *p)
{
	struct vg_err why = {0};

	if (vg_option_int(o, text, &p->cadence_ms, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	return VG_OK;
}

static enum vg_rc read_name(const struct vg_config_read *r,
			    const struct vg_yaml_node *n,
			    const struct vg_option *o, const char *text,
			    struct vg_declared_sensor *out)
{
	struct vg_err why = {0};

	if (vg_option_judge(o, text, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	(void)snprintf(out->name, sizeof out->name, "%s", text);
	return VG_OK;
}

static enum vg_rc read_cadence(const struct vg_config_read *r,
			       const struct vg_yaml_node *n,
			       const struct vg_option *o, const char *text,
			       struct vg_declared_sensor *out)
{
	struct vg_err why = {0};

	if (vg_option_int(o, text, &out->cadence_ms, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	return VG_OK;
}

static const struct member {
	const char *key, *option;
	enum vg_rc (*read)(const struct vg_config_read *r,
			   const struct vg_yaml_node *n,
			   const struct vg_option *o, const char *text,
			   struct vg_declared_sensor *out);
} MEMBERS[] = {
	{"name", "partners.sensors.name", read_name},
	{"cadence", "partners.sensors.cadence", read_cadence},
};

enum { N_MEMBERS = sizeof MEMBERS / sizeof MEMBERS[0] };

static enum vg_rc check_names(const struct vg_config_read *r,
			      const struct vg_yaml_node *entry)
{
	if (entry->type != VG_YAML_MAP)
		return vg_config_fail(r, entry, "partners.sensors",
				      "an entry is not a map; write {name: "
				      "dmz-1, cadence: 10m}");
	for (const struct vg_yaml_node *n = entry->child; n != NULL;
	     n = n->next) {
		size_t i = 0;
		char name[96];

		while (i < N_MEMBERS && strcmp(n->key, MEMBERS[i].key) != 0)
			i++;
		(void)snprintf(name, sizeof name, "partners.sensors.%s",
			       n->key);
		if (i == N_MEMBERS)
			return vg_config_unknown(r, n, name);
	}
	return VG_OK;
}

static enum vg_rc read_entry(const struct vg_config_read *r,
			     const struct vg_yaml_node *entry,
			     struct vg_declared_sensor *out)
{
	enum vg_rc rc = check_names(r, entry);

	for (size_t i = 0; i < N_MEMBERS && rc == VG_OK; i++) {
		const struct vg_yaml_node *n =
			vg_yaml_get(entry, MEMBERS[i].key);
		size_t row = 0;
		const struct vg_option *o =
			vg_option_find(MEMBERS[i].option, &row);
		const char *text = NULL;

		assert(o != NULL);
		if (n == NULL && o->initial == NULL)
			return vg_config_fail(r, entry, o->name,
					      "is missing; set it");
		if (n == NULL)
			continue;
		rc = vg_config_scalar(r, n, o, &text);
		if (rc == VG_OK)
			rc = MEMBERS[i].read(r, n, o, text, out);
	}
	return rc;
}

const struct vg_declared_sensor *vg_partner_sensor(const struct vg_partner *p,
						   struct vg_slice name)
{
	for (size_t i = 0; i < p->n_sensors; i++)
		if (vg_slice_eq(name, vg_slice_of(p->sensors[i].name)))
			return &p->sensors[i];
	return NULL;
}

static enum vg_rc read_list(const struct vg_config_read *r,
			    const struct vg_yaml_node *list,
			    struct vg_partner *p)
{
	for (const struct vg_yaml_node *n = list->child; n != NULL;
	     n = n->next) {
		struct vg_declared_sensor s = {.cadence_ms = 0};
		enum vg_rc rc = read_entry(r, n, &s);

		if (rc != VG_OK)
			return rc;
		if (vg_partner_sensor(p, vg_slice_of(s.name)) != NULL)
			return vg_config_fail(r, n, "partners.sensors.name",
					      "%s is there twice; keep one",
					      s.name);
		p->sensors[p->n_sensors++] = s;
	}
	return VG_OK;
}

enum vg_rc vg_config_sensors(const struct vg_config_read *r,
			     const struct vg_yaml_node *partner,
			     struct vg_partner *p)
{
	const struct vg_yaml_node *list = vg_yaml_get(partner, "sensors");
	enum vg_rc rc;

	if (list == NULL)
		return VG_OK;
	if (list->type != VG_YAML_LIST)
		return vg_config_fail(r, list, "partners.sensors",
				      "not a list; write a list of maps");
	if (list->count > VG_SENSORS_DECLARED_MAX)
		return vg_config_fail(r, list, "partners.sensors",
				      "%zu entries, and at most %d; leave out "
				      "those whose cadence may be learned",
				      list->count, VG_SENSORS_DECLARED_MAX);
	p->sensors = calloc(list->count + 1, sizeof *p->sensors);
	if (p->sensors == NULL)
		return vg_err_set(r->err, VG_FATAL, "sensors: out of memory");
	rc = read_list(r, list, p);
	if (rc == VG_OK)
		return VG_OK;
	free(p->sensors);
	p->sensors = NULL;
	p->n_sensors = 0;
	return rc;
}
