/*
 * fuzz_config - any bytes as a configuration file: a message that names the
 * file, or a configuration within the limits from which audiences can be made.
 */
#include "core/config.h"
#include "core/limits.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const char NAME[] = "fuzz.yaml";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_config: %s\n", complaint);
	abort();
}

/* A refusal says in which file. */
static void check_refusal(enum vg_rc rc, const struct vg_err *err)
{
	if (rc != VG_INVAL && rc != VG_FATAL)
		stop("an unexpected code");
	if (memchr(err->text, '\0', sizeof err->text) == NULL)
		stop("an endless message");
	if (rc == VG_INVAL && strncmp(err->text, NAME, sizeof NAME - 1) != 0)
		stop("a message without the file");
}

static void check_partner(const struct vg_config *c, const struct vg_partner *p)
{
	if (p->slot > VG_SLOT_PARTNER_MAX || p->topic[0] == '\0' ||
	    strlen(p->id) < 2 || strlen(p->country) != 2)
		stop("a partner");
	if (vg_config_partner(c, vg_slice_of(p->id)) != p ||
	    vg_config_topic(c, p->topic) != p ||
	    vg_config_slot(c, p->slot) != p ||
	    vg_config_viewer(c, vg_slice_of(p->id)) != (int)p->slot)
		stop("a partner that is not found");
}

static void check_config(const struct vg_config *c)
{
	struct vg_audiences *a = NULL;

	if (c->n_partners < 1 || c->n_partners > VG_PARTNERS_MAX)
		stop("how many partners");
	for (size_t i = 0; i < c->n_partners; i++)
		check_partner(c, &c->partners[i]);
	if (c->n_rule_files > VG_RULES_MAX)
		stop("how many rule files");
	if (c->dedup_span < 1 || c->values_max < 1 || c->groups_max < 1 ||
	    c->future_ms < 0 || c->keep_10s_ms <= 0 || c->keep_1d_ms <= 0)
		stop("an option out of its range");
	if (c->kafka_brokers == NULL || c->hash_key_file == NULL)
		stop("a required option is missing");
	if (vg_audiences_new(&a, c, NULL) != VG_OK)
		stop("no audiences");
	for (size_t aud = 0; aud < vg_audience_count(a); aud++)
		if (strlen(vg_audience_key(a, (uint16_t)aud)) < 2)
			stop("an audience without a key");
	vg_audiences_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vg_config *c = NULL;
	struct vg_err err = {.text = ""};

	/* A block of the exact size: a step outside is seen. */
	char *text = malloc(size > 0 ? size : 1);
	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	enum vg_rc rc = vg_config_parse(&c, NAME, text, size, &err);
	if (rc == VG_OK)
		check_config(c);
	else
		check_refusal(rc, &err);
	if (rc != VG_OK && c != NULL)
		stop("a configuration with its refusal");
	vg_config_free(c);
	free(text);
	return 0;
}
