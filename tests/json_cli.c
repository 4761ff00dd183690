/*
 * json_cli - the strict JSON reader against jansson on damaged records, and
 * what it made of each, for a third reader in Python.
 *
 *     json_cli RECORDS
 *
 * The strict reader takes only what jansson takes, with equal values; what it
 * alone refuses, it refuses for a bound of its own. On standard output, for
 * each record: `<length> <fault> <bytes>` and a line of its values as marks in
 * document order, empty when it was refused.
 */
#include "event_seeds.h"
#include "mutate.h"

#include "core/buf.h"
#include "core/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const more_seeds[] = {
	"{\"a\\u00e9\":\"\\ud83d\\ude00\",\"b\":[[[[{}]]]],\"\xc3\xa9\":null}",
	"[9007199254740991,-1e-7,12345678901234567890,0.1,2.5E+3,-0.0,1E400]",
	"{\"k\":{\"k\":{\"k\":1}},\"\\u006b\":2,\"K\":3,\"\\\"\":4,\"\":5}",
	"[\"\\b\\f\\n\\r\\t\\/\\\\\\\"\",\"\x7f\",\"\\u2028\xe2\x80\xa9\"]",
	"[true,false,null,[],{},\"\",0,[{\"x\":[{\"y\":[]}]}]] ",
};

enum { MORE = sizeof more_seeds / sizeof *more_seeds };

/* Equal values, member by member; jansson keeps one of each key. */
static bool is_equal(const struct vg_json *j, uint32_t i, const json_t *k);

static bool is_equal_text(const struct vg_json *j, uint32_t i, const char *text,
			  size_t n)
{
	char own[MUTATE_ROOM];
	size_t own_n = 0;

	return vg_json_unescape(j, i, own, sizeof own, &own_n) && own_n == n &&
	       memcmp(own, text, n) == 0;
}

static bool is_equal_number(const struct vg_json *j, uint32_t i,
			    const json_t *k)
{
	int64_t v = 0;

	if (vg_json_int(j, i, &v))
		return json_is_integer(k) && json_integer_value(k) == v;
	return json_is_real(k) && json_real_value(k) == vg_json_double(j, i);
}

static bool is_equal_array(const struct vg_json *j, uint32_t i, const json_t *k)
{
	uint32_t at = i + 1;

	if (!json_is_array(k) || json_array_size(k) != j->tok[i].count)
		return false;
	for (size_t e = 0; e < j->tok[i].count; e++, at = j->tok[at].next)
		if (!is_equal(j, at, json_array_get(k, e)))
			return false;
	return true;
}

static bool is_equal_object(const struct vg_json *j, uint32_t i,
			    const json_t *k)
{
	char key[MUTATE_ROOM + 1];

	if (!json_is_object(k) || json_object_size(k) != j->tok[i].count)
		return false;
	for (uint32_t at = i + 1; at < j->tok[i].next;
	     at = j->tok[at + 1].next) {
		size_t n = 0;

		if (!vg_json_unescape(j, at, key, MUTATE_ROOM, &n))
			return false;
		key[n] = '\0';
		const json_t *v = json_object_get(k, key);
		if (v == NULL || !is_equal(j, at + 1, v))
			return false;
	}
	return true;
}

static bool is_equal(const struct vg_json *j, uint32_t i, const json_t *k)
{
	switch (j->tok[i].type) {
	case VG_JSON_NULL:
		return json_is_null(k);
	case VG_JSON_FALSE:
		return json_is_false(k);
	case VG_JSON_TRUE:
		return json_is_true(k);
	case VG_JSON_NUMBER:
		return is_equal_number(j, i, k);
	case VG_JSON_STRING:
		return json_is_string(k) &&
		       is_equal_text(j, i, json_string_value(k),
				     json_string_length(k));
	case VG_JSON_ARRAY:
		return is_equal_array(j, i, k);
	default:
		return is_equal_object(j, i, k);
	}
}

/* i1 d0.5 s<hex> n f t, a<elements> and o<members> before what is in them. */
static void print(const struct vg_json *j, struct vg_buf *out)
{
	char text[MUTATE_ROOM];
	int64_t v = 0;
	size_t n = 0;

	for (uint32_t i = 0; i < j->n; i++) {
		switch (j->tok[i].type) {
		case VG_JSON_NUMBER:
			if (vg_json_int(j, i, &v))
				vg_buf_printf(out, "i%" PRId64 " ", v);
			else
				vg_buf_printf(out, "d%.17g ",
					      vg_json_double(j, i));
			break;
		case VG_JSON_STRING:
			if (!vg_json_unescape(j, i, text, sizeof text, &n))
				abort();
			vg_buf_str(out, "s");
			for (size_t k = 0; k < n; k++)
				vg_buf_printf(out, "%02x",
					      (unsigned char)text[k]);
			vg_buf_str(out, " ");
			break;
		case VG_JSON_ARRAY:
		case VG_JSON_OBJECT:
			vg_buf_printf(out, "%c%" PRIu32 " ",
				      j->tok[i].type == VG_JSON_ARRAY ? 'a'
								      : 'o',
				      j->tok[i].count);
			break;
		default:
			vg_buf_printf(out, "%c ", "nft"[j->tok[i].type]);
		}
	}
}

/* NULL, or how the two readers differ. */
static const char *differ(const struct vg_json *j, enum vg_json_fault fault,
			  const char *text, size_t n)
{
	json_error_t e;
	json_t *k = json_loadb(text, n,
			       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	const char *what = NULL;

	if (fault == VG_JSON_OK && k == NULL)
		what = e.text;
	else if (fault == VG_JSON_OK && !is_equal(j, 0, k))
		what = "the values differ";
	else if (fault != VG_JSON_OK && k != NULL && fault != VG_JSON_RANGE &&
		 fault != VG_JSON_DEPTH)
		what = "jansson takes it";
	if (what != NULL)
		fprintf(stderr, "json_cli: %s, %s: %.*s\n",
			vg_json_fault_name(fault), what, (int)n, text);
	json_decref(k);
	return what;
}

static size_t make(char *text, unsigned i)
{
	const char *seed =
		i % (EVENT_SEEDS + MORE) < EVENT_SEEDS
			? event_seed[i % (EVENT_SEEDS + MORE)]
			: more_seeds[i % (EVENT_SEEDS + MORE) - EVENT_SEEDS];
	size_t n = strlen(seed);

	memcpy(text, seed, n);
	for (unsigned k = below(3) + 1; k > 0; k--)
		n = mutate_bytes(text, n);
	return n;
}

int main(int argc, char **argv)
{
	static char text[MUTATE_ROOM];
	unsigned total = argc > 1 ? (unsigned)atoi(argv[1]) : 100000;
	struct vg_json j = {0};
	struct vg_buf out = {0};
	int rc = EXIT_SUCCESS;

	for (unsigned i = 0; i < total && rc == EXIT_SUCCESS; i++) {
		size_t n = make(text, i), at = 0;
		enum vg_json_fault fault = vg_json_parse(&j, text, n, &at);

		if (differ(&j, fault, text, n) != NULL)
			rc = EXIT_FAILURE;
		vg_buf_reset(&out);
		vg_buf_printf(&out, "%zu %s ", n, vg_json_fault_name(fault));
		vg_buf_add(&out, text, n);
		vg_buf_str(&out, "\n");
		if (fault == VG_JSON_OK)
			print(&j, &out);
		vg_buf_str(&out, "\n");
		if (out.failed || fwrite(out.p, 1, out.n, stdout) != out.n)
			rc = EXIT_FAILURE;
	}
	vg_buf_term(&out);
	vg_json_term(&j);
	return rc;
}
