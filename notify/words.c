#include "notify/words.h"

#include <assert.h>
#include <string.h>

static const struct language {
	const char *code;
	const char *word[VG_WORD_COUNT];
} languages[] = {
	{"en",
	 {"firing", "resolved", "severity", "countries", "since", "until",
	  "withdrawn", "more", "campaign", "emerging", "spreading", "sustained",
	  "dormant", "resumed", "closed", "countries an hour"}},
	{"fr",
	 {"en cours", "terminée", "gravité", "pays", "depuis", "jusqu'à",
	  "retirée", "de plus", "campagne", "émergente", "en propagation",
	  "installée", "en sommeil", "reprise", "close", "pays par heure"}},
	{"ar",
	 {"نشط", "انتهى", "الخطورة", "الدول", "منذ", "حتى", "ملغى", "أخرى",
	  "الحملة", "ناشئة", "آخذة في الانتشار", "مستمرة", "خامدة", "مستأنفة",
	  "مغلقة", "دولة في الساعة"}},
	{"he",
	 {"פעיל", "הסתיים", "חומרה", "מדינות", "מאז", "עד", "בוטל", "נוספות",
	  "מערכה", "מתהווה", "מתפשטת", "נמשכת", "רדומה", "התחדשה", "סגורה",
	  "מדינות בשעה"}},
};

enum { LANGUAGES = sizeof languages / sizeof *languages };

static const struct language *find(const char *code)
{
	for (unsigned i = 0; i < LANGUAGES; i++)
		if (strcmp(languages[i].code, code) == 0)
			return &languages[i];
	return NULL;
}

const char *vg_word(const char *language, enum vg_word word)
{
	const struct language *l = find(language);

	assert(word < VG_WORD_COUNT);
	return (l != NULL ? l : &languages[0])->word[word];
}

int vg_word_knows(const char *language)
{
	return find(language) != NULL;
}
