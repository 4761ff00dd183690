#include "core/options.h"

#include "core/limits.h"
#include "core/option_fault.h"
#include "core/option_units.h"

#include <assert.h>

/* clang-format off */
static const struct vg_option OPTIONS[] = {
{"partners", VG_OPT_LIST, VG_OPT_ELSEWHERE, NULL, 1, VG_PARTNERS_MAX, "list of maps",
 "The members of the coalition, one entry each.", NULL},
{"partners.id", VG_OPT_TEXT, VG_OPT_ELSEWHERE, NULL, 2, 16, "[A-Z0-9-]",
 "Name of the partner in events, tokens and answers. DEAD, OUT and COALITION "
 "are reserved.", NULL},
{"partners.country", VG_OPT_TEXT, VG_OPT_ELSEWHERE, NULL, 2, 2, "ISO 3166-1 alpha-2",
 "Country in which the partner's sensors stand.", NULL},
{"partners.slot", VG_OPT_NUMBER, VG_OPT_ELSEWHERE, NULL, 0,
 VG_SLOT_PARTNER_MAX, "",
 "Number of the partner in stored audiences. Give each partner its own, and "
 "never give one a second time, not even when the partner has left.", NULL},
{"partners.topic", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "alerts.<id>", 1, 249, "Kafka topic",
 "Topic of the partner's events; the default has the id in lower case.",
 vg_fault_topic},
{"partners.tlp", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "AMBER", 3, 12, "TLP 2.0 label",
 "Label of an event that has none: CLEAR, GREEN, AMBER, AMBER+STRICT or RED.",
 NULL},
{"partners.format", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "canonical", 1, 16, "format",
 "What the partner's records are: canonical (docs/event-schema.md), another "
 "system's format (docs/formats.md), or auto: each record by its members.",
 NULL},
{"partners.dedup_span", VG_OPT_NUMBER, VG_OPT_ELSEWHERE, "ingest.dedup_span",
 1, 16777216, "offsets",
 "How far back in its partition an event id of this partner is remembered.",
 NULL},
{"partners.future", VG_OPT_DURATION, VG_OPT_ELSEWHERE,
 "ingest.future_tolerance", 0, 1 * DAY, "duration",
 "How far an event's time may lie after its record's before it is set aside.",
 NULL},
{"partners.lateness", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "live", 0, 366 * DAY,
 "duration",
 "How late, beyond the longest rule window, this partner's events still count "
 "for rules: a duration, live (as rule.lateness says), or store-and-forward "
 "(7d). Tracks of all partners are kept as long as the latest one needs.",
 NULL},
{"partners.signatures", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "off", 3, 8, "word",
 "Whether the partner signs its records (docs/partners.md): off; optional: "
 "one without a signature is counted, one with a wrong one is not; required.",
 NULL},
{"partners.member_from", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "always", 1, 40,
 "instant",
 "A record whose timestamp is before this is none of a member: it is set aside "
 "as not_member. `vigie partner add` sets it.", NULL},
{"partners.member_until", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "for ever", 1, 40,
 "instant",
 "The same from this instant on, and the partner's tokens are refused: it has "
 "left, its past stays. `vigie partner retire` sets it.", NULL},
{"partners.identifiers_kept", VG_OPT_DURATION, VG_OPT_ELSEWHERE,
 "as the numbers", 1 * HOUR, 36500 * DAY, "duration",
 "How long, by the log's time, the partner's raw identifiers (names of "
 "sensors, indicators, dead letters) are kept, while its counts stay "
 "(docs/data-model.md). No shorter than series.keep_1m and than rules need.",
 NULL},
{"partners.cadence", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "learned", 1 * SEC,
 366 * DAY, "duration",
 "How long the partner as a whole may be quiet before it is silent.", NULL},
{"partners.sensors", VG_OPT_LIST, VG_OPT_ELSEWHERE, "none", 0,
 VG_SENSORS_DECLARED_MAX, "list of maps",
 "Sensors that are expected: one that was never heard is then shown.", NULL},
{"partners.sensors.name", VG_OPT_TEXT, VG_OPT_ELSEWHERE, NULL, 1,
 VG_SENSOR_MAX, "text", "Name of the sensor in events.", NULL},
{"partners.sensors.cadence", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "learned",
 1 * SEC, 366 * DAY, "duration",
 "How long the sensor may be quiet before it is silent.", NULL},
{"partners.max_records_per_minute", VG_OPT_NUMBER, VG_OPT_ELSEWHERE, "60000000",
 0, 1000000000000, "records",
 "Records of this partner that count in one minute of log time, for each "
 "partition and audience; the rest is rejected:quota. 0, here and below: no "
 "limit.", NULL},
{"partners.max_sensors_per_minute", VG_OPT_NUMBER, VG_OPT_ELSEWHERE, "10000", 0,
 1000000, "names",
 "Different sensors that it may name in that minute; the records of others "
 "count, in the sensor ~other.", NULL},
{"partners.max_actors_per_minute", VG_OPT_NUMBER, VG_OPT_ELSEWHERE, "1000", 0,
 1000000, "names",
 "The same of actors that the vocabulary does not know; those that it knows "
 "always count.", NULL},
{"partners.max_indicators_per_minute", VG_OPT_NUMBER, VG_OPT_ELSEWHERE,
 "60000000", 0, 1000000000000, "indicators",
 "Indicators of its events in that minute that rules look at; the rest is left "
 "out of rules.", NULL},
{"partners.max_dead_records_per_hour", VG_OPT_NUMBER, VG_OPT_ELSEWHERE,
 "1000000", 0, 1000000000000, "records",
 "Its dead letters in one hour of log time, for each partition; the rest is "
 "counted and not kept.", NULL},
{"partners.max_dead_bytes_per_hour", VG_OPT_NUMBER, VG_OPT_ELSEWHERE,
 "1073741824", 0, 1000000000000000, "bytes",
 "The same in bytes of their values.", NULL},
{"partners.own_rules", VG_OPT_LIST, VG_OPT_ELSEWHERE, "none", 0,
 VG_OWN_FILES_MAX, "list of paths",
 "Files of its own rules and watchlists, which nobody else sees the alerts of "
 "(docs/own-rules.md).", NULL},
{"partners.keys", VG_OPT_LIST, VG_OPT_ELSEWHERE, "none", 0, VG_SIGN_KEYS_MAX,
 "list of maps", "The public keys that its signatures are checked with.", NULL},
{"partners.keys.id", VG_OPT_TEXT, VG_OPT_ELSEWHERE, NULL, 1, VG_SIGN_ID_MAX,
 "text", "Name of the key in signatures.", NULL},
{"partners.keys.key", VG_OPT_TEXT, VG_OPT_ELSEWHERE, NULL, 44, 44, "base64",
 "The Ed25519 public key, as `vigie sign-key new` prints it.", NULL},
{"partners.keys.from", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "always", 1, 40, "instant",
 "The key is good for records whose timestamp is not before this.", NULL},
{"partners.keys.until", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "always", 1, 40,
 "instant", "The key is good for records whose timestamp is before this.",
 NULL},
{"caveats", VG_OPT_LIST, VG_OPT_ELSEWHERE, "none", 0, VG_AUDIENCE_SETS_MAX - 2,
 "list of texts",
 "Groups that an event may be released to besides everyone and its originator "
 "alone: ids of partners, and COALITION for the joint SOC, joined by +. An "
 "event released to any other group goes to its originator alone.", NULL},
{"rules", VG_OPT_LIST, VG_OPT_ELSEWHERE, "none", 0, VG_RULES_MAX, "list of paths",
 "Files of alert rules.", NULL},

{"receivers", VG_OPT_LIST, VG_OPT_ELSEWHERE, "none", 0, VG_RECEIVERS_MAX,
 "list of maps", "Who is told of alerts (docs/notifications.md).", NULL},
{"receivers.name", VG_OPT_TEXT, VG_OPT_ELSEWHERE, NULL, 1, 32, "[A-Za-z0-9._-]",
 "Name of the receiver in routes, logs and the outbox.", vg_fault_topic},
{"receivers.type", VG_OPT_TEXT, VG_OPT_ELSEWHERE, NULL, 1, 16, "type",
 "webhook, alertmanager, kafka, smtp or syslog.", vg_fault_word},
{"receivers.viewer", VG_OPT_TEXT, VG_OPT_ELSEWHERE, NULL, 2, 16, "viewer",
 "A partner's id, or coalition: the receiver is told what that viewer may see, "
 "and nothing else.", NULL},
{"receivers.url", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "", 0, 2048, "URL",
 "Where to send: http(s)://..., smtp(s)://host:port, tcp://host:port or "
 "udp://host:port (syslog).", vg_fault_word},
{"receivers.topic", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "", 0, 249, "Kafka topic",
 "Topic of a kafka receiver. Empty: alerts.out. and the viewer in lower case.",
 NULL},
{"receivers.from", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "", 0, 254, "address",
 "Sender of mails.", vg_fault_word},
{"receivers.to", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "", 0, 2048, "address, ...",
 "Recipients of mails, comma-separated, without spaces.", vg_fault_word},
{"receivers.user", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "", 0, 256, "text",
 "User to log in as, with the password of password_file.", NULL},
{"receivers.secret_file", VG_OPT_PATH, VG_OPT_ELSEWHERE, "", 0, 4096, "path",
 "File whose first line is the key that signs a webhook's bodies.", NULL},
{"receivers.password_file", VG_OPT_PATH, VG_OPT_ELSEWHERE, "", 0, 4096, "path",
 "File whose first line is the password of user; without a user it is sent as "
 "a bearer token.", NULL},
{"receivers.ca_file", VG_OPT_PATH, VG_OPT_ELSEWHERE, "", 0, 4096, "path",
 "Certificates (PEM) that the receiver's is checked against. Empty: the "
 "system's.", NULL},
{"receivers.insecure", VG_OPT_BOOL, VG_OPT_ELSEWHERE, "false", 0, 0, "true or false",
 "Allow to send in clear to another machine.", NULL},
{"receivers.language", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "en", 2, 2,
 "en, fr, ar or he", "Language of the text that people read.", NULL},
{"receivers.send_resolved", VG_OPT_BOOL, VG_OPT_ELSEWHERE, "true", 0, 0, "true or false",
 "Tell of resolved alerts too.", NULL},
{"receivers.send_stages", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "spreading", 0, 128,
 "stage, ...", "Tell again, once, of an alert that fires when its campaign "
 "comes to one of these stages, and in spreading of each further country. "
 "Empty: never.", NULL},
{"receivers.group_by", VG_OPT_TEXT, VG_OPT_ELSEWHERE, "rule", 0, 512,
 "label, ...", "Alerts with the same values of these labels are told "
 "together. Empty: all of them.", NULL},
{"receivers.group_wait", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "30s", 0, 1 * HOUR,
 "duration", "Wait before a group is told for the first time.", NULL},
{"receivers.group_interval", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "5m", 100 * MS,
 1 * DAY, "duration", "Least time between two notifications of a group.", NULL},
{"receivers.repeat_interval", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "4h", 1 * MS,
 366 * DAY, "duration",
 "What still fires and was told longer ago is told again.", NULL},
{"receivers.resend", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "1m", 1 * SEC,
 1 * HOUR, "duration",
 "How often an alertmanager is told of what fires; it forgets what it has not "
 "been told of for four times as long.", NULL},
{"receivers.timeout", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "10s", 100 * MS,
 5 * MIN, "duration", "Limit on one attempt.", NULL},
{"receivers.attempts", VG_OPT_NUMBER, VG_OPT_ELSEWHERE, "20", 1, 1000,
 "attempts", "After so many in vain a notification is dead: it is set aside, "
 "counted and logged.", NULL},

{"receivers.watchdog", VG_OPT_DURATION, VG_OPT_ELSEWHERE, "0s", 0, 1 * DAY,
 "duration", "How often the receiver is told of the built-in alert watchdog, "
 "so that it can notice when that stays away. 0s: never.", NULL},

{"notify.file", VG_OPT_PATH, AT(notify_file), "", 0, 4096, "path",
 "Routes, inhibition, calendars and maintenance windows. Empty: every receiver "
 "is told all that its viewer may see.", NULL},

{"kafka.brokers", VG_OPT_TEXT, AT(kafka_brokers), NULL, 1, 4096,
 "host:port, ...", "Brokers to start from, comma-separated.",
 vg_fault_brokers},
{"kafka.group", VG_OPT_TEXT, AT(kafka_group), "vigie", 1, 249, "text",
 "Consumer group. All ingests of one store share it.", vg_fault_word},
{"kafka.instance_id", VG_OPT_TEXT, AT(kafka_instance), "", 0, 249, "text",
 "Static member id of this process, one of its own for each: a restart within "
 "the session time-out then moves no partition. Empty: dynamic membership.",
 vg_fault_word},
{"kafka.dead_prefix", VG_OPT_TEXT, AT(kafka_dead_prefix), "alerts.dead.", 1,
 200, "topic prefix",
 "Rejected records go to the topic of this and the partner's id in lower "
 "case.", vg_fault_topic},
{"kafka.actions_topic", VG_OPT_TEXT, AT(kafka_actions_topic), "vigie.actions",
 1, 200, "topic",
 "What people do (acknowledge, comment, silence, ...) is written here first. "
 "One partition, kept for ever; made when it is not there.", vg_fault_topic},
{"kafka.session_timeout", VG_OPT_DURATION, AT(kafka_session_ms), "10s",
 1 * SEC, 30 * MIN, "duration",
 "After this long without a sign of life the group gives a member's "
 "partitions to the others.", NULL},
{"kafka.fetch_wait", VG_OPT_DURATION, AT(kafka_fetch_wait_ms), "10ms", 0,
 1 * MIN, "duration",
 "How long a broker may hold a fetch that has little to give.", NULL},
{"kafka.queue_messages", VG_OPT_NUMBER, AT(kafka_queue_messages), "1000000",
 1, 10000000, "records", "Records to read ahead of the counting.", NULL},
{"kafka.queue_kbytes", VG_OPT_NUMBER, AT(kafka_queue_kbytes), "24576", 1,
 2097151, "KiB", "Memory for the records read ahead.", NULL},
{"kafka.hung_after", VG_OPT_DURATION, AT(kafka_hung_ms), "2m", 1 * SEC, 1 * DAY,
 "duration",
 "A transaction that holds back committed records for this long is called "
 "hung.", NULL},
{"kafka.security", VG_OPT_TEXT, AT(kafka_security), "plaintext", 1, 16,
 "security protocol",
 "How to speak with the brokers: plaintext, ssl, sasl_plaintext or sasl_ssl. "
 "Without TLS they must be on loopback.",
 vg_fault_security},
{"kafka.insecure", VG_OPT_BOOL, AT(kafka_insecure), "false", 0, 0,
 "true or false",
 "Allow brokers beyond loopback without TLS: whoever sits between reads and "
 "changes events and passwords.", NULL},
{"kafka.ca_file", VG_OPT_PATH, AT(kafka_ca_file), "", 0, 4096, "path",
 "PEM file of the authority that signs the brokers' certificates. Empty: the "
 "system's.", NULL},
{"kafka.certificate_file", VG_OPT_PATH, AT(kafka_certificate_file), "", 0, 4096,
 "path", "PEM file of our own certificate, for mutual TLS.", NULL},
{"kafka.key_file", VG_OPT_PATH, AT(kafka_key_file), "", 0, 4096, "path",
 "PEM file of its private key.", NULL},
{"kafka.key_password_file", VG_OPT_PATH, AT(kafka_key_password_file), "", 0,
 4096, "path", "File whose first line opens kafka.key_file.", NULL},
{"kafka.mechanism", VG_OPT_TEXT, AT(kafka_mechanism), "SCRAM-SHA-512", 1, 16,
 "SASL mechanism",
 "How to log in where kafka.security begins with sasl: SCRAM-SHA-512, "
 "SCRAM-SHA-256, PLAIN or OAUTHBEARER.", vg_fault_mechanism},
{"kafka.user", VG_OPT_TEXT, AT(kafka_user), "", 0, 256, "text",
 "User to log in as.", NULL},
{"kafka.password_file", VG_OPT_PATH, AT(kafka_password_file), "", 0, 4096,
 "path",
 "File whose first line is the password. It is read again when it changes, and "
 "used from the next connection on.", NULL},
{"kafka.oidc_url", VG_OPT_TEXT, AT(kafka_oidc_url), "", 0, 2048, "URL",
 "Token endpoint for OAUTHBEARER; needs a librdkafka built with libcurl.",
 vg_fault_word},
{"kafka.oidc_client", VG_OPT_TEXT, AT(kafka_oidc_client), "", 0, 256, "text",
 "Client id at the token endpoint.", NULL},
{"kafka.oidc_secret_file", VG_OPT_PATH, AT(kafka_oidc_secret_file), "", 0, 4096,
 "path", "File whose first line is the client's secret.", NULL},
{"kafka.oidc_scope", VG_OPT_TEXT, AT(kafka_oidc_scope), "", 0, 1024, "text",
 "Scope to ask the token for.", NULL},
{"kafka.oidc_extensions", VG_OPT_TEXT, AT(kafka_oidc_extensions), "", 0, 1024,
 "name=value, ...", "Extensions to send to the brokers with the token.", NULL},

{"redis.address", VG_OPT_TEXT, AT(redis_address), "127.0.0.1:6379", 1, 1024,
 "host:port or unix:/path", "The Redis that holds the counters.",
 vg_fault_redis},
{"redis.password_file", VG_OPT_PATH, AT(redis_password_file), "", 0, 4096,
 "path", "File whose first line is the password. Empty: none is sent.", NULL},
{"redis.user", VG_OPT_TEXT, AT(redis_user), "", 0, 256, "text",
 "User of Redis' access rules (docker/redis/users.acl). Empty: the default one.",
 vg_fault_word},
{"redis.tls", VG_OPT_BOOL, AT(redis_tls), "false", 0, 0, "true or false",
 "Speak TLS with Redis; needs a build with hiredis' TLS (Debian 13).", NULL},
{"redis.ca_file", VG_OPT_PATH, AT(redis_ca_file), "", 0, 4096, "path",
 "PEM file of the authority that signs Redis' certificate, and no other's: its "
 "name is not looked at. Required with redis.tls.", NULL},
{"redis.connect_timeout", VG_OPT_DURATION, AT(redis_connect_ms), "1s",
 10 * MS, 1 * MIN, "duration", "Limit on making a connection.", NULL},
{"redis.command_timeout", VG_OPT_DURATION, AT(redis_command_ms), "5s",
 10 * MS, 10 * MIN, "duration",
 "Limit on an answer. Past it the outcome is unknown and is read back.", NULL},

{"hash_key_file", VG_OPT_PATH, AT(hash_key_file), NULL, 1, 4096, "path",
 "File of exactly 16 random bytes, the key of all stored hashes. It must never "
 "change while the store lives.", NULL},

{"ingest.workers", VG_OPT_NUMBER, AT(ingest_workers), "2", 1, 64, "threads",
 "Threads that decode and count.", NULL},
{"ingest.batch_records", VG_OPT_NUMBER, AT(batch_records), "10000", 1, 50000,
 "records", "Most records of one partition applied at once.", NULL},
{"ingest.linger", VG_OPT_DURATION, AT(linger_ms), "5ms", 0, 10 * SEC,
 "duration", "How long a batch waits to fill.", NULL},
{"ingest.dedup_span", VG_OPT_NUMBER, AT(dedup_span), "131072", 1, 16777216,
 "offsets", "How far back in its partition an event id is remembered.", NULL},
{"ingest.recall_span", VG_OPT_NUMBER, AT(recall_span), "0", 0, 16777216,
 "offsets",
 "How far back in its partition a recall reaches. 0: as ingest.dedup_span.",
 NULL},
{"ingest.future_tolerance", VG_OPT_DURATION, AT(future_ms), "5m", 0, 1 * DAY,
 "duration",
 "How far an event's time may lie after its record's before it is set aside.",
 NULL},
{"ingest.cache_mbytes", VG_OPT_NUMBER, AT(cache_mbytes), "32", 1, 65536,
 "MiB", "Memory for what the store is known to hold already.", NULL},

{"stream.entries", VG_OPT_NUMBER, AT(stream_entries), "2048", 1, 1000000,
 "entries",
 "Batches kept on a partition's stream for its followers. One that falls "
 "behind further reads the partition again.", NULL},

{"series.keep_10s", VG_OPT_DURATION, AT(keep_10s_ms), "2h", 1 * MIN, 30 * DAY,
 "duration", "How long, by the log's time, buckets of 10 s are kept.", NULL},
{"series.keep_1m", VG_OPT_DURATION, AT(keep_1m_ms), "48h", 10 * MIN,
 366 * DAY, "duration", "The same for buckets of 1 min.", NULL},
{"series.keep_1h", VG_OPT_DURATION, AT(keep_1h_ms), "90d", 1 * HOUR,
 3660 * DAY, "duration", "The same for buckets of 1 h.", NULL},
{"series.keep_1d", VG_OPT_DURATION, AT(keep_1d_ms), "1095d", 1 * DAY,
 36500 * DAY, "duration", "The same for buckets of 1 d.", NULL},
{"series.values_max", VG_OPT_NUMBER, AT(values_max), "10000", 1, 1000000,
 "values",
 "Values kept of one series, bucket and audience; the rest is summed under "
 "~other.", NULL},

{"series.counted", VG_OPT_TEXT, AT(series_counted), "all", 3, 256, "names",
 "Which series are counted (docs/data-model.md): all, or names separated by "
 "spaces, such as country actor actor+country. partner always is. Fewer cost "
 "less; the API refuses what is not counted. A change needs an empty Redis.",
 NULL},

{"rule.lateness", VG_OPT_DURATION, AT(lateness_ms), "1h", 0, 366 * DAY,
 "duration",
 "How late, beyond the longest rule window, an event still counts for rules.",
 NULL},
{"rule.wait", VG_OPT_DURATION, AT(rule_wait_ms), "1h", 0, 30 * DAY, "duration",
 "Tracks are not swept before the rules have judged them, by a process that "
 "evaluates; when none has got further for so long, they go unjudged.", NULL},
{"rule.groups_max", VG_OPT_NUMBER, AT(groups_max), "1000000", 1, 100000000,
 "groups", "Groups that rules may hold in memory.", NULL},

{"alert.lease", VG_OPT_DURATION, AT(lease_ms), "5s", 100 * MS, 10 * MIN,
 "duration",
 "After this long without a sign of life a standby takes over the rules.",
 NULL},
{"alert.kept", VG_OPT_DURATION, AT(alerts_kept_ms), "90d", 1 * MIN,
 36500 * DAY, "duration", "How long resolved alerts are kept.", NULL},
{"alert.campaign_gap", VG_OPT_DURATION, AT(campaign_gap_ms), "7d", 1 * SEC,
 3650 * DAY, "duration",
 "Alerts of one rule and group that are closer than this are one campaign.",
 NULL},
{"alert.stuck_after", VG_OPT_DURATION, AT(stuck_after_ms), "2m", 1 * SEC, 1 * DAY,
 "duration", "The built-in alert watchdog stays away when a partition is not read, or is "
 "unread and does not move, for so long.", NULL},
{"alert.tick", VG_OPT_DURATION, AT(alert_tick_ms), "20ms", 1 * MS, 10 * SEC,
 "duration", "Pause between two looks at what has changed.", NULL},

{"silence.floor", VG_OPT_DURATION, AT(silence_floor_ms), "5m", 1 * SEC, 30 * DAY,
 "duration",
 "No shorter quiet is called silence, where no cadence is set: a sensor is "
 "silent when it was quiet for twice the longest quiet of its last 24 log "
 "hours, and for this long.", NULL},
{"silence.learning", VG_OPT_DURATION, AT(silence_learning_ms), "24h", 1 * SEC,
 30 * DAY, "duration",
 "A sensor without a set cadence that was heard for less is not judged.",
 NULL},
{"silence.alerts", VG_OPT_BOOL, AT(silence_alerts), "true", 0, 0,
 "true or false",
 "Raise the built-in alert sensor-silent: one for a partner that is silent as "
 "a whole, for all members; else one for a sensor, for its partner and the "
 "joint SOC.", NULL},
{"silence.sensors_max", VG_OPT_NUMBER, AT(sensors_max), "10000", 1, 1000000,
 "sensors",
 "Sensors remembered of one partition; what others say is summed under ~other.",
 NULL},

{"vocabulary.file", VG_OPT_PATH, AT(vocabulary_file), "", 0, 4096, "path",
 "Actors, their synonyms and ATT&CK techniques, as dev/vocab compiles them. "
 "Empty: vocabulary.bin beside the program, or in ../share/vigie from there, if "
 "there is one; without any, names stay as they are sent.", NULL},
{"vocabulary.geo_file", VG_OPT_PATH, AT(geo_file), "", 0, 4096, "path",
 "Address ranges by country (.mmdb), for the source country of an event that "
 "gives an address and no country. Empty: off.", NULL},

{"exercise.database", VG_OPT_NUMBER, AT(exercise_database), "1", 0, 65535,
 "number",
 "The database of the same Redis in which `vigie exercise` counts, apart from "
 "all that is real; nothing else may keep keys that begin with vg: there. 0: "
 "there are no exercises.", NULL},
{"exercise.topics", VG_OPT_TEXT, AT(exercise_prefix), "exercise.", 1, 64,
 "Kafka topic", "The beginning of the topics that an exercise makes and "
 "deletes.", vg_fault_topic},

{"log.level", VG_OPT_TEXT, AT(log_level), "info", 1, 16,
 "debug, info, warn or error", "Least level that is written.",
 vg_fault_level},
{"log.format", VG_OPT_TEXT, AT(log_format), "text", 1, 16,
 "text, json or journal",
 "How: lines of key=value on standard error; an object of JSON a line there; or "
 "entries of the systemd journal, with a field VIGIE_<KEY> for each pair.",
 vg_fault_log_format},
};
/* clang-format on */

enum { OPTIONS_COUNT = sizeof OPTIONS / sizeof OPTIONS[0] };

_Static_assert(sizeof OPTIONS / sizeof OPTIONS[0] <= VG_OPTIONS_MAX,
	       "raise VG_OPTIONS_MAX");

/* What concerns the API stands behind the rest. */
const struct vg_option *vg_option_at(size_t i)
{
	const struct vg_option *more;
	size_t n;

	if (i < OPTIONS_COUNT)
		return &OPTIONS[i];
	more = vg_options_api(&n);
	assert((size_t)OPTIONS_COUNT + n <= VG_OPTIONS_MAX);
	return i - OPTIONS_COUNT < n ? &more[i - OPTIONS_COUNT] : NULL;
}

const struct vg_option *vg_option_find(const char *name, size_t *i)
{
	const struct vg_option *o;

	for (size_t k = 0; (o = vg_option_at(k)) != NULL; k++) {
		if (strcmp(o->name, name) == 0) {
			*i = k;
			return o;
		}
	}
	return NULL;
}

bool vg_option_is_scalar(const struct vg_option *o)
{
	return o->offset != VG_OPT_ELSEWHERE;
}

bool vg_option_is_section(const char *name)
{
	const struct vg_option *o;
	size_t n = strlen(name);

	for (size_t k = 0; (o = vg_option_at(k)) != NULL; k++)
		if (vg_option_is_scalar(o) && strncmp(o->name, name, n) == 0 &&
		    o->name[n] == '.')
			return true;
	return false;
}
