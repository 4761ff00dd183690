#include "cmd/world.h"

#include "aggregate/keep.h"
#include "core/buf.h"
#include "core/geo.h"
#include "core/lexicon.h"

#include <fcntl.h>
#include <stdio.h>
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

static enum vg_rc hash_config(char out[17], const struct vg_world *w,
			      const char *path, struct vg_err *err)
{
	char hex[65], block[4096];
	struct vg_buf text = {0};
	size_t n = 0;
	FILE *in = fopen(path, "rb");

	if (in == NULL)
		return vg_err_set(err, VG_INVAL, "%s: cannot be read", path);
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		vg_buf_add(&text, block, n);
	fclose(in);
	for (size_t i = 0; i < vg_rules_count(w->rules); i++)
		vg_buf_str(&text, vg_rule_at(w->rules, i)->hash);
	vg_buf_str(&text, vg_lexicon_checksum(w->cfg->lexicon));
	vg_buf_str(&text, vg_geo_checksum(w->cfg->geo));
	if (text.failed) {
		vg_buf_term(&text);
		return vg_err_set(err, VG_FATAL, "out of memory");
	}
	vg_sha256_hex(hex, text.p, text.n);
	memcpy(out, hex, 16);
	out[16] = '\0';
	vg_buf_term(&text);
	return VG_OK;
}

static void bind_env(struct vg_world *w)
{
	char hex[65];

	vg_sha256_hex(hex, w->hash_key, VG_HASH_KEY);
	memcpy(w->fingerprint, hex, 16);
	w->fingerprint[16] = '\0';
	w->env.cfg = w->cfg;
	w->env.plan = w->plan;
	w->env.aud = w->aud;
	w->env.metrics = &w->metrics;
	w->env.hash_key = w->hash_key;
	w->env.config_hash = w->config_hash;
}

enum vg_rc vg_world_init(struct vg_world *w, const char *path,
			 const char *const *set, size_t n_set,
			 struct vg_err *err)
{
	memset(w, 0, sizeof *w);
	bool bad_rules = false;
	enum vg_rc rc = vg_config_load(&w->cfg, path, set, n_set, err);
	if (rc == VG_OK)
		rc = vg_audiences_new(&w->aud, w->cfg, err);
	if (rc == VG_OK)
		rc = vg_hash_key_read(w->hash_key, w->cfg->hash_key_file, err);
	if (rc == VG_OK)
		rc = vg_plan_new(&w->plan, err);
	if (rc == VG_OK) {
		rc = vg_rules_load(&w->rules, w->plan, w->cfg->lexicon,
				   w->cfg->rule_files, w->cfg->n_rule_files,
				   err);
		bad_rules = rc == VG_INVAL;
	}
	if (rc == VG_OK)
		rc = random_seed(&w->env.table_seed, err);
	if (rc == VG_OK)
		rc = hash_config(w->config_hash, w, path, err);
	if (rc == VG_OK)
		bind_env(w);
	if (rc == VG_OK)
		rc = vg_keep_check(&w->env, err);
	if (rc != VG_OK)
		vg_world_term(w);
	vg_metric_set(&w->metrics, VG_M_RULES_BAD, bad_rules);
	return rc;
}

void vg_world_term(struct vg_world *w)
{
	vg_rules_free(w->rules);
	vg_plan_free(w->plan);
	vg_audiences_free(w->aud);
	vg_config_free(w->cfg);
	memset(w, 0, sizeof *w);
}
