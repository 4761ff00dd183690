/*
 * lexicon_open - mapping the vocabulary file, and the checks that let every
 * look-up trust it.
 */
#include "core/hash.h"
#include "core/lexicon_file.h"
#include "core/limits.h"
#include "core/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint32_t ROW[VG_LEX_SECTIONS] = {
	[VG_LEX_TEXT] = 1,
	[VG_LEX_NOTES] = 1,
	[VG_LEX_SOURCE] = sizeof(struct vg_lex_source),
	[VG_LEX_ACTOR] = sizeof(struct vg_lex_actor),
	[VG_LEX_SPELLING] = sizeof(struct vg_lex_spelling),
	[VG_LEX_KEY] = sizeof(struct vg_lex_key),
	[VG_LEX_REF] = sizeof(uint32_t),
	[VG_LEX_SLOT] = sizeof(uint32_t),
	[VG_LEX_TECHNIQUE] = sizeof(struct vg_lex_technique),
};

_Static_assert(sizeof(struct vg_lex_header) == 128, "the header has no gaps");

enum { HASHED_FROM = 8 + 32, SOURCES_MAX = 32 };

/* A text in bounds, of at most `max` bytes, UTF-8 without control characters
 * but for the mark of a squeezed key. */
static bool good_text(const struct vg_lexicon *l, struct vg_lex_text t,
		      uint32_t max)
{
	uint32_t all = l->count[VG_LEX_TEXT];
	const char *p = l->text + t.at;

	if (t.n > max || t.at > all || t.n > all - t.at)
		return false;
	for (size_t i = 0, len; i < t.n; i += len) {
		unsigned char c = (unsigned char)p[i];

		len = vg_utf8_seq(p + i, t.n - i);
		if (len == 0 || c == 0x7f || (c < 0x20 && !(i == 0 && c == 1)))
			return false;
	}
	return true;
}

/* A name that may be counted under. */
static bool good_name(const struct vg_lexicon *l, struct vg_lex_text t)
{
	return t.n > 0 && good_text(l, t, VG_ACTOR_MAX) && l->text[t.at] != 1;
}

/* `n` rows from `first` are within `count`. */
static bool in_range(uint32_t first, uint32_t n, uint32_t count)
{
	return first <= count && n <= count - first;
}

static bool good_sources(const struct vg_lexicon *l)
{
	if (l->count[VG_LEX_SOURCE] > SOURCES_MAX)
		return false;
	for (uint32_t i = 0; i < l->count[VG_LEX_SOURCE]; i++)
		if (!good_text(l, l->source[i].name, VG_ACTOR_MAX) ||
		    !good_text(l, l->source[i].version, VG_ACTOR_MAX) ||
		    !good_text(l, l->source[i].licence, 1024))
			return false;
	return true;
}

static bool good_actors(const struct vg_lexicon *l)
{
	for (uint32_t i = 0; i < l->count[VG_LEX_ACTOR]; i++) {
		const struct vg_lex_actor *a = &l->actor[i];

		if (!good_name(l, a->name) || !good_text(l, a->id, 32) ||
		    !in_range(a->first_spelling, a->n_spellings,
			      l->count[VG_LEX_SPELLING]) ||
		    (uint64_t)a->sources >> l->count[VG_LEX_SOURCE] != 0)
			return false;
	}
	for (uint32_t i = 0; i < l->count[VG_LEX_SPELLING]; i++)
		if (!good_name(l, l->spelling[i].text) ||
		    l->spelling[i].source >= l->count[VG_LEX_SOURCE])
			return false;
	for (uint32_t i = 0; i < l->count[VG_LEX_REF]; i++)
		if (l->ref[i] >= l->count[VG_LEX_ACTOR])
			return false;
	return true;
}

static bool good_keys(const struct vg_lexicon *l)
{
	for (uint32_t i = 0; i < l->count[VG_LEX_KEY]; i++) {
		const struct vg_lex_key *k = &l->key[i];

		if (k->key.n == 0 || !good_text(l, k->key, 2048) ||
		    !good_name(l, k->shown) || k->n_refs == 0 ||
		    !in_range(k->first_ref, k->n_refs, l->count[VG_LEX_REF]))
			return false;
	}
	return true;
}

/* The hash table: a power of two, with an end to every run, or a look-up
 * would not come back. */
static bool good_slots(const struct vg_lexicon *l)
{
	uint32_t n = l->count[VG_LEX_SLOT], run = 0;

	if (n == 0 || (n & (n - 1)) != 0)
		return false;
	/* Twice round: a run may pass the end. */
	for (uint64_t i = 0; i < 2 * (uint64_t)n; i++) {
		uint32_t key = l->slot[i & (n - 1)];

		run = key == 0 ? 0 : run + 1;
		if (key > l->count[VG_LEX_KEY] || run > VG_LEX_RUN_MAX)
			return false;
	}
	return true;
}

static bool good_techniques(const struct vg_lexicon *l)
{
	for (uint32_t i = 0; i < l->count[VG_LEX_TECHNIQUE]; i++)
		if (!good_text(l, l->technique[i].name, 1024) ||
		    (i > 0 && l->technique[i].code <= l->technique[i - 1].code))
			return false;
	return true;
}

/* NULL, or what is wrong with the header. */
static const char *header_fault(const struct vg_lex_header *h, size_t size)
{
	if (memcmp(h->magic, VG_LEX_MAGIC, sizeof h->magic) != 0)
		return "is no vocabulary file";
	if (h->order != VG_LEX_ORDER)
		return "was made for another byte order";
	if (h->version != VG_LEX_VERSION)
		return "has a form that this vigie does not know";
	if (h->size != size)
		return "is cut off, or has bytes after its end";
	for (int i = 0; i < VG_LEX_SECTIONS; i++) {
		uint64_t at = h->section[i].at;
		uint64_t bytes = (uint64_t)h->section[i].count * ROW[i];

		if (at % 8 != 0 || at < sizeof *h || at > size ||
		    bytes > size - at)
			return "has a section outside of itself";
	}
	return NULL;
}

static void point(struct vg_lexicon *l, const struct vg_lex_header *h)
{
	const void *at[VG_LEX_SECTIONS];

	for (int i = 0; i < VG_LEX_SECTIONS; i++) {
		l->count[i] = h->section[i].count;
		at[i] = l->base + h->section[i].at;
	}
	l->text = at[VG_LEX_TEXT];
	l->source = at[VG_LEX_SOURCE];
	l->actor = at[VG_LEX_ACTOR];
	l->spelling = at[VG_LEX_SPELLING];
	l->key = at[VG_LEX_KEY];
	l->ref = at[VG_LEX_REF];
	l->slot = at[VG_LEX_SLOT];
	l->technique = at[VG_LEX_TECHNIQUE];
}

static void hex_of(char out[65], const uint8_t sum[32])
{
	static const char digit[] = "0123456789abcdef";

	for (int i = 0; i < 32; i++) {
		out[2 * i] = digit[sum[i] >> 4];
		out[2 * i + 1] = digit[sum[i] & 15];
	}
	out[64] = '\0';
}

static const char *fault(struct vg_lexicon *l)
{
	const struct vg_lex_header *h = (const void *)l->base;
	const char *why;
	char made[65];

	if (l->size < sizeof *h)
		return "is too short";
	why = header_fault(h, l->size);
	if (why != NULL)
		return why;
	vg_sha256_hex(made, l->base + HASHED_FROM, l->size - HASHED_FROM);
	hex_of(l->checksum, h->sha256);
	if (strcmp(made, l->checksum) != 0)
		return "does not have the checksum that it names";
	point(l, h);
	if (!good_sources(l) || !good_actors(l) || !good_keys(l) ||
	    !good_slots(l) || !good_techniques(l))
		return "contradicts itself";
	return NULL;
}

static enum vg_rc map(struct vg_lexicon *l, const char *path,
		      struct vg_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at = MAP_FAILED;

	if (fd < 0)
		return vg_err_set(err, VG_INVAL,
				  "%s: cannot be read (%s); make it with "
				  "dev/vocab, or set vocabulary.file",
				  path, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= VG_LEXICON_FILE_MAX)
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd,
			  0);
	close(fd);
	if (at == MAP_FAILED)
		return vg_err_set(err, VG_INVAL,
				  "%s: empty, over 16 MiB or no file; make it "
				  "with dev/vocab",
				  path);
	l->base = at;
	l->size = (size_t)st.st_size;
	return VG_OK;
}

enum vg_rc vg_lexicon_open(struct vg_lexicon **out, const char *path,
			   struct vg_err *err)
{
	struct vg_lexicon *l = calloc(1, sizeof *l);
	const char *why;
	enum vg_rc rc;

	if (l == NULL)
		return vg_err_set(err, VG_FATAL, "vocabulary: out of memory");
	rc = map(l, path, err);
	if (rc != VG_OK)
		goto out;
	why = fault(l);
	if (why != NULL) {
		rc = vg_err_set(err, VG_INVAL,
				"%s: %s; make it again with dev/vocab", path,
				why);
		goto out;
	}
	*out = l;
	l = NULL; /* now the caller's */
out:
	vg_lexicon_close(l);
	return rc;
}

void vg_lexicon_close(struct vg_lexicon *l)
{
	if (l == NULL)
		return;
	if (l->base != NULL)
		munmap((void *)(uintptr_t)l->base, l->size);
	free(l);
}
