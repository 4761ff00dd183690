/*
 * config - one YAML file, read through one option table.
 *
 * Every scalar option is a row of the table in core/options.c (name, type,
 * place in struct vg_config, default, range, unit, help). The table parses the
 * file and --set NAME=VALUE, prints `vigie serve --help` and writes
 * docs/configuration.md. Lists (partners, caveats, rules) are read by hand and
 * are rows of the table for help and docs only.
 *
 * Owner:   the config owns its strings. Immutable after loading.
 * Threads: any reader.
 */
#ifndef VG_CORE_CONFIG_H
#define VG_CORE_CONFIG_H

#include "core/partner.h"
#include "core/receiver.h"
#include "core/secret.h"

#include <stdio.h>

struct vg_geo;
struct vg_lexicon;

struct vg_caveat {
	char name[72];	/* e.g. MA+US                             */
	uint64_t slots; /* bit n = slot n; COALITION is slot 61   */
};

struct vg_config {
	struct vg_partner *partners; /* in file order */
	size_t n_partners;
	struct vg_caveat *caveats;
	size_t n_caveats;
	char **rule_files; /* paths, relative ones resolved against the file */
	size_t n_rule_files;
	struct vg_receiver *receivers;
	size_t n_receivers;
	char *notify_file;

	char *kafka_brokers, *kafka_group, *kafka_instance;
	char *kafka_dead_prefix; /* "alerts.dead." */
	char *kafka_actions_topic;
	int64_t kafka_session_ms, kafka_fetch_wait_ms;
	int64_t kafka_queue_messages, kafka_queue_kbytes;
	int64_t kafka_hung_ms;
	/* How to speak with the brokers; NULL counts as empty. */
	char *kafka_security, *kafka_mechanism, *kafka_user;
	char *kafka_password_file, *kafka_ca_file, *kafka_certificate_file;
	char *kafka_key_file, *kafka_key_password_file;
	char *kafka_oidc_url, *kafka_oidc_client, *kafka_oidc_secret_file;
	char *kafka_oidc_scope, *kafka_oidc_extensions;
	bool kafka_insecure;

	char *redis_address; /* host:port or unix:/path */
	char *redis_password_file, *redis_user, *redis_ca_file;
	bool redis_tls;
	int64_t redis_connect_ms, redis_command_ms;

	char *hash_key_file;
	int64_t recall_span; /* 0: as dedup_span; see vg_config_recall_span() */
	int64_t ingest_workers, batch_records, linger_ms;
	int64_t dedup_span, future_ms, stream_entries, cache_mbytes;

	int64_t keep_10s_ms, keep_1m_ms, keep_1h_ms, keep_1d_ms;
	int64_t values_max, groups_max;
	char *series_counted; /* NULL counts as "all" */

	int64_t lateness_ms;  /* allowed lateness beyond the longest window */
	int64_t rule_wait_ms; /* tracks wait so long for rules to judge them */
	int64_t lease_ms, alerts_kept_ms, alert_tick_ms, campaign_gap_ms;
	int64_t stuck_after_ms; /* without moving: the watchdog stays away */

	int64_t silence_floor_ms, silence_learning_ms, sensors_max;
	bool silence_alerts;

	char *http_address, *http_metrics_address, *http_token_file;
	char *http_certificate_file, *http_key_file, *http_cors_origins;
	char *http_grafana_url, *http_grafana_source, *http_client_ca_file;
	int64_t http_threads, http_connections, http_timeout_ms;

	int64_t http_rate, http_burst, http_stranger_rate;

	char *oidc_issuer, *oidc_audience, *oidc_keys_url, *oidc_ca_file;
	char *oidc_viewer_claim, *oidc_role_claim;
	int64_t oidc_refresh_ms;

	char *audit_file, *audit_key_file;
	int64_t audit_rotate_bytes, audit_sync_ms;
	bool audit_required, audit_unchanged;

	int64_t exercise_database;
	char *exercise_prefix;
	bool is_exercise;	/* not an option: see core/exercise.h */
	int64_t redis_database; /* so, too; 0: where all is real */

	char *log_level, *log_format;

	char *vocabulary_file, *geo_file;
	struct vg_lexicon *lexicon; /* NULL: no names are known     */
	struct vg_geo *geo;	    /* NULL: addresses have no country */
};

/* Read and validate `path`, then the `n_set` overrides "NAME=VALUE", and open
 * the vocabulary that they name. VG_INVAL with "file:line: option: what;
 * remedy" on the first fault. */
enum vg_rc vg_config_load(struct vg_config **out, const char *path,
			  const char *const *set, size_t n_set,
			  struct vg_err *err) VG_MUST_CHECK;

/* As vg_config_load() from memory and without a vocabulary, for tests. */
enum vg_rc vg_config_parse(struct vg_config **out, const char *name,
			   const char *text, size_t len,
			   struct vg_err *err) VG_MUST_CHECK;

/* Free `c`; NULL is allowed. */
void vg_config_free(struct vg_config *c);

/* As vg_config_load(), of a file that need not hold more than `kafka:`, or
 * (path NULL) of no file: for a partner's tools. Lists are not read. */
enum vg_rc vg_config_load_kafka(struct vg_config **out, const char *path,
				const char *const *set, size_t n_set,
				struct vg_err *err) VG_MUST_CHECK;

/* Partner by id, by topic, by slot; NULL when there is none. */
const struct vg_partner *vg_config_partner(const struct vg_config *c,
					   struct vg_slice id);
const struct vg_partner *vg_config_topic(const struct vg_config *c,
					 const char *topic);
const struct vg_partner *vg_config_slot(const struct vg_config *c,
					unsigned slot);

/* Name number `i` of the formats that a partner may have; NULL past the end. */
const char *vg_config_format(size_t i);

/* Slot of a viewer name (partner id, or coalition), or -1. */
int vg_config_viewer(const struct vg_config *c, struct vg_slice name);

/* Print the options as aligned help text, and as the Markdown of
 * docs/configuration.md. */
void vg_config_help(FILE *out);
void vg_config_markdown(FILE *out);

#endif
