/*
 * docs/openapi.json says of the API what its route table does: every route is
 * in it and every path of it is a route, with the same methods, parameters and
 * roles; and it is what the binary answers.
 */
#include "api/web.h"
#include "api_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static cJSON *doc;

static void start(void)
{
	const struct vg_web_file *f = NULL;

	for (size_t i = 0; i < vg_web_built_in.n; i++)
		if (strcmp(vg_web_built_in.file[i].path, "/openapi.json") == 0)
			f = &vg_web_built_in.file[i];
	cr_assert(f != NULL && !f->is_for_ever);
	doc = cJSON_ParseWithLength((const char *)f->plain, f->plain_n);
	cr_assert(doc != NULL);
}

static void finish(void)
{
	cJSON_Delete(doc);
}

TestSuite(openapi, .init = start, .fini = finish);

static const cJSON *at(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

static const char *text_at(const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(at(o, name));

	return text != NULL ? text : "";
}

/* "/v1/alerts/{id}" to "/v1/alerts/" and a star. */
static void pattern_of(const char *path, char out[256])
{
	size_t n = 0;

	for (const char *c = path; *c != '\0' && n < 255; c++) {
		if (*c == '{') {
			out[n++] = '*';
			c += strcspn(c, "}");
			continue;
		}
		out[n++] = *c;
	}
	out[n] = '\0';
}

static const cJSON *operation(const char *pattern, const char *method)
{
	const cJSON *path;
	char like[256];

	cJSON_ArrayForEach(path, at(doc, "paths"))
	{
		pattern_of(path->string, like);
		if (strcmp(like, pattern) == 0 && at(path, method) != NULL)
			return at(path, method);
	}
	return NULL;
}

/* Where a "#/components/..." leads. */
static const cJSON *follow(const cJSON *o)
{
	const char *ref = text_at(o, "$ref");
	char name[64];
	const cJSON *to = doc;

	if (ref[0] == '\0')
		return o;
	while ((ref = strchr(ref, '/')) != NULL && to != NULL) {
		ref++;
		(void)snprintf(name, sizeof name, "%.*s",
			       (int)strcspn(ref, "/"), ref);
		to = at(to, name);
	}
	cr_assert(to != NULL, "%s leads nowhere", text_at(o, "$ref"));
	return to;
}

/* Names in the route table's words: sorted would hide an order, which is
 * free; so each is looked up in the other. */
static bool has_word(const char *list, const char *word, bool repeats)
{
	char want[80];

	(void)snprintf(want, sizeof want, "%s%s", word, repeats ? "*" : "");
	for (const char *at_word = list; *at_word != '\0';) {
		size_t n = strcspn(at_word, " ");

		if (n == strlen(want) && memcmp(at_word, want, n) == 0)
			return true;
		at_word += n + (at_word[n] == ' ');
	}
	return false;
}

static size_t words_in(const char *list)
{
	size_t n = list[0] != '\0';

	for (; *list != '\0'; list++)
		n += *list == ' ';
	return n;
}

static void hold_params(const struct vg_api_route *r, const cJSON *op)
{
	const cJSON *p;
	size_t n = 0;

	cJSON_ArrayForEach(p, at(op, "parameters"))
	{
		const cJSON *param = follow(p);

		if (strcmp(text_at(param, "in"), "query") != 0)
			continue;
		n++;
		cr_expect(has_word(r->params, text_at(param, "name"),
				   cJSON_IsTrue(at(param, "explode"))),
			  "%s takes no %s", r->path, text_at(param, "name"));
	}
	cr_expect(eq(sz, n, words_in(r->params)), "%s takes: %s", r->path,
		  r->params);
}

static void hold(const struct vg_api_route *r, const char *method)
{
	const cJSON *op = operation(r->path, method);

	cr_assert(op != NULL, "%s %s is not in docs/openapi.json", method,
		  r->path);
	if (r->role == NULL) {
		cr_expect(eq(int, cJSON_GetArraySize(at(op, "security")), 0));
		cr_expect(at(op, "security") != NULL, "%s is open", r->path);
	} else {
		cr_expect(
			eq(str, (char *)text_at(op, "x-role"), (char *)r->role),
			"%s %s", method, r->path);
	}
	cr_expect(eq(int, strcmp(text_at(op, "x-viewer"), "coalition") == 0,
		     r->is_operators),
		  "%s %s", method, r->path);
	cr_expect(
		eq(int, at(op, "requestBody") != NULL,
		   strcmp(method, "post") == 0 || strcmp(method, "put") == 0));
	if (r->params != NULL)
		hold_params(r, op);
}

Test(openapi, has_every_route_of_the_table)
{
	struct vg_api_route r;

	for (size_t i = 0; vg_api_route(i, &r); i++) {
		bool form = strcmp(r.method, "FORM") == 0;

		hold(&r, form || strcmp(r.method, "GET") == 0 ? "get"
			 : strcmp(r.method, "POST") == 0      ? "post"
			 : strcmp(r.method, "PUT") == 0	      ? "put"
							      : "delete");
		if (form)
			hold(&r, "post");
	}
}

static bool is_route(const char *pattern, const char *method)
{
	struct vg_api_route r;

	for (size_t i = 0; vg_api_route(i, &r); i++) {
		bool form = strcmp(r.method, "FORM") == 0;

		if (strcmp(r.path, pattern) != 0)
			continue;
		if (strcmp(method, "get") == 0
			    ? form || strcmp(r.method, "GET") == 0
		    : strcmp(method, "post") == 0
			    ? form || strcmp(r.method, "POST") == 0
		    : strcmp(method, "put") == 0
			    ? strcmp(r.method, "PUT") == 0
			    : strcmp(r.method, "DELETE") == 0)
			return true;
	}
	return false;
}

Test(openapi, has_no_path_that_is_no_route)
{
	const cJSON *path, *op;
	char pattern[256];

	cJSON_ArrayForEach(path, at(doc, "paths"))
	{
		pattern_of(path->string, pattern);
		if (strcmp(pattern, "/openapi.json") == 0)
			continue; /* a file of the binary */
		cJSON_ArrayForEach(op, path)
		{
			cr_expect(is_route(pattern, op->string), "%s %s",
				  op->string, path->string);
		}
	}
}

Test(openapi, is_answered_to_anybody)
{
	struct api_fixture f;
	struct vg_answer a;

	api_fixture_init(&f);
	a = api_ask(&f, NULL, "/openapi.json");
	cr_assert(eq(int, a.status, 200));
	cr_assert(eq(str, (char *)a.content_type, "application/json"));
	cr_assert(vg_answer_get(&a, "ETag") != NULL);
	vg_answer_term(&a);
	api_fixture_term(&f);
}
