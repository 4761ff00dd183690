#include "cmd/exercise_file.h"

#include "alert/rule_read.h"
#include "cmd/case_events.h"
#include "core/json.h"
#include "core/timefmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENSOR_CAP = 1024 };

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* The file as YAML: of lines, a list in which each keeps its place. */
static enum vg_rc read_text(const char *path, struct vg_buf *out,
			    struct vg_err *err)
{
	bool lines = ends_with(path, ".ndjson") || ends_with(path, ".jsonl");
	FILE *in = fopen(path, "rb");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (in == NULL)
		return vg_err_set(err, VG_INVAL, "%.150s: cannot be read",
				  path);
	vg_buf_str(out, lines ? "{\"events\": [" : "");
	while ((n = getline(&line, &cap, in)) >= 0 &&
	       out->n <= VG_EXERCISE_FILE_MAX) {
		while (lines && n > 0 && strchr("\r\n", line[n - 1]) != NULL)
			n--;
		vg_buf_add(out, line, (size_t)n);
		if (lines)
			vg_buf_str(out, n > 0 ? ",\n" : "\n");
	}
	vg_buf_str(out, lines ? "]}" : "");
	free(line);
	bool good = ferror(in) == 0;
	fclose(in);
	if (!good)
		return vg_err_set(err, VG_INVAL, "%.150s: cannot be read",
				  path);
	if (out->n > VG_EXERCISE_FILE_MAX)
		return vg_err_set(err, VG_INVAL,
				  "%.150s: more than %d MiB; make it two "
				  "exercises, or use `every` and `times`",
				  path, VG_EXERCISE_FILE_MAX >> 20);
	return out->failed ? vg_err_set(err, VG_FATAL, "out of memory") : VG_OK;
}

static const struct vg_yaml_node *root_of(const struct vg_exercise_file *f)
{
	return vg_yaml_doc(f->yaml, 0);
}

static enum vg_rc read_head(struct vg_exercise_file *f, const char *path,
			    struct vg_err *err)
{
	static const char *const keys[] = {"title", "defaults", "events"};
	const struct vg_yaml_node *root = root_of(f), *title;

	if (root == NULL || root->type != VG_YAML_MAP)
		return vg_err_set(err, VG_INVAL,
				  "%.150s:1: an exercise is a map with "
				  "`events`; `vigie exercise --help` shows one",
				  path);
	enum vg_rc rc = vg_rule_keys(f->yaml, root, keys, 3, err);
	if (rc != VG_OK)
		return rc;
	title = vg_yaml_get(root, "title");
	if (title != NULL && (title->type != VG_YAML_SCALAR ||
			      title->text_len > VG_EXERCISE_TITLE_MAX))
		return vg_yaml_fail(f->yaml, title, err,
				    "`title` is a text of at most %d bytes",
				    VG_EXERCISE_TITLE_MAX);
	const char *name = strrchr(path, '/');
	(void)snprintf(f->title, sizeof f->title, "%s",
		       title != NULL  ? title->text
		       : name != NULL ? name + 1
				      : path);
	return VG_OK;
}

/* What sending a line needs to know of it. */
static enum vg_rc read_line(struct vg_exercise_file *f, struct vg_json *json,
			    const struct vg_config *cfg,
			    struct vg_exercise_line *line, struct vg_err *err)
{
	char id[32] = "", sensor[SENSOR_CAP] = "";
	size_t at = 0, n = 0;

	if (vg_json_parse(json, line->text.p, line->text.n, &at) != VG_JSON_OK)
		return vg_err_set(err, VG_INVAL,
				  "%.100s: event %zu cannot be written as JSON",
				  vg_yaml_name(f->yaml), f->n + 1);
	uint32_t p = vg_json_member(json, 0, "partner");
	if (p != 0 && json->tok[p].type == VG_JSON_STRING &&
	    vg_json_unescape(json, p, id, sizeof id, &n))
		line->partner = vg_config_partner(
			cfg, (struct vg_slice){id, (uint32_t)n});
	if (line->partner == NULL)
		return vg_err_set(
			err, VG_INVAL,
			"%.100s: an event's `partner` is missing or "
			"in no configuration: %.20s; write for "
			"example partner: %s",
			vg_yaml_name(f->yaml), id[0] != '\0' ? id : "none",
			cfg->n_partners > 0 ? cfg->partners[0].id : "MA");
	uint32_t s = vg_json_member(json, 0, "sensor");
	n = 0;
	if (s != 0 && json->tok[s].type == VG_JSON_STRING)
		(void)vg_json_unescape(json, s, sensor, sizeof sensor, &n);
	line->sensor.n = (uint32_t)n;
	vg_buf_add(&f->sensors, sensor, n);
	uint32_t t = vg_json_member(json, 0, "record_time");
	(void)(t != 0 && vg_time_parse(vg_json_raw(json, t), &line->at_ms));
	return VG_OK;
}

static enum vg_rc read_lines(struct vg_exercise_file *f, size_t n,
			     const struct vg_config *cfg, struct vg_err *err)
{
	struct vg_json json = {0};
	const char *at = f->text.p, *end = f->text.p + f->text.n;
	enum vg_rc rc = VG_OK;

	f->line = calloc(n + 1, sizeof *f->line);
	if (f->line == NULL)
		return vg_err_set(err, VG_FATAL, "exercise: out of memory");
	while (rc == VG_OK && at < end && f->n < n) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		struct vg_exercise_line *line = &f->line[f->n];

		stop = stop != NULL ? stop : end;
		line->text = (struct vg_slice){at, (uint32_t)(stop - at)};
		rc = read_line(f, &json, cfg, line, err);
		f->n++;
		at = stop + 1;
	}
	vg_json_term(&json);
	if (rc == VG_OK && f->sensors.failed)
		rc = vg_err_set(err, VG_FATAL, "exercise: out of memory");
	const char *sensor = f->sensors.p;
	for (size_t i = 0; rc == VG_OK && i < f->n; i++) {
		f->line[i].sensor.p = sensor != NULL ? sensor : "";
		sensor += f->line[i].sensor.n;
	}
	return rc;
}

enum vg_rc vg_exercise_file_start(struct vg_exercise_file *f,
				  const struct vg_config *cfg, int64_t start_ms,
				  struct vg_err *err)
{
	const struct vg_case_source source = {.y = f->yaml,
					      .test = root_of(f),
					      .file = root_of(f),
					      .start_ms = start_ms};
	size_t n = 0;

	free(f->line);
	f->line = NULL;
	f->n = 0;
	vg_buf_term(&f->text);
	vg_buf_term(&f->sensors);
	enum vg_rc rc = vg_case_events(&source, &f->text, &n, err);
	if (rc == VG_OK && n == 0)
		rc = vg_yaml_fail(f->yaml, root_of(f), err,
				  "an exercise needs an event at least");
	if (rc == VG_OK)
		rc = read_lines(f, n, cfg, err);
	if (rc == VG_OK)
		f->span_ms = f->line[f->n - 1].at_ms - start_ms;
	return rc;
}

enum vg_rc vg_exercise_file_read(struct vg_exercise_file *f, const char *path,
				 const struct vg_config *cfg,
				 struct vg_err *err)
{
	struct vg_buf text = {0};

	memset(f, 0, sizeof *f);
	enum vg_rc rc = read_text(path, &text, err);
	if (rc == VG_OK)
		rc = vg_yaml_parse(&f->yaml, path, text.p, text.n, err);
	vg_buf_term(&text);
	if (rc == VG_OK)
		rc = read_head(f, path, err);
	if (rc == VG_OK)
		rc = vg_exercise_file_start(f, cfg, 0, err);
	if (rc != VG_OK)
		vg_exercise_file_term(f);
	return rc;
}

void vg_exercise_file_term(struct vg_exercise_file *f)
{
	vg_yaml_free(f->yaml);
	free(f->line);
	vg_buf_term(&f->text);
	vg_buf_term(&f->sensors);
	memset(f, 0, sizeof *f);
}
