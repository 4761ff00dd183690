#include "alert/book_country.h"

#include "core/timefmt.h"

#include <cjson/cJSON.h>

static const char *text_of(const cJSON *o, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));
}

static struct vg_book_country *find(struct vg_book_country *c, size_t n,
				    const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(c[i].code, code) == 0)
			return &c[i];
	return NULL;
}

size_t vg_book_countries(struct vg_book_country out[VG_BOOK_COUNTRIES],
			 const cJSON *doc, int64_t start_ms)
{
	const cJSON *one;
	size_t n = 0;

	cJSON_ArrayForEach(one,
			   cJSON_GetObjectItemCaseSensitive(doc, "countries"))
	{
		const char *code = cJSON_GetStringValue(one);

		if (code == NULL || strlen(code) >= sizeof out->code ||
		    n == VG_BOOK_COUNTRIES || find(out, n, code) != NULL)
			continue;
		out[n] = (struct vg_book_country){.at_ms = INT64_MAX};
		memcpy(out[n++].code, code, strlen(code) + 1);
	}
	cJSON_ArrayForEach(one,
			   cJSON_GetObjectItemCaseSensitive(doc, "first_seen"))
	{
		const char *field = text_of(one, "field"),
			   *value = text_of(one, "value"),
			   *first = text_of(one, "first");
		struct vg_book_country *c =
			field != NULL && strcmp(field, "country") == 0 &&
					value != NULL
				? find(out, n, value)
				: NULL;
		int64_t at_ms = 0;

		if (c != NULL && first != NULL &&
		    vg_time_parse(vg_slice_of(first), &at_ms) &&
		    at_ms < c->at_ms)
			c->at_ms = at_ms;
	}
	for (size_t i = 0; i < n; i++)
		if (out[i].at_ms == INT64_MAX)
			out[i].at_ms = start_ms;
	return n;
}
