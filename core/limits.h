/*
 * limits - every fixed bound on what comes from outside, in one place.
 *
 * What an operator may change is in the option table (core/options.c); what
 * the data model or the format fixes is here. Each has a test at the limit
 * and one past it.
 */
#ifndef VG_CORE_LIMITS_H
#define VG_CORE_LIMITS_H

enum {
	VG_RECORD_MAX = 65536,	   /* bytes of one Kafka record's value      */
	VG_JSON_DEPTH_MAX = 32,	   /* nested arrays and objects              */
	VG_JSON_TOKENS_MAX = 8192, /* values in one record                  */
	VG_ID_MAX = 128,	   /* bytes of an event id                   */
	VG_SENSOR_MAX = 64,	   /* bytes of a sensor name                 */
	VG_ACTOR_MAX = 128,	   /* bytes of an actor name                 */
	VG_ACTORS_MAX = 8,	   /* actors named by one event              */
	VG_TECHNIQUES_MAX = 16,	   /* techniques named by one event          */
	VG_INDICATORS_MAX = 32,	   /* indicators of one event                */
	VG_INDICATOR_MAX = 2048,   /* bytes of one indicator's value         */
	VG_INDICATOR_GROWTH = 48,  /* most that a canonical form is longer   */
	VG_FIELDS_MAX = 64,	   /* scalars under `fields`                 */
	VG_FIELD_NAME_MAX = 128,   /* bytes of a name under `fields`         */
	VG_FIELD_VALUE_MAX = 1024, /* bytes of a string under `fields`      */
	VG_ORIGIN_MAX = 64,	   /* bytes of origin.partner or origin.feed */
	VG_RECALL_IDS_MAX = 4096,  /* ids that one recall names               */
	/* Recalled records kept beyond the reach of recalls, for back-fills. */
	VG_RECALLED_KEPT_MAX = 100000,
	VG_COUNT_MAX = 1000000, /* occurrences one record stands for      */
	VG_PARTNERS_MAX = 61,	/* slots 0..60                            */
	VG_AUDIENCE_SETS_MAX = 256,
	VG_OVERLAPS_MAX = 4096, /* entries of one partition             */
	VG_SENSORS_DECLARED_MAX = 1024, /* of one partner, in the config */
	VG_SIGN_KEYS_MAX = 16,	  /* public keys of one partner              */
	VG_PARTITIONS_MAX = 1024, /* partitions of all partners' topics     */
	VG_RULES_MAX = 1024,
	VG_RULE_FILE_MAX = 1 << 20,   /* bytes of a rule file                */
	VG_CONFIG_FILE_MAX = 1 << 20, /* bytes of the config file           */
	VG_TOKEN_FILE_MAX = 1 << 20,  /* bytes of the token file             */
	VG_TOKENS_MAX = 4096,
	VG_AUDIT_LINE_MAX = 4096, /* bytes of an entry of an audit log    */
	VG_TRACKS_MAX = 2048,	  /* of the rules that all share            */
	/* What one partner's own rules may be (docs/own-rules.md). */
	VG_OWN_RULES_MAX = 16,
	VG_OWN_WATCHLISTS_MAX = 8,
	VG_OWN_ENTRIES_MAX = 500, /* values of one watchlist              */
	VG_OWN_TRACKS_MAX = 32,	  /* tracks that its rules alone need     */
	VG_OWN_TEXT_MAX = 16384,  /* bytes of one, as JSON                */
	VG_OWN_FILES_MAX = 32,	  /* files in the configuration           */
	VG_TRACKS_ALL = 4096, /* holds both for all partners; 64 divides it  */
	VG_HTTP_URL_MAX = 8192,	  /* bytes of a request target              */
	VG_HTTP_BODY_MAX = 16384, /* bytes of a request's body           */
	VG_QUERY_POINTS_MAX = 11000,   /* time steps of one series answer     */
	VG_PACK_BYTES_MAX = 128 << 20, /* hours kept by value, all of a view  */
	VG_QUERY_CELLS_MAX = 2000000,  /* cells that one query may visit     */
	VG_TOP_MAX = 1000 /* rows of one /v1/top answer             */
};

#endif
