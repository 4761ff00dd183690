#include "core/config.h"

#include "core/config_read.h"
#include "core/geo.h"
#include "core/lexicon.h"
#include "core/limits.h"
#include "core/option_fault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_MAX_LEN = 96 };

static enum vg_rc read_map(struct vg_config_read *r,
			   const struct vg_yaml_node *map, const char *prefix);

static enum vg_rc read_scalar(struct vg_config_read *r,
			      const struct vg_yaml_node *n,
			      const struct vg_option *o, size_t i)
{
	const char *text = NULL;
	struct vg_err why = {0};

	if (r->line[i] != 0)
		return vg_config_fail(r, n, o->name,
				      "stands here and on line %d; keep one",
				      r->line[i]);
	enum vg_rc rc = vg_config_scalar(r, n, o, &text);
	if (rc != VG_OK)
		return rc;
	rc = vg_option_set(r->cfg, o, r->dir, text, &why);
	if (rc == VG_FATAL)
		return vg_err_set(r->err, rc, "%s: %s", o->name, why.text);
	if (rc != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	r->line[i] = n->key_line;
	return VG_OK;
}

static enum vg_rc read_section(struct vg_config_read *r,
			       const struct vg_yaml_node *n, const char *name)
{
	if (n->type == VG_YAML_MAP)
		return read_map(r, n, name);
	/* A section with all of its options commented out. */
	if (n->type == VG_YAML_SCALAR && n->text_len == 0 && !n->quoted)
		return VG_OK;
	return vg_config_fail(r, n, name,
			      "not a map; write its options under it, "
			      "indented");
}

static enum vg_rc read_entry(struct vg_config_read *r,
			     const struct vg_yaml_node *n, const char *name)
{
	size_t i = 0;
	const struct vg_option *o = vg_option_find(name, &i);

	if (o != NULL && vg_option_is_scalar(o))
		return read_scalar(r, n, o, i);
	if (o != NULL && o->type == VG_OPT_LIST)
		return VG_OK; /* read by vg_config_lists() */
	if (o != NULL)
		return vg_config_fail(r, n, name,
				      "is of an entry of a list; write it "
				      "there");
	if (vg_option_is_section(name))
		return read_section(r, n, name);
	return vg_config_unknown(r, n, name);
}

static enum vg_rc read_map(struct vg_config_read *r,
			   const struct vg_yaml_node *map, const char *prefix)
{
	for (const struct vg_yaml_node *n = map->child; n != NULL;
	     n = n->next) {
		char name[NAME_MAX_LEN];
		/* A longer name is cut, and then unknown as it was before. */
		(void)snprintf(name, sizeof name, "%s%s%s", prefix,
			       prefix[0] != '\0' ? "." : "", n->key);
		enum vg_rc rc = read_entry(r, n, name);
		if (rc != VG_OK)
			return rc;
	}
	return VG_OK;
}

static enum vg_rc read_set(struct vg_config_read *r, const char *set)
{
	char name[NAME_MAX_LEN], near[64];
	struct vg_err why = {0};
	size_t i = 0;

	const char *eq = strchr(set, '=');
	if (eq == NULL || eq == set)
		return vg_err_set(r->err, VG_INVAL,
				  "--set %.64s: not NAME=VALUE; write for "
				  "example log.level=debug",
				  set);
	(void)snprintf(name, sizeof name, "%.*s", (int)(eq - set), set);
	const struct vg_option *o = vg_option_find(name, &i);
	if (o != NULL && !vg_option_is_scalar(o))
		return vg_err_set(r->err, VG_INVAL,
				  "--set %s: is in a list; set it in the file",
				  name);
	if (o == NULL && vg_option_nearest(name, near, sizeof near) != NULL)
		return vg_err_set(r->err, VG_INVAL,
				  "--set %s: no such option; did you mean %s?",
				  name, near);
	if (o == NULL)
		return vg_err_set(r->err, VG_INVAL,
				  "--set %s: no such option; `vigie help "
				  "config` lists all",
				  name);
	enum vg_rc rc = vg_option_set(r->cfg, o, r->dir, eq + 1, &why);
	if (rc != VG_OK)
		return vg_err_set(r->err, rc, "--set %s: %s", name, why.text);
	r->line[i] = VG_LINE_SET;
	return VG_OK;
}

/* Every default goes the way of a written value, so that none can be outside
 * its own range. */
static enum vg_rc set_defaults(struct vg_config_read *r)
{
	const struct vg_option *o;

	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		if (!vg_option_is_scalar(o) || o->initial == NULL)
			continue;
		enum vg_rc rc =
			vg_option_set(r->cfg, o, "", o->initial, r->err);
		assert(rc != VG_INVAL);
		if (rc != VG_OK)
			return rc;
	}
	return VG_OK;
}

static enum vg_rc check_required(struct vg_config_read *r)
{
	const struct vg_option *o;

	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		if (vg_option_is_scalar(o) && o->initial == NULL &&
		    r->line[i] == 0)
			return vg_config_fail(r, r->root, o->name,
					      "is missing; set it (%s)",
					      o->unit);
	}
	return VG_OK;
}

static enum vg_rc unguarded(const struct vg_config_read *r, const char *name,
			    const char *address)
{
	return vg_config_fail_option(r, name,
				     "%.64s is not a loopback address and "
				     "there is no http.token_file; set one, or "
				     "listen on 127.0.0.1",
				     address);
}

static enum vg_rc check_http(const struct vg_config_read *r)
{
	const struct vg_config *c = r->cfg;

	if ((c->http_certificate_file[0] == '\0') !=
	    (c->http_key_file[0] == '\0'))
		return vg_config_fail_option(
			r, "http.certificate_file",
			"and http.key_file go together; set both, or neither");
	if (c->http_client_ca_file[0] != '\0' &&
	    c->http_certificate_file[0] == '\0')
		return vg_config_fail_option(
			r, "http.client_ca_file",
			"needs TLS; set http.certificate_file too");
	if ((c->oidc_issuer[0] == '\0') != (c->oidc_audience[0] == '\0') ||
	    (c->oidc_issuer[0] == '\0') != (c->oidc_keys_url[0] == '\0'))
		return vg_config_fail_option(
			r, "oidc.issuer",
			"oidc.audience and oidc.keys_url go together; set all, "
			"or none");
	bool has_tokens = c->http_token_file[0] != '\0';
	if (c->http_metrics_address[0] != '\0' && !has_tokens &&
	    !vg_http_is_loopback(c->http_metrics_address))
		return unguarded(r, "http.metrics_address",
				 c->http_metrics_address);
	return has_tokens || c->oidc_issuer[0] != '\0' ||
			       vg_http_is_loopback(c->http_address)
		       ? VG_OK
		       : unguarded(r, "http.address", c->http_address);
}

static enum vg_rc read_root(struct vg_config_read *r, const char *const *set,
			    size_t n_set)
{
	r->root = vg_yaml_doc(r->yaml, 0);
	if (r->root == NULL || r->root->type != VG_YAML_MAP)
		return vg_yaml_fail(r->yaml, r->root, r->err,
				    "not a map of options; see `vigie help "
				    "config`");
	if (vg_yaml_doc(r->yaml, 1) != NULL)
		return vg_yaml_fail(r->yaml, vg_yaml_doc(r->yaml, 1), r->err,
				    "a second document; remove the line ---");

	enum vg_rc rc = set_defaults(r);
	if (rc == VG_OK)
		rc = read_map(r, r->root, "");
	for (size_t i = 0; i < n_set && rc == VG_OK; i++)
		rc = read_set(r, set[i]);
	if (rc == VG_OK && r->kafka_only)
		return vg_config_kafka(r);
	if (rc == VG_OK)
		rc = check_required(r);
	if (rc == VG_OK)
		rc = vg_config_lists(r);
	if (rc == VG_OK)
		rc = vg_config_kafka(r);
	return rc == VG_OK ? check_http(r) : rc;
}

/* The folder of `path` with its last slash, "" when it has none. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash - path) + 1 : 0;
	char *out = malloc(n + 1);

	if (out == NULL)
		return NULL;
	memcpy(out, path, n);
	out[n] = '\0';
	return out;
}

static enum vg_rc read_part(struct vg_config **out, bool kafka_only,
			    const struct vg_yaml *yaml, const char *const *set,
			    size_t n_set, struct vg_err *err)
{
	struct vg_config_read r = {
		.yaml = yaml, .err = err, .kafka_only = kafka_only};
	enum vg_rc rc;

	r.cfg = calloc(1, sizeof *r.cfg);
	r.dir = folder_of(vg_yaml_name(yaml));
	if (r.cfg == NULL || r.dir == NULL)
		rc = vg_err_set(err, VG_FATAL, "config: out of memory");
	else
		rc = read_root(&r, set, n_set);
	if (rc == VG_OK) {
		*out = r.cfg;
		r.cfg = NULL; /* now the caller's */
	}
	vg_config_free(r.cfg);
	free(r.dir);
	return rc;
}

static enum vg_rc read_config(struct vg_config **out,
			      const struct vg_yaml *yaml,
			      const char *const *set, size_t n_set,
			      struct vg_err *err)
{
	return read_part(out, false, yaml, set, n_set, err);
}

enum vg_rc vg_config_load_kafka(struct vg_config **out, const char *path,
				const char *const *set, size_t n_set,
				struct vg_err *err)
{
	static const char NOTHING[] = "{}";
	struct vg_yaml *yaml = NULL;
	enum vg_rc rc;

	if (path == NULL)
		rc = vg_yaml_parse(&yaml, "options", NOTHING,
				   sizeof NOTHING - 1, err);
	else
		rc = vg_yaml_load(&yaml, path, VG_CONFIG_FILE_MAX, err);
	if (rc == VG_OK)
		rc = read_part(out, true, yaml, set, n_set, err);
	vg_yaml_free(yaml);
	return rc;
}

enum vg_rc vg_config_load(struct vg_config **out, const char *path,
			  const char *const *set, size_t n_set,
			  struct vg_err *err)
{
	struct vg_yaml *yaml = NULL;
	struct vg_config *cfg = NULL;

	enum vg_rc rc = vg_yaml_load(&yaml, path, VG_CONFIG_FILE_MAX, err);
	if (rc == VG_OK)
		rc = read_config(&cfg, yaml, set, n_set, err);
	vg_yaml_free(yaml);
	if (rc == VG_OK)
		rc = vg_config_vocabulary(cfg, err);
	if (rc == VG_OK)
		*out = cfg;
	else
		vg_config_free(cfg);
	return rc;
}

enum vg_rc vg_config_parse(struct vg_config **out, const char *name,
			   const char *text, size_t len, struct vg_err *err)
{
	struct vg_yaml *yaml = NULL;

	enum vg_rc rc = vg_yaml_parse(&yaml, name, text, len, err);
	if (rc == VG_OK)
		rc = read_config(out, yaml, NULL, 0, err);
	vg_yaml_free(yaml);
	return rc;
}

void vg_config_free(struct vg_config *c)
{
	const struct vg_option *o;

	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_partners; i++) {
		free(c->partners[i].keys);
		free(c->partners[i].sensors);
		vg_paths_free(c->partners[i].own_files,
			      c->partners[i].n_own_files);
	}
	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		if (vg_option_is_scalar(o) &&
		    (o->type == VG_OPT_TEXT || o->type == VG_OPT_PATH))
			free(*(char **)(void *)((char *)c + o->offset));
	}
	vg_lexicon_close(c->lexicon);
	vg_geo_close(c->geo);
	for (size_t i = 0; i < c->n_receivers; i++)
		vg_receiver_term(&c->receivers[i]);
	free(c->receivers);
	vg_paths_free(c->rule_files, c->n_rule_files);
	free(c->caveats);
	free(c->partners);
	free(c);
}
