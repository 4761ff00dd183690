/*
 * vocab - closed lists of the event format: countries, RSIT classes, sensor
 * kinds, NIS2 sectors, indicator types. Country codes are compiled at build
 * time from Debian's iso-codes (ISO 3166-1), plus XK, with the spellings that
 * sensors use; actors and techniques are in core/lexicon.h.
 *
 * Threads: all pure; the tables are const.
 */
#ifndef VG_CORE_VOCAB_H
#define VG_CORE_VOCAB_H

#include "core/slice.h"

enum vg_vocab {
	VG_VOCAB_COUNTRY,
	VG_VOCAB_CATEGORY,
	VG_VOCAB_SENSOR_KIND,
	VG_VOCAB_SECTOR,
	VG_VOCAB_INDICATOR
};

/* Index of word `s` in list `which` (exact, case-sensitive), or -1. */
int vg_vocab_find(enum vg_vocab which, struct vg_slice s);

/* Word number `i`, NUL-terminated; NULL past the end. */
const char *vg_vocab_word(enum vg_vocab which, int i);

/* English name of a country code, or NULL when unknown. */
const char *vg_country_name(struct vg_slice code);

/* What a spelling of a country is. */
enum vg_country_kind {
	VG_COUNTRY_UNKNOWN, /* nothing that is known                       */
	VG_COUNTRY_NONE,    /* known not to be one: EU, AP, T1, Europe     */
	VG_COUNTRY_ONE
};

/* Read a country as people and sensors write it: a code, alpha-3, an English
 * name or an alias (UK, UAE). Two letters are a code and count in capitals
 * only. *code is its alpha-2 code, unless there is none. */
enum vg_country_kind vg_country_read(struct vg_slice text,
				     struct vg_slice *code);

/* True for the shape of an ATT&CK technique id: T1234 or T1234.567. */
bool vg_technique_shape(struct vg_slice s);

#endif
