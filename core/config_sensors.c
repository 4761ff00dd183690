/* config_sensors - a partner's cadence, and the sensors that are expected. */
#include "core/config_read.h"
#include "core/limits.h"

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
			    void *out)
{
	struct vg_declared_sensor *to = out;
	struct vg_err why = {0};

	if (vg_option_judge(o, text, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	(void)snprintf(to->name, sizeof to->name, "%s", text);
	return VG_OK;
}

static enum vg_rc read_cadence(const struct vg_config_read *r,
			       const struct vg_yaml_node *n,
			       const struct vg_option *o, const char *text,
			       void *out)
{
	struct vg_declared_sensor *to = out;
	struct vg_err why = {0};

	if (vg_option_int(o, text, &to->cadence_ms, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	return VG_OK;
}

static const struct vg_config_member MEMBER[] = {
	{"name", "partners.sensors.name", read_name},
	{"cadence", "partners.sensors.cadence", read_cadence},
};

static const struct vg_config_members MEMBERS = {
	.list = "partners.sensors",
	.form = "{name: dmz-1, cadence: 10m}",
	.member = MEMBER,
	.n = sizeof MEMBER / sizeof MEMBER[0]};

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
		enum vg_rc rc = vg_config_members(r, n, &MEMBERS, &s);

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
