/* Alerts released with four eyes: who is asked, what it takes, who is told. */
#include "alert/alert_store.h"
#include "alert/book.h"
#include "alert/release.h"
#include "alert_fix.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60000, DAY = 86400000 };

static struct alert_fix f;
static struct vg_buf out;
static struct vg_err err;
static int64_t said_ms; /* when the next thing is said */
static unsigned n_said;
static char source[40], copy_id[40], digest[33];

static void see(int64_t t, unsigned part, const char *audience)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, audience, "x", id, id};

	alert_fix_event(&f, &ev);
}

static cJSON *doc_of(const char *id)
{
	char key[96];

	(void)snprintf(key, sizeof key, VG_KEY_ALERT "%s", id);
	alert_fix_ask(&f, &out, "GET", key, NULL);
	return out.n > 0 ? cJSON_ParseWithLength(out.p, out.n) : NULL;
}

static const char *text_in(const cJSON *o, const char *name)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItem(o, name));

	return s != NULL ? s : "";
}

/* The id of the one document of a class. */
static void id_of_class(const char *class_name, char id[40])
{
	alert_fix_docs(&f, class_name, true, &out);
	cJSON *doc = cJSON_Parse(out.p);

	cr_assert(doc != NULL, "no document of %s", class_name);
	(void)snprintf(id, 40, "%s", text_in(doc, "id"));
	cJSON_Delete(doc);
}

/* MA and US hide a part of it from IL; AE hides nothing. */
static void start(void)
{
	alert_fix_start(&f, FIX_RULE(3, ""));
	see(0, FIX_MA, "A#MA+US");
	see(1 * MIN, FIX_US, "A#MA+US");
	see(2 * MIN, FIX_AE, "A*");
	alert_fix_settle(&f);
	id_of_class("MA", source);
	said_ms = FIX_T0 + 10 * MIN;
}

static void finish(void)
{
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(release, .init = start, .fini = finish, .timeout = 60);

/* What the desk lets wait for the evaluator. */
static struct vg_action make(enum vg_action_kind kind, const char *viewer,
			     const char *author, const char *target)
{
	struct vg_action a = {.kind = kind, .at_ms = said_ms};

	said_ms += 1000;
	(void)snprintf(a.id, sizeof a.id, "%032u", ++n_said);
	(void)snprintf(a.viewer, sizeof a.viewer, "%s", viewer);
	(void)snprintf(a.author, sizeof a.author, "%s", author);
	(void)snprintf(a.target, sizeof a.target, "%s", target);
	if (kind == VG_ACT_AGREE || kind == VG_ACT_CONFIRM)
		(void)snprintf(a.digest, sizeof a.digest, "%s", digest);
	return a;
}

static void put(const struct vg_action *a, unsigned times)
{
	struct vg_buf record = {0};

	cr_assert(eq(int, vg_action_print(&record, a, &err), VG_OK));
	for (unsigned i = 0; i < times; i++)
		alert_fix_ask(&f, &out, "RPUSH", VG_KEY_RELEASES, record.p);
	vg_buf_term(&record);
}

/* Until nothing waits. */
static void step(void)
{
	for (int i = 0; i < 20; i++) {
		alert_fix_tick(&f, 1);
		alert_fix_ask(&f, &out, "LLEN", VG_KEY_RELEASES, NULL);
		if (strcmp(out.p, "0") == 0)
			return;
	}
	cr_assert(false, "it waits for ever");
}

static void say(enum vg_action_kind kind, const char *viewer,
		const char *author)
{
	const struct vg_action a = make(kind, viewer, author, copy_id);

	put(&a, 1);
	step();
}

static void ask_for(const char *viewers)
{
	struct vg_action a = make(VG_ACT_RELEASE, "MA", "amal", source);

	a.viewers = (char *)(uintptr_t)viewers;
	put(&a, 1);
	step();
}

/* Ask, and note which copy it made. */
static void ask(void)
{
	ask_for("[\"IL\"]");
	id_of_class(VG_RELEASE_NOBODY, copy_id);
	cJSON *doc = doc_of(copy_id);
	(void)snprintf(digest, sizeof digest, "%s",
		       text_in(vg_release_of(doc), "digest"));
	cJSON_Delete(doc);
}

static void all_agree(void)
{
	say(VG_ACT_AGREE, "MA", "amal");
	say(VG_ACT_CONFIRM, "MA", "zineb");
	say(VG_ACT_AGREE, "US", "ann");
	say(VG_ACT_CONFIRM, "US", "bob");
}

static bool is_class(const char *class_name)
{
	cJSON *doc = doc_of(copy_id);
	bool is = strcmp(text_in(doc, "class"), class_name) == 0;

	cJSON_Delete(doc);
	return is;
}

Test(release, asks_each_partner_that_hides_a_part_and_no_other)
{
	ask();
	cJSON *doc = doc_of(copy_id);
	char *needs = cJSON_PrintUnformatted(
		cJSON_GetObjectItem(vg_release_of(doc), "needs"));

	cr_assert(eq(str, needs, "[\"MA\",\"US\"]"));
	cr_assert(vg_release_asks(vg_release_of(doc), "US"));
	cr_assert(not(vg_release_asks(vg_release_of(doc), "AE")));
	cJSON_free(needs);
	cJSON_Delete(doc);
}

Test(release, is_theirs_when_two_of_each_have_agreed)
{
	ask();
	all_agree();
	cJSON *doc = doc_of(copy_id), *was = doc_of(source);

	cr_assert(eq(str, (char *)text_in(doc, "class"), "IL"));
	cr_assert(
		eq(str,
		   (char *)text_in(cJSON_GetObjectItem(doc, "released"), "by"),
		   "MA"));
	cr_assert(cJSON_Compare(cJSON_GetObjectItem(doc, "first_seen"),
				cJSON_GetObjectItem(was, "first_seen"), true));
	cJSON_Delete(doc);
	cJSON_Delete(was);
}

Test(release, law3_is_nobodys_while_anybody_has_not_agreed)
{
	ask();
	say(VG_ACT_AGREE, "MA", "amal");
	say(VG_ACT_CONFIRM, "MA", "zineb");
	say(VG_ACT_AGREE, "US", "ann");
	cr_assert(is_class(VG_RELEASE_NOBODY));
	say(VG_ACT_CONFIRM, "US", "bob");
	cr_assert(is_class("IL"));
}

Test(release, law3_takes_no_word_of_who_is_not_asked)
{
	ask();
	say(VG_ACT_AGREE, "MA", "amal");
	say(VG_ACT_CONFIRM, "MA", "zineb");
	say(VG_ACT_AGREE, "AE", "ann");
	say(VG_ACT_CONFIRM, "IL", "bob");
	say(VG_ACT_REFUSE, "IL", "bob");
	cr_assert(is_class(VG_RELEASE_NOBODY));
	say(VG_ACT_AGREE, "US", "ann");
	say(VG_ACT_CONFIRM, "US", "bob");
	cr_assert(is_class("IL"));
}

Test(release, needs_a_second_pair_of_eyes)
{
	ask();
	say(VG_ACT_CONFIRM, "MA", "zineb"); /* before anybody agreed */
	say(VG_ACT_AGREE, "MA", "amal");
	say(VG_ACT_CONFIRM, "MA", "amal");
	say(VG_ACT_AGREE, "US", "ann");
	say(VG_ACT_CONFIRM, "US", "bob");
	cr_assert(is_class(VG_RELEASE_NOBODY));
	say(VG_ACT_CONFIRM, "MA", "zineb");
	cr_assert(is_class("IL"));
}

Test(release, is_agreed_to_as_it_was_seen_and_not_otherwise)
{
	ask();
	digest[0] = digest[0] == '0' ? '1' : '0';
	say(VG_ACT_AGREE, "MA", "amal");
	cJSON *doc = doc_of(copy_id);
	cr_assert(eq(int,
		     cJSON_GetArraySize(
			     cJSON_GetObjectItem(vg_release_of(doc), "agreed")),
		     0));
	cJSON_Delete(doc);
}

Test(release, one_refusal_is_enough)
{
	ask();
	say(VG_ACT_REFUSE, "US", "ann");
	say(VG_ACT_AGREE, "MA", "amal");
	say(VG_ACT_CONFIRM, "MA", "zineb");
	say(VG_ACT_AGREE, "US", "ann");
	say(VG_ACT_CONFIRM, "US", "bob");
	cr_assert(is_class(VG_RELEASE_NOBODY));
}

Test(release, law3_a_refusal_is_not_told_to_another_who_is_asked)
{
	ask();
	say(VG_ACT_REFUSE, "US", "ann");
	cJSON *doc = doc_of(copy_id);
	const cJSON *r = vg_release_of(doc);

	cr_assert(vg_release_is_over(r, "US", said_ms));
	cr_assert(vg_release_is_over(r, "MA", said_ms)); /* it asked */
	/* As one that is asked, and did not ask: nothing is over. */
	cJSON_ReplaceItemInObject((cJSON *)(uintptr_t)r, "viewer",
				  cJSON_CreateString("coalition"));
	cr_assert(not(vg_release_is_over(r, "MA", said_ms)));
	struct vg_action a = make(VG_ACT_AGREE, "MA", "amal", copy_id);
	cr_assert(eq(int, vg_release_say(doc, &a, &f.cfg), VG_RELEASE_NOTED));
	cJSON_Delete(doc);
}

Test(release, can_be_taken_back_and_then_holds_nothing)
{
	ask();
	all_agree();
	say(VG_ACT_REFUSE, "US", "cat");
	cJSON *doc = doc_of(copy_id);

	cr_assert(cJSON_IsTrue(cJSON_GetObjectItem(doc, "withdrawn")));
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(doc, "first_seen")),
		     0));
	cJSON_Delete(doc);
}

Test(release, law3_shows_nothing_that_comes_after_it_was_asked_for)
{
	ask();
	cJSON *before = doc_of(copy_id), *after;

	see(3 * MIN, FIX_US, "A#MA+US");
	see(4 * MIN, FIX_BH, "A*");
	alert_fix_settle(&f);
	all_agree();
	after = doc_of(copy_id);
	cr_assert(cJSON_Compare(cJSON_GetObjectItem(before, "first_seen"),
				cJSON_GetObjectItem(after, "first_seen"),
				true));
	cr_assert(eq(str, (char *)text_in(before, "end"),
		     (char *)text_in(after, "end")));
	cJSON_Delete(before);
	cJSON_Delete(after);
}

Test(release, law3_asks_nobody_about_what_the_asker_does_not_see)
{
	/* AE's country again, in an event that AE alone sees. */
	see(3 * MIN, FIX_AE, "R2");
	alert_fix_settle(&f);
	ask_for("[\"US\"]");
	alert_fix_docs(&f, VG_RELEASE_NOBODY, true, &out);
	cr_assert(eq(str, out.p, ""), "US sees what MA does: %s", out.p);
}

Test(release, counts_once_what_is_said_twice)
{
	struct vg_action a = make(VG_ACT_RELEASE, "MA", "amal", source);
	int64_t writes = alert_fix_writes(&f);

	a.viewers = (char *)(uintptr_t) "[\"IL\"]";
	put(&a, 3);
	step();
	cr_assert(eq(i64, alert_fix_writes(&f), writes + 1));
}

Test(release, lapses_when_nobody_answers_in_time)
{
	ask();
	said_ms += (int64_t)VG_RELEASE_DAYS * DAY;
	all_agree();
	cr_assert(is_class(VG_RELEASE_NOBODY));
}

Test(release, leaves_the_next_leader_nothing_to_change)
{
	ask();
	all_agree();
	cJSON *before = doc_of(copy_id), *after;

	vg_evaluator_free(f.e);
	f.e = alert_fix_evaluator(&f, "one");
	alert_fix_hand(&f, f.e);
	alert_fix_settle(&f);
	after = doc_of(copy_id);
	cr_assert(cJSON_Compare(before, after, true));
	cJSON_Delete(before);
	cJSON_Delete(after);
}

/* What is wrong with asking for the stored alert with `change` made to it. */
static const char *fault_of(void (*change)(cJSON *doc), const char *viewers)
{
	const struct vg_release_world w = {
		.cfg = &f.cfg, .rules = f.rules, .hash_key = f.hash_key};
	struct vg_action a = make(VG_ACT_RELEASE, "MA", "amal", source);
	struct vg_release_copy made = {.start_ms = 0};
	cJSON *doc = doc_of(source);

	a.viewers = (char *)(uintptr_t)viewers;
	if (change != NULL)
		change(doc);
	char *text = cJSON_PrintUnformatted(doc);
	err.text[0] = '\0';
	enum vg_rc rc = vg_release_ask(&made, &a, vg_slice_of(text), &w, &err);
	cr_assert(eq(int, rc, err.text[0] == '\0' ? VG_OK : VG_DROP));
	vg_buf_term(&made.doc);
	cJSON_free(text);
	cJSON_Delete(doc);
	return err.text;
}

static void omit(cJSON *doc)
{
	(void)cJSON_AddNumberToObject(doc, "rows_omitted", 1);
}

static void withdraw(cJSON *doc)
{
	(void)cJSON_AddTrueToObject(doc, "withdrawn");
}

static void take_rule(cJSON *doc)
{
	cJSON_ReplaceItemInObject(doc, "rule", cJSON_CreateString("gone"));
}

static void take_viewers(cJSON *doc)
{
	cJSON_ReplaceItemInObject(doc, "viewers", cJSON_CreateArray());
}

static void is_wrong(const char *fault, const char *want)
{
	cr_assert(strstr(fault, want) != NULL, "%s, not %s", fault, want);
}

Test(release, says_what_cannot_be_released)
{
	cr_assert(eq(str, (char *)fault_of(NULL, "[\"IL\"]"), ""));
	is_wrong(fault_of(NULL, "[\"XX\"]"), "no viewer");
	is_wrong(fault_of(NULL, "[\"MA\"]"), "sees it");
	is_wrong(fault_of(omit, "[\"IL\"]"), "more rows");
	is_wrong(fault_of(withdraw, "[\"IL\"]"), "withdrawn");
	is_wrong(fault_of(take_rule, "[\"IL\"]"), "not in force");
	is_wrong(fault_of(take_viewers, "[\"IL\"]"), "no alert of");
}

/* Where a document does not say who sees the rows, as an old one does not. */
static void forget_who(cJSON *doc)
{
	cJSON_DeleteItemFromObject(doc, "_seen_by");
}

Test(release, takes_a_row_for_hidden_when_nobody_knows)
{
	const struct vg_release_world w = {
		.cfg = &f.cfg, .rules = f.rules, .hash_key = f.hash_key};
	struct vg_action a = make(VG_ACT_RELEASE, "MA", "amal", source);
	struct vg_release_copy made = {.start_ms = 0};
	cJSON *doc = doc_of(source);

	a.viewers = (char *)(uintptr_t) "[\"IL\"]";
	forget_who(doc);
	char *text = cJSON_PrintUnformatted(doc);
	cr_assert(eq(int,
		     vg_release_ask(&made, &a, vg_slice_of(text), &w, &err),
		     VG_OK));
	cr_assert(strstr(made.doc.p, "\"needs\":[\"AE\",\"MA\",\"US\"]") !=
				  NULL ||
			  strstr(made.doc.p,
				 "\"needs\":[\"MA\",\"AE\",\"US\"]") != NULL,
		  "%s", made.doc.p);
	vg_buf_term(&made.doc);
	cJSON_free(text);
	cJSON_Delete(doc);
}
