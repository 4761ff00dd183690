/*
 * words - the few words that people read around an alert, in four languages.
 *
 * Threads: pure.
 */
#ifndef VG_NOTIFY_WORDS_H
#define VG_NOTIFY_WORDS_H

enum vg_word {
	VG_WORD_FIRING,
	VG_WORD_RESOLVED,
	VG_WORD_SEVERITY,
	VG_WORD_COUNTRIES,
	VG_WORD_SINCE,
	VG_WORD_UNTIL,
	VG_WORD_WITHDRAWN,
	VG_WORD_MORE,
	VG_WORD_STAGE,
	VG_WORD_EMERGING, /* the stages, in their order: alert/campaign.h */
	VG_WORD_SPREADING,
	VG_WORD_SUSTAINED,
	VG_WORD_DORMANT,
	VG_WORD_RESUMED,
	VG_WORD_CLOSED,
	VG_WORD_VELOCITY, /* countries an hour */
	VG_WORD_COUNT
};

/* `word` in `language` ("en", "fr", "ar", "he"); English when unknown. */
const char *vg_word(const char *language, enum vg_word word);

/* True when there are words of `language`. */
int vg_word_knows(const char *language);

#endif
