/*
 * lexicon_file - the form of the vocabulary file, version 1. Private to core;
 * dev/vocab.py writes it and docs/vocabulary.md describes it.
 *
 * All integers are little-endian; offsets are from the start of the file and
 * multiples of 8. A text is (offset within the text section, bytes).
 */
#ifndef VG_CORE_LEXICON_FILE_H
#define VG_CORE_LEXICON_FILE_H

#include "core/lexicon.h"

#include <stddef.h>

#define VG_LEX_MAGIC "VGLEXIC\n"

enum { VG_LEX_ORDER = 0x01020304, VG_LEX_VERSION = 1 };

/* Longest run of full slots that a file may have: bounds a look-up. */
enum { VG_LEX_RUN_MAX = 64 };

enum vg_lex_section {
	VG_LEX_TEXT,	  /* bytes                                       */
	VG_LEX_NOTES,	  /* bytes: licence notes                        */
	VG_LEX_SOURCE,	  /* struct vg_lex_source                        */
	VG_LEX_ACTOR,	  /* struct vg_lex_actor                         */
	VG_LEX_SPELLING,  /* struct vg_lex_spelling, grouped by actor    */
	VG_LEX_KEY,	  /* struct vg_lex_key                           */
	VG_LEX_REF,	  /* uint32_t: number of an actor                */
	VG_LEX_SLOT,	  /* uint32_t: number of a key + 1, or 0: a hash
			     table with linear probing, 2^n slots       */
	VG_LEX_TECHNIQUE, /* struct vg_lex_technique, by code            */
	VG_LEX_SECTIONS
};

struct vg_lex_text {
	uint32_t at, n;
};

struct vg_lex_header {
	char magic[8];
	uint8_t sha256[32]; /* of all that follows it */
	uint32_t order, version;
	uint64_t size; /* of the file */
	struct {
		uint32_t at, count;
	} section[VG_LEX_SECTIONS];
};

struct vg_lex_source {
	struct vg_lex_text name, version, licence;
};

struct vg_lex_actor {
	struct vg_lex_text name, id;
	uint32_t first_spelling, n_spellings, sources, zero;
};

struct vg_lex_spelling {
	struct vg_lex_text text;
	uint32_t source, zero;
};

struct vg_lex_key {
	struct vg_lex_text key, shown; /* shown: what to count under */
	uint32_t first_ref, n_refs;
};

struct vg_lex_technique {
	uint32_t code, zero; /* vg_lex_code() */
	struct vg_lex_text name;
};

struct vg_lexicon {
	const char *base;
	size_t size;
	const char *text;
	const struct vg_lex_source *source;
	const struct vg_lex_actor *actor;
	const struct vg_lex_spelling *spelling;
	const struct vg_lex_key *key;
	const uint32_t *ref, *slot;
	const struct vg_lex_technique *technique;
	uint32_t count[VG_LEX_SECTIONS];
	char checksum[65];
};

/* The hash of a key, the same in every process that reads the file. */
static inline uint64_t vg_lex_hash(const char *p, uint32_t n)
{
	uint64_t h = n * UINT64_C(0x9E3779B97F4A7C15), word;

	for (uint32_t i = 0; i < n; i += 8) {
		uint32_t left = n - i;

		word = 0;
		if (left >= 8)
			memcpy(&word, p + i, 8);
		else
			memcpy(&word, p + i, left);
		h = (h ^ word) * UINT64_C(0x9FB21C651E98DF25);
		h ^= h >> 32;
	}
	return h;
}

/* The text of a reference that was checked. */
static inline struct vg_slice vg_lex_slice(const struct vg_lexicon *l,
					   struct vg_lex_text t)
{
	return (struct vg_slice){.p = l->text + t.at, .n = t.n};
}

#endif
