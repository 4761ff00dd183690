#include "cmd/world.h"

#include "aggregate/keep.h"
#include "alert/rule_files.h"
#include "core/exercise.h"
#include "core/geo.h"
#include "core/lexicon.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A seed nobody outside can know, so that table collisions cannot be aimed. */
static enum vg_rc random_seed(uint64_t *out, struct vg_err *err)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, sizeof *out);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof *out
		       ? VG_OK
		       : vg_err_set(err, VG_FATAL, "/dev/urandom: unreadable");
}

static enum vg_rc read_text(struct vg_world *w, const char *path,
			    struct vg_err *err)
{
	char block[4096];
	size_t n = 0;
	FILE *in = fopen(path, "rb");

	if (in == NULL)
		return vg_err_set(err, VG_INVAL, "%s: cannot be read", path);
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		vg_buf_add(&w->text, block, n);
	fclose(in);
	w->path = path;
	return w->text.failed ? vg_err_set(err, VG_FATAL, "out of memory")
			      : VG_OK;
}

/* Name the configuration epoch of `s`. */
static enum vg_rc hash_config(const struct vg_world *w, struct vg_ruleset *s,
			      struct vg_err *err)
{
	char hex[65];
	struct vg_buf text = {0};

	vg_buf_add(&text, w->text.p, w->text.n);
	for (size_t i = 0; i < vg_rules_count(s->rules); i++)
		vg_buf_str(&text, vg_rule_at(s->rules, i)->hash);
	vg_buf_str(&text, vg_lexicon_checksum(w->cfg->lexicon));
	vg_buf_str(&text, vg_geo_checksum(w->cfg->geo));
	if (text.failed) {
		vg_buf_term(&text);
		return vg_err_set(err, VG_FATAL, "out of memory");
	}
	vg_sha256_hex(hex, text.p, text.n);
	memcpy(s->config_hash, hex, VG_CONFIG_HASH - 1);
	s->config_hash[VG_CONFIG_HASH - 1] = '\0';
	vg_buf_term(&text);
	return VG_OK;
}

#ifdef VG_FAULTS
static enum vg_rc bind_faults(struct vg_world *w, struct vg_err *err)
{
	w->env.faults = &w->faults;
	return vg_faults_read(&w->faults, getenv("VIGIE_FAULT"), err);
}
#else
#define bind_faults(w, err) VG_OK
#endif

static void bind_env(struct vg_world *w)
{
	char hex[65];

	vg_sha256_hex(hex, w->hash_key, VG_HASH_KEY);
	memcpy(w->fingerprint, hex, 16);
	w->fingerprint[16] = '\0';
	w->env.cfg = w->cfg;
	w->env.aud = w->aud;
	w->env.metrics = &w->metrics;
	w->env.hash_key = w->hash_key;
}

enum vg_rc vg_world_rules(const struct vg_world *w, struct vg_rule_files *files,
			  const struct vg_own_docs *own,
			  struct vg_ruleset **out, struct vg_err *err)
{
	struct vg_ruleset *s = NULL;
	enum vg_rc rc = vg_ruleset_make(&s, &w->env, files, own, err);

	if (rc == VG_OK)
		rc = hash_config(w, s, err);
	if (rc == VG_OK)
		rc = vg_keep_check(&s->env, err);
	if (rc != VG_OK) {
		vg_ruleset_drop(s);
		return rc;
	}
	*out = s;
	return VG_OK;
}

enum vg_rc vg_world_files(const struct vg_world *w, const char *const *set,
			  size_t n_set, struct vg_rule_files **out,
			  struct vg_err *err)
{
	struct vg_config *files = NULL;
	enum vg_rc rc = vg_config_load(&files, w->path, set, n_set, err);

	if (rc == VG_OK)
		rc = vg_rule_files_read(out, files, err);
	vg_config_free(files);
	return rc;
}

/* Load the rules that the configuration names. */
static enum vg_rc load(const struct vg_world *w, struct vg_ruleset **out,
		       struct vg_err *err)
{
	struct vg_rule_files *files = NULL;
	enum vg_rc rc = vg_rule_files_read(&files, w->cfg, err);

	if (rc == VG_OK)
		rc = vg_world_rules(w, files, NULL, out, err);
	vg_rule_files_drop(files);
	return rc;
}

/* The world's rules are those of its set. */
static void bind_set(struct vg_world *w)
{
	w->env = w->set->env;
	w->plan = w->set->plan;
	w->rules = w->set->rules;
}

enum vg_rc vg_world_own(struct vg_world *w, const struct vg_own_docs *own,
			struct vg_err *err)
{
	struct vg_ruleset *s = NULL;
	enum vg_rc rc = vg_world_rules(w, w->set->files, own, &s, err);

	if (rc != VG_OK)
		return rc;
	vg_ruleset_drop(w->set);
	w->set = s;
	bind_set(w);
	return VG_OK;
}

/* What follows from the configuration. */
static enum vg_rc build(struct vg_world *w, const char *path,
			struct vg_err *err)
{
	bool bad_rules = false;
	enum vg_rc rc = vg_audiences_new(&w->aud, w->cfg, err);

	if (rc == VG_OK)
		rc = vg_hash_key_read(w->hash_key, w->cfg->hash_key_file, err);
	if (rc == VG_OK)
		rc = random_seed(&w->env.table_seed, err);
	if (rc == VG_OK)
		rc = bind_faults(w, err);
	if (rc == VG_OK)
		rc = read_text(w, path, err);
	if (rc == VG_OK) {
		bind_env(w);
		rc = load(w, &w->set, err);
		bad_rules = rc == VG_INVAL;
	}
	if (rc == VG_OK) {
		bind_set(w);
		vg_plan_series_text(w->plan, w->series);
	} else {
		vg_world_term(w);
	}
	vg_metric_set(&w->metrics, VG_M_RULES_BAD, bad_rules);
	return rc;
}

enum vg_rc vg_world_init(struct vg_world *w, const char *path,
			 const char *const *set, size_t n_set,
			 struct vg_err *err)
{
	memset(w, 0, sizeof *w);
	enum vg_rc rc = vg_config_load(&w->cfg, path, set, n_set, err);

	return rc == VG_OK ? build(w, path, err) : rc;
}

enum vg_rc vg_world_init_exercise(struct vg_world *w, const char *path,
				  const struct vg_world_set *set,
				  const char *id, struct vg_err *err)
{
	memset(w, 0, sizeof *w);
	enum vg_rc rc = vg_config_load(&w->cfg, path, set->v, set->n, err);

	if (rc == VG_OK)
		rc = vg_config_exercise(w->cfg, id, err);
	if (rc == VG_OK)
		return build(w, path, err);
	vg_world_term(w);
	return rc;
}

void vg_world_term(struct vg_world *w)
{
	vg_ruleset_drop(w->set);
	vg_buf_term(&w->text);
	vg_audiences_free(w->aud);
	vg_config_free(w->cfg);
	memset(w, 0, sizeof *w);
}
