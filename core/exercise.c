#include "core/exercise.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_id(const char *id)
{
	size_t n = strlen(id);

	return n >= 1 && n <= VG_EXERCISE_ID_MAX &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* Put `<prefix><id><more>` in place of *text. */
static bool rename_text(char **text, const char *prefix, const char *id,
			const char *more)
{
	size_t n = strlen(prefix) + strlen(id) + strlen(more) + 1;
	char *fresh = malloc(n);

	if (fresh == NULL)
		return false;
	(void)snprintf(fresh, n, "%s%s%s", prefix, id, more);
	free(*text);
	*text = fresh;
	return true;
}

static void turn_partner(struct vg_partner *p, const char *prefix,
			 const char *id)
{
	int n = snprintf(p->topic, sizeof p->topic, "%s%s.", prefix, id);

	for (const char *c = p->id; *c != '\0'; c++)
		p->topic[n++] = (char)tolower((unsigned char)*c);
	p->topic[n] = '\0';
	p->format[0] = '\0';
	p->signatures = VG_SIGNATURES_OFF;
	p->n_sensors = 0;
}

enum vg_rc vg_config_exercise(struct vg_config *c, const char *id,
			      struct vg_err *err)
{
	static const char DEAD[] = ".dead.";
	char *group = NULL;

	if (c->exercise_database == 0)
		return vg_err_set(err, VG_INVAL,
				  "exercise.database is 0: there are no "
				  "exercises here; set it to the number of a "
				  "database of Redis that nothing else uses");
	if (!is_id(id))
		return vg_err_set(err, VG_INVAL,
				  "an exercise's name is 1 to %d of a-z, 0-9 "
				  "and -",
				  VG_EXERCISE_ID_MAX);
	if (!rename_text(&c->kafka_dead_prefix, c->exercise_prefix, id, DEAD) ||
	    !rename_text(&group, c->kafka_group, "-exercise-", id) ||
	    !rename_text(&c->kafka_instance, "", "", "")) {
		free(group);
		return vg_err_set(err, VG_FATAL, "exercise: out of memory");
	}
	free(c->kafka_group);
	c->kafka_group = group;
	for (size_t i = 0; i < c->n_partners; i++)
		turn_partner(&c->partners[i], c->exercise_prefix, id);
	c->silence_alerts = false;
	c->redis_database = c->exercise_database;
	c->is_exercise = true;
	return VG_OK;
}
