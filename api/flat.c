#include "api/flat.h"

#include "api/rows.h"
#include "api/tree.h"

#include <cjson/cJSON.h>

/* The list of a route's answer, and its members that are columns of CSV. */
static const struct flat {
	const char *path, *list, *columns;
} lists[] = {
	{"/v1/campaigns", "campaigns",
	 "id rule title severity stage since until class group countries "
	 "velocity alerts"},
	{"/v1/releases", "releases",
	 "id state rule title severity group alert viewers asked_by at until "
	 "text"},
	{"/v1/silences", "silences",
	 "id state match from to reason at author ended_by"},
	{"/v1/own/rules", "rules",
	 "id state error created_at created_by changed_at changed_by"},
	{"/v1/own/watchlists", "watchlists",
	 "id state error created_at created_by changed_at changed_by"},
	{"/v1/actors/*", "candidates", "actor attack_group"},
	{"/v1/partners", "partners",
	 "id country state silent_since complete_to"},
	{"/v1/account", "rows",
	 "partner hour received counted duplicate relayed beyond future "
	 "control canary not_alert not_member rejected adds_up "
	 "overlap_records events"},
	{"/v1/rules", "rules",
	 "id title kind group_by window_ms severity shadow own state hash"},
	{"/v1/rules/*/shadow", "countries",
	 "country alerts first_start last_start"},
};

static const struct flat *flat_of(const char *path)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (strcmp(lists[i].path, path) == 0)
			return &lists[i];
	return NULL;
}

bool vg_flat_format(const char *path, const struct vg_request *r,
		    struct vg_answer *a, enum vg_format *out)
{
	bool reads =
		strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;

	*out = VG_FORMAT_JSON;
	return !reads || flat_of(path) == NULL || vg_rows_format(r, a, out);
}

/* The next word of *at; n == 0 at the end. */
static struct vg_slice next_word(const char **at)
{
	size_t n = strcspn(*at, " ");
	struct vg_slice word = {*at, (uint32_t)n};

	*at += n + ((*at)[n] == ' ');
	return word;
}

static void write_csv(struct vg_answer *a, const struct flat *f,
		      const cJSON *list)
{
	struct vg_rows t = vg_rows_start(a, VG_FORMAT_CSV);
	const char *at = f->columns;
	const cJSON *one;

	while (*at != '\0')
		vg_rows_column(&t, next_word(&at));
	cJSON_ArrayForEach(one, list)
	{
		vg_tree_row(&t, one);
	}
}

static void write_lines(struct vg_answer *a, const cJSON *list)
{
	const cJSON *one;

	(void)vg_rows_start(a, VG_FORMAT_NDJSON);
	cJSON_ArrayForEach(one, list)
	{
		struct vg_jout line = {.buf = &a->body};

		vg_tree_write(&line, one);
		vg_buf_str(&a->body, "\n");
	}
}

void vg_flat_answer(const char *path, enum vg_format format,
		    struct vg_answer *a)
{
	const struct flat *f = flat_of(path);

	if (format == VG_FORMAT_JSON || f == NULL || a->status != 200 ||
	    a->body.failed)
		return;
	cJSON *doc = cJSON_ParseWithLength(a->body.p, a->body.n);
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(doc, f->list);
	const char *marking = vg_tree_text(doc, "marking");

	if (marking[0] != '\0')
		vg_answer_header(a, "Vigie-Marking", marking);
	if (list == NULL)
		a->body.failed = true;
	else if (format == VG_FORMAT_CSV)
		write_csv(a, f, list);
	else
		write_lines(a, list);
	cJSON_Delete(doc);
}
