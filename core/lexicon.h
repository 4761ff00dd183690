/*
 * lexicon - actors, their synonyms and ATT&CK techniques, read from the one
 * file that dev/vocab compiles; docs/vocabulary.md describes it.
 *
 * The file is mapped read-only and checked whole when it is opened: form,
 * checksum, and every offset and count in it, so that no look-up needs to.
 *
 * A name resolves by its key (core/fold.h), else by its squeezed key: to one
 * actor; to several, and is then ambiguous and stays itself in one spelling;
 * or to none, and stays as it is.
 *
 * Owner:   texts are the file's, for as long as it is open.
 * Threads: any reader.
 */
#ifndef VG_CORE_LEXICON_H
#define VG_CORE_LEXICON_H

#include "core/err.h"
#include "core/slice.h"

enum { VG_LEXICON_FILE_MAX = 16 << 20 }; /* bytes */

struct vg_lexicon;

/* Map and check the file at `path`. VG_INVAL with what is wrong with it and the
 * remedy, when absent, too. */
enum vg_rc vg_lexicon_open(struct vg_lexicon **out, const char *path,
			   struct vg_err *err) VG_MUST_CHECK;

/* Unmap; NULL is allowed. */
void vg_lexicon_close(struct vg_lexicon *l);

/* The SHA-256 of what the file says, in hex: part of the configuration epoch.
 * Without a file, "". */
const char *vg_lexicon_checksum(const struct vg_lexicon *l);

struct vg_resolved {
	struct vg_slice name; /* to count under; the name asked for when none
				 is known                               */
	struct vg_slice key;  /* by which it was found; empty when it was not */
	uint32_t n_actors;    /* it belongs to: 0 unknown, 1, more ambiguous  */
	uint32_t first;	      /* for vg_lexicon_candidate()             */
};

/* Resolve a name of any bytes. A NULL lexicon knows none. */
struct vg_resolved vg_lexicon_resolve(const struct vg_lexicon *l,
				      struct vg_slice name);

struct vg_known_actor {
	struct vg_slice name;
	struct vg_slice id; /* of its ATT&CK group, G0007; may be empty */
	uint32_t sources;   /* bit i: source number i knows it       */
	uint32_t first_name, n_names; /* for vg_lexicon_spelling()   */
};

/* Candidate `i` of r->n_actors. */
struct vg_known_actor vg_lexicon_candidate(const struct vg_lexicon *l,
					   const struct vg_resolved *r,
					   uint32_t i);

struct vg_spelling {
	struct vg_slice text;
	uint32_t source; /* that it was found in first */
};

/* Spelling `i` of a->n_names: what its sources call the actor. */
struct vg_spelling vg_lexicon_spelling(const struct vg_lexicon *l,
				       const struct vg_known_actor *a,
				       uint32_t i);

struct vg_lexicon_source {
	struct vg_slice name, version, licence;
};

/* Sources and actors in the file, and each of them. */
uint32_t vg_lexicon_sources(const struct vg_lexicon *l);
struct vg_lexicon_source vg_lexicon_source(const struct vg_lexicon *l,
					   uint32_t i);
uint32_t vg_lexicon_actors(const struct vg_lexicon *l);
struct vg_known_actor vg_lexicon_actor(const struct vg_lexicon *l, uint32_t i);

/* The name of an ATT&CK technique; p NULL when the list has none of that id. */
struct vg_slice vg_lexicon_technique(const struct vg_lexicon *l,
				     struct vg_slice id);

#endif
