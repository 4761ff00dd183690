#include "core/limits.h"
#include "core/vocab.h"
#include "ingest/indicator.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

struct row {
	int type;
	const char *in, *out; /* out NULL: refused */
};

/* Canonicalise from and to blocks of the exact size, so that a sanitizer sees
 * a step outside. Returns an allocated string or NULL. */
static char *canon(int type, const char *p, size_t n)
{
	char *in = malloc(n + 1), *out = malloc(n + VG_INDICATOR_GROWTH);
	struct vg_slice got = {NULL, 0};
	char *text = NULL;

	memcpy(in, p, n);
	in = realloc(in, n > 0 ? n : 1);
	if (vg_indicator_canon(type, (struct vg_slice){in, (uint32_t)n}, out,
			       &got)) {
		text = calloc(1, got.n + 1);
		memcpy(text, got.p, got.n);
	}
	free(in);
	free(out);
	return text;
}

static bool accepts(int type, const char *p, size_t n)
{
	char *text = canon(type, p, n);

	free(text);
	return text != NULL;
}

static void expect(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *got = canon(rows[i].type, rows[i].in, strlen(rows[i].in));

		if (rows[i].out == NULL) {
			cr_expect(got == NULL, "%s gave %s", rows[i].in, got);
		} else {
			cr_expect(got != NULL, "%s refused", rows[i].in);
			cr_expect(got && strcmp(got, rows[i].out) == 0,
				  "%s gave %s", rows[i].in, got);
		}
		free(got);
	}
}

#define EXPECT(rows) expect(rows, sizeof(rows) / sizeof((rows)[0]))

Test(indicator, types_stand_in_the_order_of_the_vocabulary)
{
	static const char *const names[VG_INDICATOR_TYPES] = {
		"ipv4", "ipv6", "domain", "url", "sha256", "md5", "email"};

	for (int i = 0; i < VG_INDICATOR_TYPES; i++)
		cr_assert(eq(str, (char *)vg_vocab_word(VG_VOCAB_INDICATOR, i),
			     (char *)names[i]));
	cr_assert(vg_vocab_word(VG_VOCAB_INDICATOR, VG_INDICATOR_TYPES) ==
		  NULL);
}

Test(indicator, ipv4_is_a_strict_dotted_quad)
{
	static const struct row rows[] = {
		{VG_INDICATOR_IPV4, "192.0.2.1", "192.0.2.1"},
		{VG_INDICATOR_IPV4, "0.0.0.0", "0.0.0.0"},
		{VG_INDICATOR_IPV4, "255.255.255.255", "255.255.255.255"},
		{VG_INDICATOR_IPV4, "256.0.0.1", NULL},
		{VG_INDICATOR_IPV4, "1.2.3", NULL},
		{VG_INDICATOR_IPV4, "1.2.3.4.5", NULL},
		{VG_INDICATOR_IPV4, "1.2.3.4.", NULL},
		{VG_INDICATOR_IPV4, "01.2.3.4", NULL},
		{VG_INDICATOR_IPV4, "1.2.3.0004", NULL},
		{VG_INDICATOR_IPV4, " 1.2.3.4", NULL},
		{VG_INDICATOR_IPV4, "1.2.3.4/32", NULL},
		{VG_INDICATOR_IPV4, "1.2.3[.]4", NULL},
		{VG_INDICATOR_IPV4, "1..3.4", NULL},
		{VG_INDICATOR_IPV4, "::1", NULL},
		{VG_INDICATOR_IPV4, "", NULL},
	};
	EXPECT(rows);
}

Test(indicator, ipv6_is_as_rfc_5952_says)
{
	static const struct row rows[] = {
		{VG_INDICATOR_IPV6, "2001:0DB8:0:0:0:0:2:1", "2001:db8::2:1"},
		{VG_INDICATOR_IPV6, "2001:db8:0:1:1:1:1:1",
		 "2001:db8:0:1:1:1:1:1"},
		{VG_INDICATOR_IPV6, "2001:db8::1:1:1:1:1",
		 "2001:db8:0:1:1:1:1:1"},
		{VG_INDICATOR_IPV6, "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
		{VG_INDICATOR_IPV6, "2001:db8:0:0:1:0:0:1",
		 "2001:db8::1:0:0:1"},
		{VG_INDICATOR_IPV6, "0:0:0:0:0:0:0:0", "::"},
		{VG_INDICATOR_IPV6, "::1", "::1"},
		{VG_INDICATOR_IPV6, "FE80::", "fe80::"},
		{VG_INDICATOR_IPV6, "::ffff:c000:0201", "::ffff:192.0.2.1"},
		{VG_INDICATOR_IPV6, "::FFFF:192.0.2.1", "::ffff:192.0.2.1"},
		{VG_INDICATOR_IPV6, "::192.0.2.1", "::c000:201"},
		{VG_INDICATOR_IPV6,
		 "ffff:ffff:ffff:ffff:ffff:ffff:"
		 "255.255.255.255",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{VG_INDICATOR_IPV6, "fe80::1%eth0", NULL},
		{VG_INDICATOR_IPV6, "1:2:3:4:5:6:7", NULL},
		{VG_INDICATOR_IPV6, "1:2:3:4:5:6:7:8:9", NULL},
		{VG_INDICATOR_IPV6, "1::2::3", NULL},
		{VG_INDICATOR_IPV6, "12345::", NULL},
		{VG_INDICATOR_IPV6, "192.0.2.1", NULL},
		{VG_INDICATOR_IPV6, "[::1]", NULL},
		{VG_INDICATOR_IPV6,
		 "0000:0000:0000:0000:0000:0000:255.255.255.2555", NULL},
	};
	EXPECT(rows);
	cr_assert(not(accepts(VG_INDICATOR_IPV6, "::1\0", 4)));
}

Test(indicator, domain_is_lower_case_without_the_final_dot)
{
	static const struct row rows[] = {
		{VG_INDICATOR_DOMAIN, "Evil.Example.COM", "evil.example.com"},
		{VG_INDICATOR_DOMAIN, "evil.example.", "evil.example"},
		{VG_INDICATOR_DOMAIN, "_dmarc.x-1.example",
		 "_dmarc.x-1.example"},
		{VG_INDICATOR_DOMAIN, "XN--BCHER-KVA.example",
		 "xn--bcher-kva.example"},
		{VG_INDICATOR_DOMAIN, "localhost", "localhost"},
		{VG_INDICATOR_DOMAIN,
		 "b\xc3\xbc"
		 "cher.example",
		 NULL},
		{VG_INDICATOR_DOMAIN, "a..b", NULL},
		{VG_INDICATOR_DOMAIN, ".a", NULL},
		{VG_INDICATOR_DOMAIN, ".", NULL},
		{VG_INDICATOR_DOMAIN, "a.b..", NULL},
		{VG_INDICATOR_DOMAIN, "-a.example", NULL},
		{VG_INDICATOR_DOMAIN, "a-.example", NULL},
		{VG_INDICATOR_DOMAIN, "a b.example", NULL},
		{VG_INDICATOR_DOMAIN, "192.0.2.1", NULL},
		{VG_INDICATOR_DOMAIN, "evil[.]example", NULL},
		{VG_INDICATOR_DOMAIN, "a/b", NULL},
	};
	EXPECT(rows);
}

/* "aaa.aaa. ..." of labels of `label` bytes, `n` bytes in all. */
static void name_of(char *out, size_t n, size_t label)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (i + 1) % (label + 1) == 0 ? '.' : 'a';
}

Test(indicator, domain_labels_have_63_bytes_and_names_253)
{
	char text[300];

	name_of(text, 63, 63);
	cr_assert(accepts(VG_INDICATOR_DOMAIN, text, 63));
	name_of(text, 64, 64);
	cr_assert(not(accepts(VG_INDICATOR_DOMAIN, text, 64)));
	name_of(text, 254, 60);
	cr_assert(accepts(VG_INDICATOR_DOMAIN, text, 253));
	cr_assert(not(accepts(VG_INDICATOR_DOMAIN, text, 254)));
}

Test(indicator, url_is_normalised_by_syntax_alone)
{
	static const struct row rows[] = {
		{VG_INDICATOR_URL, "HTTP://Evil.Example",
		 "http://evil.example/"},
		{VG_INDICATOR_URL, "http://a:80/x", "http://a/x"},
		{VG_INDICATOR_URL, "https://a:443", "https://a/"},
		{VG_INDICATOR_URL, "https://a:80/", "https://a:80/"},
		{VG_INDICATOR_URL, "http://a:08080/", "http://a:8080/"},
		{VG_INDICATOR_URL, "http://a:/", "http://a/"},
		{VG_INDICATOR_URL, "http://a:65535/", "http://a:65535/"},
		{VG_INDICATOR_URL, "http://a:65536/", NULL},
		{VG_INDICATOR_URL, "http://a:99999999999/", NULL},
		{VG_INDICATOR_URL, "http://a:8x/", NULL},
		{VG_INDICATOR_URL, "http://a/%7euser/%c3%A9%zz%4",
		 "http://a/~user/%C3%A9%zz%4"},
		{VG_INDICATOR_URL, "http://a/%%341%4%31",
		 "http://a/%%341%4%31"},
		{VG_INDICATOR_URL, "http://a/b/../c/./d", "http://a/c/d"},
		{VG_INDICATOR_URL, "http://a/../..", "http://a/"},
		{VG_INDICATOR_URL, "http://a/b/%2E%2e/c", "http://a/c"},
		{VG_INDICATOR_URL, "http://a/b/.", "http://a/b/"},
		{VG_INDICATOR_URL, "http://a/..b/.c", "http://a/..b/.c"},
		{VG_INDICATOR_URL, "http://a//b", "http://a//b"},
		{VG_INDICATOR_URL, "http://a?x=/../y", "http://a/?x=/../y"},
		{VG_INDICATOR_URL, "http://a#f", "http://a/#f"},
		{VG_INDICATOR_URL, "http://U:P@A/", "http://U:P@a/"},
		{VG_INDICATOR_URL, "http://u@v@a/", "http://u@v@a/"},
		{VG_INDICATOR_URL, "http://[2001:DB8::0]:8080/",
		 "http://[2001:db8::]:8080/"},
		{VG_INDICATOR_URL, "http://[::1]", "http://[::1]/"},
		{VG_INDICATOR_URL, "http://[::1]x/", NULL},
		{VG_INDICATOR_URL, "http://[::1", NULL},
		{VG_INDICATOR_URL, "http://[zz]/", NULL},
		{VG_INDICATOR_URL, "http://0x7f.1/", "http://0x7f.1/"},
		{VG_INDICATOR_URL, "http://a./", "http://a/"},
		{VG_INDICATOR_URL, "http://a/\xc3\xa9", "http://a/\xc3\xa9"},
		{VG_INDICATOR_URL, "http://a[.]b/", NULL},
		{VG_INDICATOR_URL, "http:///x", NULL},
		{VG_INDICATOR_URL, "http://", NULL},
		{VG_INDICATOR_URL, "http://:80/", NULL},
		{VG_INDICATOR_URL, "http://u@/", NULL},
		{VG_INDICATOR_URL, "http://a/ b", NULL},
		{VG_INDICATOR_URL, "http://a/\x7f", NULL},
		{VG_INDICATOR_URL, "mailto:a@b", NULL},
		{VG_INDICATOR_URL, "://a/", NULL},
		{VG_INDICATOR_URL, "1http://a/", NULL},
		{VG_INDICATOR_URL, "evil.example/x", NULL},
	};
	EXPECT(rows);
}

Test(indicator, hashes_are_lower_case_hex_of_their_length)
{
#define HEX32 "0123456789abcdef0123456789abcdef"
	static const struct row rows[] = {
		{VG_INDICATOR_MD5, HEX32, HEX32},
		{VG_INDICATOR_MD5, "0123456789ABCDEF0123456789ABCDEF", HEX32},
		{VG_INDICATOR_MD5, HEX32 "0", NULL},
		{VG_INDICATOR_MD5, "0123456789abcdef0123456789abcde", NULL},
		{VG_INDICATOR_MD5, "0123456789abcdef0123456789abcdeg", NULL},
		{VG_INDICATOR_SHA256, HEX32 HEX32, HEX32 HEX32},
		{VG_INDICATOR_SHA256, HEX32, NULL},
		{VG_INDICATOR_SHA256, HEX32 HEX32 "0", NULL},
	};
	EXPECT(rows);
}

Test(indicator, email_is_lower_case_with_a_valid_domain)
{
	static const struct row rows[] = {
		{VG_INDICATOR_EMAIL, "Ann.Lee+x@Evil.Example.",
		 "ann.lee+x@evil.example"},
		{VG_INDICATOR_EMAIL, "\xc3\xa9@a.example",
		 "\xc3\xa9@a.example"},
		{VG_INDICATOR_EMAIL, "a@b@c", NULL},
		{VG_INDICATOR_EMAIL, "@b", NULL},
		{VG_INDICATOR_EMAIL, "a@", NULL},
		{VG_INDICATOR_EMAIL, ".a@b", NULL},
		{VG_INDICATOR_EMAIL, "a.@b", NULL},
		{VG_INDICATOR_EMAIL, "a..b@c", NULL},
		{VG_INDICATOR_EMAIL, "a b@c", NULL},
		{VG_INDICATOR_EMAIL, "a@192.0.2.1", NULL},
		{VG_INDICATOR_EMAIL, "ab", NULL},
	};
	EXPECT(rows);
}

Test(indicator, email_locals_have_64_bytes_and_addresses_254)
{
	char text[300];

	memset(text, 'x', 65);
	memcpy(text + 64, "@b.example", 10);
	cr_assert(accepts(VG_INDICATOR_EMAIL, text, 74));
	memset(text, 'x', 65);
	memcpy(text + 65, "@b.example", 10);
	cr_assert(not(accepts(VG_INDICATOR_EMAIL, text, 75)));
	name_of(text, 260, 60);
	text[30] = '@';
	cr_assert(accepts(VG_INDICATOR_EMAIL, text, 254));
	cr_assert(not(accepts(VG_INDICATOR_EMAIL, text, 255)));
}

static uint64_t next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

Test(indicator, a_canonical_form_is_its_own_canonical_form)
{
	static const char bytes[] = "aA0.:/%%34@-_[]?#fF2eE~\xc3\xa9"
				    "1x";
	static const char *const starts[] = {"", "http://", "a@",
					     "::", "h://[::"};
	uint64_t seed = 42;
	unsigned accepted = 0;

	for (int i = 0; i < 200000; i++) {
		const char *start = starts[next(&seed) % 5];
		char text[40];
		size_t n = strlen(start);

		memcpy(text, start, n);
		for (size_t len = n + next(&seed) % 24; n < len; n++)
			text[n] = bytes[next(&seed) % (sizeof bytes - 1)];
		int type = (int)(next(&seed) % VG_INDICATOR_TYPES);
		char *once = canon(type, text, n);
		if (once == NULL)
			continue;
		char *twice = canon(type, once, strlen(once));
		cr_assert(twice != NULL && strcmp(once, twice) == 0,
			  "%.*s gave %s, then %s", (int)n, text, once, twice);
		accepted++;
		free(once);
		free(twice);
	}
	cr_assert(accepted > 3000);
}
