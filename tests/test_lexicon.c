#include "core/fold.h"
#include "core/hash.h"
#include "core/lexicon_file.h"
#include "core/limits.h"
#include "lexicon_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file that the build made of the pinned clusters. */
static struct vg_lexicon *lexicon;

static void start(void)
{
	lexicon = open_lexicon(VG_VOCABULARY);
}

static void finish(void)
{
	vg_lexicon_close(lexicon);
}

TestSuite(lexicon, .init = start, .fini = finish);

static char *resolve(const char *name)
{
	static char text[VG_ACTOR_MAX + 8];
	struct vg_resolved r = vg_lexicon_resolve(lexicon, vg_slice_of(name));

	(void)snprintf(text, sizeof text, "%.*s/%u", (int)r.name.n, r.name.p,
		       (unsigned)r.n_actors);
	return text;
}

#define RESOLVES(name, want) cr_expect(eq(str, resolve(name), want))

Test(lexicon, synonyms_of_one_actor_are_one)
{
	RESOLVES("APT28", "APT28/1");
	RESOLVES("Fancy Bear", "APT28/1");
	RESOLVES("FANCY BEAR", "APT28/1");
	RESOLVES("Sofacy", "APT28/1");
	RESOLVES("G0007", "APT28/1");
	RESOLVES("APT28 - G0007", "APT28/1");
}

Test(lexicon, spaces_punctuation_and_width_do_not_matter)
{
	RESOLVES("apt-28", "APT28/1");
	RESOLVES("fancybear", "APT28/1");
	RESOLVES("Fancy_Bear", "APT28/1");
	RESOLVES("\uff26\uff21\uff2e\uff23\uff39 \uff22\uff25\uff21\uff32",
		 "APT28/1");
	RESOLVES("Fancy\u00a0Bear", "APT28/1");
}

Test(lexicon, names_of_other_scripts_resolve)
{
	RESOLVES("\u72fc\u6bd2\u8349", "Gelsemium/1");
	RESOLVES("AYYILDIZ T\u0130M", "Ayy\u0131ld\u0131z Tim/1");
	RESOLVES("ayyildiz tim", "Ayy\u0131ld\u0131z Tim/1");
	RESOLVES("SATH-I M\u00dcDAFAA", "Sath-\u0131 M\u00fcdafaa/1");
}

Test(lexicon, an_ambiguous_name_stays_itself_in_one_spelling)
{
	RESOLVES("NOBELIUM", "Nobelium/2");
	RESOLVES("nobelium", "Nobelium/2");
	RESOLVES("Evasive Panda", "Evasive Panda/2");
	RESOLVES("EVASIVE-PANDA", "Evasive Panda/2");
}

Test(lexicon, an_ambiguous_name_has_candidates)
{
	struct vg_resolved r =
		vg_lexicon_resolve(lexicon, vg_slice_of("nobelium"));
	bool apt29 = false, unc2452 = false;

	for (uint32_t i = 0; i < r.n_actors; i++) {
		struct vg_known_actor a = vg_lexicon_candidate(lexicon, &r, i);

		apt29 |= vg_slice_eq(a.name, vg_slice_of("APT29"));
		unc2452 |= vg_slice_eq(a.name, vg_slice_of("UNC2452"));
	}
	cr_assert(apt29 && unc2452);
}

Test(lexicon, an_unknown_name_stays_as_it_is)
{
	const char *name[] = {
		"Silent Heron", "silent  heron",      "~other", "-",
		"\u200b",	"\u0635\u0642\u0631", "Unknown"};

	for (size_t i = 0; i < 7; i++) {
		struct vg_resolved r =
			vg_lexicon_resolve(lexicon, vg_slice_of(name[i]));

		cr_expect(eq(int, (int)r.n_actors, 0), "%s", name[i]);
		cr_expect(vg_slice_eq(r.name, vg_slice_of(name[i])));
	}
	cr_assert(eq(
		int,
		(int)vg_lexicon_resolve(lexicon, (struct vg_slice){0}).n_actors,
		0));
}

Test(lexicon, without_a_file_every_name_is_unknown)
{
	struct vg_resolved r = vg_lexicon_resolve(NULL, vg_slice_of("Sofacy"));

	cr_assert(eq(int, (int)r.n_actors, 0));
	cr_assert(vg_slice_eq(r.name, vg_slice_of("Sofacy")));
	cr_assert(eq(str, (char *)vg_lexicon_checksum(NULL), ""));
	cr_assert(vg_lexicon_technique(NULL, vg_slice_of("T1059")).p == NULL);
	cr_assert(eq(int, (int)vg_lexicon_actors(NULL), 0));
	cr_assert(eq(int, (int)vg_lexicon_sources(NULL), 0));
}

/* dev/vocab.py and core/fold.c fold alike: each name finds its actor. */
Test(lexicon, every_spelling_in_the_file_resolves_to_an_actor_that_has_it)
{
	uint32_t names = 0, ambiguous = 0;

	for (uint32_t i = 0; i < vg_lexicon_actors(lexicon); i++) {
		struct vg_known_actor a = vg_lexicon_actor(lexicon, i);

		cr_assert(gt(int, (int)a.n_names, 0));
		for (uint32_t k = 0; k < a.n_names; k++) {
			struct vg_spelling s =
				vg_lexicon_spelling(lexicon, &a, k);
			struct vg_resolved r =
				vg_lexicon_resolve(lexicon, s.text);

			cr_expect(gt(int, (int)r.n_actors, 0), "%.*s",
				  (int)s.text.n, s.text.p);
			ambiguous += r.n_actors > 1;
			names++;
		}
	}
	cr_assert(gt(int, (int)names, 4500));
	cr_assert(gt(int, (int)ambiguous, 40));
}

Test(lexicon, resolving_a_resolved_name_changes_nothing)
{
	for (uint32_t i = 0; i < vg_lexicon_actors(lexicon); i++) {
		struct vg_known_actor a = vg_lexicon_actor(lexicon, i);

		for (uint32_t k = 0; k < a.n_names; k++) {
			struct vg_slice text =
				vg_lexicon_spelling(lexicon, &a, k).text;
			struct vg_slice once =
				vg_lexicon_resolve(lexicon, text).name;
			struct vg_slice twice =
				vg_lexicon_resolve(lexicon, once).name;

			cr_expect(vg_slice_eq(once, twice), "%.*s -> %.*s",
				  (int)once.n, once.p, (int)twice.n, twice.p);
		}
	}
}

Test(lexicon, techniques_are_named)
{
	struct vg_slice name =
		vg_lexicon_technique(lexicon, vg_slice_of("T1059.001"));

	cr_assert(vg_slice_eq(name, vg_slice_of("PowerShell")));
	name = vg_lexicon_technique(lexicon, vg_slice_of("T1059"));
	cr_assert(vg_slice_eq(
		name, vg_slice_of("Command and Scripting Interpreter")));
	const char *none[] = {"T9999", "T1059.999", "T0000",
			      "T105",  "",	    "G0007"};
	for (size_t i = 0; i < 6; i++)
		cr_assert(
			vg_lexicon_technique(lexicon, vg_slice_of(none[i])).p ==
				NULL,
			"%s", none[i]);
}

Test(lexicon, says_what_it_was_made_of)
{
	cr_assert(eq(int, (int)vg_lexicon_sources(lexicon), 4));
	for (uint32_t i = 0; i < 4; i++) {
		struct vg_lexicon_source s = vg_lexicon_source(lexicon, i);

		cr_assert(gt(int, (int)s.name.n, 0));
		cr_assert(gt(int, (int)s.version.n, 0));
		cr_assert(gt(int, (int)s.licence.n, 7));
		cr_assert(memcmp(s.licence.p, "CC0-1.0", 7) == 0);
	}
	cr_assert(eq(int, (int)strlen(vg_lexicon_checksum(lexicon)), 64));
}

/* Memory: the file is all that it costs, and it is a tenth of the limit. */
Test(lexicon, is_under_two_megabytes)
{
	struct stat st;

	cr_assert(stat(VG_VOCABULARY, &st) == 0);
	cr_assert(lt(int, (int)st.st_size, 2 << 20));
}

/* Hostile files. */

struct image {
	char *p;
	size_t n;
};

static struct image read_image(void)
{
	struct image m = {.p = malloc(4 << 20)};
	FILE *in = fopen(VG_VOCABULARY, "rb");

	m.n = fread(m.p, 1, 4 << 20, in);
	fclose(in);
	return m;
}

static void seal(struct image *m)
{
	char hex[65];
	unsigned v = 0;

	vg_sha256_hex(hex, m->p + 40, m->n - 40);
	for (int i = 0; i < 32; i++) {
		(void)sscanf(hex + 2 * i, "%2x", &v);
		m->p[8 + i] = (char)v;
	}
}

/* The error of opening `m`, or "" when it is taken. */
static const char *open_image(const struct image *m)
{
	static struct vg_err err;
	char path[] = "/tmp/vg-lexicon-XXXXXX";
	int fd = mkstemp(path);
	struct vg_lexicon *l = NULL;

	cr_assert(write(fd, m->p, m->n) == (ssize_t)m->n);
	close(fd);
	err.text[0] = '\0';
	enum vg_rc rc = vg_lexicon_open(&l, path, &err);
	unlink(path);
	vg_lexicon_close(l);
	cr_assert(rc == VG_OK || (rc == VG_INVAL && err.text[0] != '\0'));
	return err.text;
}

#define REFUSED(image, why)                                                    \
	cr_expect(strstr(open_image(image), why) != NULL, "not refused: %s",   \
		  why)

Test(lexicon, refuses_what_is_absent_empty_or_no_file)
{
	struct vg_lexicon *l = NULL;
	struct vg_err err = {0};
	struct image empty = {.p = "", .n = 0};

	cr_assert(vg_lexicon_open(&l, "/nowhere/vocabulary.bin", &err) ==
		  VG_INVAL);
	cr_assert(strstr(err.text, "dev/vocab") != NULL);
	cr_assert(vg_lexicon_open(&l, "/tmp", &err) == VG_INVAL);
	REFUSED(&empty, "empty");
}

Test(lexicon, refuses_a_file_cut_anywhere_or_longer)
{
	struct image m = read_image();
	size_t whole = m.n;

	for (size_t n = 1; n < whole; n += n < 200 ? 1 : whole / 50) {
		m.n = n;
		cr_expect(ne(str, (char *)open_image(&m), ""), "%zu", n);
	}
	m.n = whole + 1;
	REFUSED(&m, "cut off");
	free(m.p);
}

Test(lexicon, refuses_a_changed_byte)
{
	struct image m = read_image();

	for (size_t at = 0; at < m.n; at += at < 128 ? 1 : m.n / 40) {
		m.p[at] ^= 1;
		cr_expect(ne(str, (char *)open_image(&m), ""), "%zu", at);
		m.p[at] ^= 1;
	}
	cr_assert(eq(str, (char *)open_image(&m), ""));
	free(m.p);
}

Test(lexicon, refuses_another_form_and_says_so)
{
	struct image m = read_image();
	struct vg_lex_header *h = (void *)m.p;

	h->version = 2;
	seal(&m);
	REFUSED(&m, "form that this vigie does not know");
	h->version = VG_LEX_VERSION;
	h->order = 0x04030201;
	seal(&m);
	REFUSED(&m, "byte order");
	h->order = VG_LEX_ORDER;
	h->magic[0] = 'v';
	REFUSED(&m, "no vocabulary file");
	free(m.p);
}

/* With the right checksum: whoever made the file made it so. */
Test(lexicon, refuses_sections_outside_of_itself)
{
	struct image m = read_image();
	struct vg_lex_header *h = (void *)m.p;

	for (int i = 0; i < VG_LEX_SECTIONS; i++) {
		const uint32_t at[] = {0, 64, 129, UINT32_MAX - 7};
		const uint32_t was = h->section[i].at;

		for (size_t k = 0; k < 4; k++) {
			h->section[i].at = at[k];
			seal(&m);
			REFUSED(&m, "outside");
		}
		h->section[i].at = was;
		h->section[i].count += UINT32_MAX / 2;
		seal(&m);
		REFUSED(&m, "outside");
		h->section[i].count -= UINT32_MAX / 2;
	}
	free(m.p);
}

static void *row(struct image *m, enum vg_lex_section s)
{
	struct vg_lex_header *h = (void *)m->p;

	return m->p + h->section[s].at;
}

/* Set *at to `v`, expect a refusal, put it back. */
static void wrong(struct image *m, uint32_t *at, uint32_t v, const char *what)
{
	uint32_t was = *at;

	*at = v;
	seal(m);
	cr_expect(strstr(open_image(m), "contradicts") != NULL, "%s", what);
	*at = was;
}

Test(lexicon, refuses_numbers_outside_of_their_sections)
{
	struct image m = read_image();
	struct vg_lex_header *h = (void *)m.p;
	struct vg_lex_key *key = row(&m, VG_LEX_KEY);
	struct vg_lex_actor *actor = row(&m, VG_LEX_ACTOR);
	struct vg_lex_spelling *spelling = row(&m, VG_LEX_SPELLING);
	struct vg_lex_technique *technique = row(&m, VG_LEX_TECHNIQUE);
	struct vg_lex_source *source = row(&m, VG_LEX_SOURCE);
	uint32_t *slot = row(&m, VG_LEX_SLOT), *ref = row(&m, VG_LEX_REF);
	uint32_t texts = h->section[VG_LEX_TEXT].count;
	uint32_t actors = h->section[VG_LEX_ACTOR].count;

	wrong(&m, &key->key.at, texts, "a key past the texts");
	wrong(&m, &key->key.n, 0, "an empty key");
	wrong(&m, &key->key.n, UINT32_MAX, "a key of 4 GiB");
	wrong(&m, &key->shown.n, 0, "an empty name");
	wrong(&m, &key->shown.n, VG_ACTOR_MAX + 1, "a name over the limit");
	wrong(&m, &key->n_refs, 0, "a key of nobody");
	wrong(&m, &key->first_ref, UINT32_MAX, "references past their end");
	wrong(&m, ref, actors, "an actor past the last");
	wrong(&m, &actor->name.at, UINT32_MAX, "a name past the texts");
	wrong(&m, &actor->n_spellings, UINT32_MAX, "spellings past their end");
	wrong(&m, &actor->sources, 1U << 4, "a source past the last");
	wrong(&m, &spelling->source, 4, "a source past the last");
	wrong(&m, &technique[1].code, technique[0].code, "equal techniques");
	wrong(&m, &technique->name.at, texts + 1, "a name past the texts");
	wrong(&m, &source->name.n, UINT32_MAX, "a source of 4 GiB");
	wrong(&m, &slot[0], h->section[VG_LEX_KEY].count + 1,
	      "a slot past the keys");
	wrong(&m, &h->section[VG_LEX_SLOT].count,
	      h->section[VG_LEX_SLOT].count - 1, "no power of two");
	wrong(&m, &h->section[VG_LEX_SLOT].count, 0, "no slots");
	free(m.p);
}

Test(lexicon, refuses_a_table_without_an_end_to_a_run)
{
	struct image m = read_image();
	struct vg_lex_header *h = (void *)m.p;
	uint32_t *slot = row(&m, VG_LEX_SLOT);
	uint32_t n = h->section[VG_LEX_SLOT].count;

	/* A run over the end of the table, one longer than is allowed. */
	for (uint32_t i = 0; i <= VG_LEX_RUN_MAX; i++)
		slot[(n - 10 + i) & (n - 1)] = 1;
	seal(&m);
	REFUSED(&m, "contradicts");
	free(m.p);
}

Test(lexicon, refuses_texts_that_are_not_clean_utf8)
{
	struct image m = read_image();
	struct vg_lex_key *key = row(&m, VG_LEX_KEY);
	char *text = row(&m, VG_LEX_TEXT);
	const char bad[] = {'\n', '\x7f', '\xff', '\x00'};

	for (size_t i = 0; i < sizeof bad; i++) {
		char *at = text + key->shown.at, was = *at;

		*at = bad[i];
		seal(&m);
		REFUSED(&m, "contradicts");
		*at = was;
	}
	free(m.p);
}

/* Any byte changed, with the right checksum: refused, or safe to read. */
Test(lexicon, any_file_is_refused_or_safe_to_read, .timeout = 60)
{
	struct image m = read_image();

	srand(11);
	for (int round = 0; round < 150; round++) {
		char path[] = "/tmp/vg-lexicon-XXXXXX";
		size_t at = (size_t)rand() % m.n;
		char was = m.p[at];
		struct vg_lexicon *l = NULL;
		int fd = mkstemp(path);

		m.p[at] = (char)rand();
		seal(&m);
		cr_assert(write(fd, m.p, m.n) == (ssize_t)m.n);
		close(fd);
		if (vg_lexicon_open(&l, path, NULL) == VG_OK) {
			(void)vg_lexicon_resolve(l, vg_slice_of("Sofacy"));
			for (uint32_t i = 0; i < vg_lexicon_actors(l); i++)
				(void)vg_lexicon_resolve(
					l, vg_lexicon_actor(l, i).name);
		}
		vg_lexicon_close(l);
		unlink(path);
		m.p[at] = was;
	}
	free(m.p);
}
