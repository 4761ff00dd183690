#include "core/config.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 8032, 7.1, TEST 2: the record is the byte 0x72. */
static const char SEED[] = "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";
static const char PUBLIC[] = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
static const char SIG[] = "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHk"
			  "PhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==";

static struct vg_err err;
static struct vg_config *cfg;

static void free_config(void)
{
	vg_config_free(cfg);
	cfg = NULL;
}

TestSuite(sign, .fini = free_config);

static bool reads(const char *text)
{
	uint8_t sig[VG_SIGN_BYTES];
	struct vg_slice id;

	return vg_sign_read(vg_slice_of(text), &id, sig);
}

Test(sign, checks_the_published_vector_and_no_other_bytes)
{
	uint8_t key[VG_SIGN_KEY], sig[VG_SIGN_BYTES];
	struct vg_slice id;
	char text[VG_SIGN_TEXT];

	(void)snprintf(text, sizeof text, "k:%s", SIG);
	cr_assert(vg_sign_read_key(vg_slice_of(PUBLIC), key));
	cr_assert(vg_sign_read(vg_slice_of(text), &id, sig));
	cr_assert(vg_slice_eq(id, vg_slice_of("k")));
	cr_assert(vg_sign_check(key, vg_slice_of("\x72"), sig));
	cr_assert(not(vg_sign_check(key, vg_slice_of("\x73"), sig)));
	cr_assert(not(vg_sign_check(key, vg_slice_of("\x72 "), sig)));
	for (int bit = 0; bit < VG_SIGN_BYTES * 8; bit += 7) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert(not(vg_sign_check(key, vg_slice_of("\x72"), sig)));
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

Test(sign, reads_one_form_of_a_header)
{
	char text[256];

	(void)snprintf(text, sizeof text, "ma-1:%s", SIG);
	cr_assert(reads(text));
	(void)snprintf(text, sizeof text, "%s", SIG);
	cr_assert(not(reads(text)), "no id");
	(void)snprintf(text, sizeof text, ":%s", SIG);
	cr_assert(not(reads(text)), "an empty id");
	(void)snprintf(text, sizeof text, "a b:%s", SIG);
	cr_assert(not(reads(text)), "a blank in the id");
	(void)snprintf(text, sizeof text, "k: %s", SIG);
	cr_assert(not(reads(text)), "a blank before the base64");
	(void)snprintf(text, sizeof text, "k:%s\n", SIG);
	cr_assert(not(reads(text)), "a line's end");
	(void)snprintf(text, sizeof text, "k:%.86s", SIG);
	cr_assert(not(reads(text)), "no padding");
	(void)snprintf(text, sizeof text, "k:%.84s", SIG);
	cr_assert(not(reads(text)), "63 bytes");
	(void)snprintf(text, sizeof text, "k:%.84sAAAAAA==", SIG);
	cr_assert(not(reads(text)), "more than 64 bytes");
	cr_assert(not(reads("")));
	cr_assert(not(reads("k:")));
	(void)snprintf(text, sizeof text, "%.32s:%s",
		       "0123456789abcdefghijklmnopqrstuvwxyz", SIG);
	cr_assert(reads(text));
	(void)snprintf(text, sizeof text, "%.33s:%s",
		       "0123456789abcdefghijklmnopqrstuvwxyz", SIG);
	cr_assert(not(reads(text)), "an id of 33");
}

Test(sign, takes_no_key_that_verifies_anything)
{
	uint8_t key[VG_SIGN_KEY];

	cr_assert(not(vg_sign_read_key(
		vg_slice_of("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
		key)));
	cr_assert(not(vg_sign_read_key(
		vg_slice_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
		key)));
	cr_assert(not(vg_sign_read_key(vg_slice_of("abcd"), key)));
	cr_assert(not(vg_sign_read_key(vg_slice_of(""), key)));
}

static void write_key(char *path, const char *line, mode_t mode)
{
	FILE *out = fdopen(mkstemp(path), "w");

	cr_assert(out != NULL);
	fputs(line, out);
	cr_assert(eq(int, fchmod(fileno(out), mode), 0));
	fclose(out);
}

Test(sign, signs_with_a_file_for_its_owner_alone)
{
	char path[] = "/tmp/vg-sign-XXXXXX", line[128], text[VG_SIGN_TEXT];
	char want[VG_SIGN_TEXT];
	struct vg_signer s;

	(void)snprintf(line, sizeof line, "ma-1:%s\n", SEED);
	write_key(path, line, 0600);
	cr_assert(eq(int, vg_signer_read(&s, path, &err), VG_OK), "%s",
		  err.text);
	vg_signer_sign(&s, vg_slice_of("\x72"), text);
	(void)snprintf(want, sizeof want, "ma-1:%s", SIG);
	cr_assert(eq(str, text, want));
	cr_assert(eq(int, chmod(path, 0644), 0));
	cr_assert(eq(int, vg_signer_read(&s, path, &err), VG_INVAL));
	unlink(path);
	char other[] = "/tmp/vg-sign-XXXXXX";
	write_key(other, "no key\n", 0600);
	cr_assert(eq(int, vg_signer_read(&s, other, &err), VG_INVAL));
	cr_assert(strstr(err.text, "sign-key new") != NULL);
	unlink(other);
}

Test(sign, makes_a_pair_in_a_new_file_and_overwrites_none)
{
	char path[64], base64[VG_SIGN_BASE64], text[VG_SIGN_TEXT];
	uint8_t key[VG_SIGN_KEY], sig[VG_SIGN_BYTES];
	struct vg_signer s;
	struct vg_slice id;
	struct stat st;

	(void)snprintf(path, sizeof path, "/tmp/vg-new-key-%ld",
		       (long)getpid());
	cr_assert(eq(int, vg_signer_new(path, "il-2", base64, &err), VG_OK));
	cr_assert(eq(int, stat(path, &st), 0));
	cr_assert(eq(int, st.st_mode & 07777, 0600));
	cr_assert(eq(int, vg_signer_new(path, "il-2", base64, &err), VG_INVAL));
	enum vg_rc rc = vg_signer_read(&s, path, &err);
	unlink(path);
	cr_assert(eq(int, rc, VG_OK));
	vg_signer_sign(&s, vg_slice_of("record"), text);
	cr_assert(vg_sign_read_key(vg_slice_of(base64), key));
	cr_assert(vg_sign_read(vg_slice_of(text), &id, sig));
	cr_assert(vg_slice_eq(id, vg_slice_of("il-2")));
	cr_assert(vg_sign_check(key, vg_slice_of("record"), sig));
	cr_assert(eq(int, vg_signer_new(path, "a b", base64, &err), VG_INVAL));
	cr_assert(eq(int, vg_signer_new(path, "", base64, &err), VG_INVAL));
}

static enum vg_rc parse(const char *partner)
{
	char text[8192];

	free_config();
	memset(&err, 0, sizeof err);
	(void)snprintf(text, sizeof text,
		       "kafka: {brokers: \"127.0.0.1:1\"}\nhash_key_file: k\n"
		       "partners:\n  - {id: MA, country: MA, slot: 0, %s}\n",
		       partner);
	return vg_config_parse(&cfg, "v.yaml", text, strlen(text), &err);
}

static void refuses(const char *partner, const char *why)
{
	cr_assert(eq(int, parse(partner), VG_INVAL), "%s", partner);
	cr_assert(strstr(err.text, why) != NULL, "%s: %s", partner, err.text);
	cr_assert(strstr(err.text, "; ") != NULL, "no remedy: %s", err.text);
}

#define KEY "key: \"PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\""

Test(sign, keys_come_from_the_configuration)
{
	cr_assert(eq(int,
		     parse("signatures: required, keys: [{id: a, " KEY
			   ", until: 2026-03-01T00:00:00Z}, {id: b, " KEY
			   ", from: 2026-03-01T00:00:00Z}]"),
		     VG_OK),
		  "%s", err.text);
	const struct vg_partner *p = &cfg->partners[0];
	cr_assert(eq(int, p->signatures, VG_SIGNATURES_REQUIRED));
	cr_assert(eq(sz, p->n_keys, 2));
	cr_assert(eq(str, p->keys[0].id, "a"));
	cr_assert(eq(i64, p->keys[0].from_ms, INT64_MIN));
	cr_assert(eq(i64, p->keys[0].until_ms, INT64_C(1772323200000)));
	cr_assert(eq(i64, p->keys[1].from_ms, INT64_C(1772323200000)));
	cr_assert(eq(i64, p->keys[1].until_ms, INT64_MAX));
	cr_assert(eq(int, parse("tlp: AMBER"), VG_OK));
	cr_assert(eq(int, cfg->partners[0].signatures, VG_SIGNATURES_OFF));
}

Test(sign, keys_that_cannot_be_right_are_refused)
{
	refuses("signatures: required", "there is no key");
	refuses("signatures: optional, keys: []", "there is no key");
	refuses("signatures: always", "is none of them");
	refuses("keys: x", "not a list");
	refuses("keys: [x]", "is not a map");
	refuses("keys: [{id: a}]", "partners.keys.key: is missing");
	refuses("keys: [{" KEY "}]", "partners.keys.id: is missing");
	refuses("keys: [{id: \"a:b\", " KEY "}]", "is no key id");
	refuses("keys: [{id: a, key: abc}]", "is no Ed25519 public key");
	refuses("keys: [{id: a, " KEY "}, {id: a, " KEY "}]", "is there twice");
	refuses("keys: [{id: a, " KEY ", from: soon}]", "is no instant");
	refuses("keys: [{id: a, " KEY ", form: x}]", "partners.keys.form");
	refuses("keys: [{id: a, " KEY ", from: 2026-03-01T00:00:00Z, "
		"until: 2026-03-01T00:00:00Z}]",
		"is never valid");
}

Test(sign, a_partner_has_16_keys_and_not_one_more)
{
	char text[4096];
	size_t n = (size_t)sprintf(text, "keys: [");

	for (int i = 0; i < VG_SIGN_KEYS_MAX; i++)
		n += (size_t)sprintf(text + n, "{id: k%d, " KEY "},", i);
	(void)sprintf(text + n - 1, "]");
	cr_assert(eq(int, parse(text), VG_OK), "%s", err.text);
	text[n - 1] = ',';
	(void)sprintf(text + n, "{id: more, " KEY "}]");
	refuses(text, "17 entries, and at most 16");
}
