/*
 * event_seeds - records to begin from when two readers are held against each
 * other: every member and type of the format, each side of most limits.
 */
#ifndef VG_TESTS_EVENT_SEEDS_H
#define VG_TESTS_EVENT_SEEDS_H

#define SEED_HEAD                                                              \
	"{\"id\":\"q-1\",\"time\":\"2026-01-02T03:04:05Z\",\"sensor\":\"s1\"," \
	"\"category\":\"fraud\""

static const char *const event_seed[] = {
	SEED_HEAD "}",
	SEED_HEAD ",\"partner\":\"MA\",\"sensor_kind\":\"ids\",\"sector\":"
		  "\"energy\",\"severity\":10,\"confidence\":0,\"count\":7}",
	SEED_HEAD ",\"country\":\"IL\",\"source_country\":\"XK\"}",
	SEED_HEAD ",\"country\":\"XK\"}",
	SEED_HEAD ",\"actor\":\"Dune 4\",\"technique\":\"T1190\"}",
	SEED_HEAD ",\"actor\":[{\"name\":\"Dune 4\",\"confidence\":7},"
		  "\"Dune 4\",{\"name\":\"Reef\"},null]}",
	SEED_HEAD ",\"actor\":[{\"name\":\"A\",\"confidence\":1},"
		  "{\"confidence\":9.0,\"name\":\"A\",\"x\":[]}]}",
	SEED_HEAD ",\"actor\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
		  "\"8\"]}",
	SEED_HEAD ",\"technique\":[\"T1190\",\"T1059.001\",\"T1190\"]}",
	SEED_HEAD ",\"tlp\":\"TLP:AMBER+STRICT\"}",
	SEED_HEAD ",\"tlp\":\"WHITE\",\"releasable_to\":[]}",
	SEED_HEAD ",\"tlp\":\"RED\",\"releasable_to\":[\"US\",\"BH\","
		  "\"COALITION\",\"ZZ\"]}",
	SEED_HEAD ",\"origin\":{\"partner\":\"BH\",\"feed\":null,\"id\":"
		  "\"u7\"}}",
	SEED_HEAD ",\"origin\":{\"feed\":\"open feed\",\"more\":{\"a\":1}}}",
	SEED_HEAD ",\"indicators\":[{\"type\":\"ipv4\",\"value\":"
		  "\"203.0.113.9\"},{\"value\":\"203.0.113.9\",\"type\":"
		  "\"ipv4\"}]}",
	SEED_HEAD ",\"indicators\":[{\"type\":\"ipv6\",\"value\":"
		  "\"2001:DB8:0:0:1::\"},{\"type\":\"domain\",\"value\":"
		  "\"Bad.Example.\"}]}",
	SEED_HEAD ",\"indicators\":[{\"type\":\"url\",\"value\":"
		  "\"HTTP://Bad.Example:80/a/../%41?q\"},{\"type\":"
		  "\"email\",\"value\":\"X@Bad.Example\"}]}",
	SEED_HEAD ",\"indicators\":[{\"type\":\"md5\",\"value\":"
		  "\"0123456789ABCDEF0123456789abcdef\"}]}",
	SEED_HEAD ",\"fields\":{\"port\":443,\"ratio\":-0.5e-3,\"ok\":true,"
		  "\"no\":false,\"gone\":null,\"text\":\"\"}}",
	SEED_HEAD ",\"fields\":{\"\\u0061\":1,\"b\\u00e9\":\"\\n\","
		  "\"\xf0\x9f\x98\x80\":0.1}}",
	SEED_HEAD ",\"fields\":{\"big\":9007199254740992,\"huge\":1e308,"
		  "\"tiny\":5e-324,\"minus\":-0}}",
	SEED_HEAD ",\"count\":1000000,\"severity\":5.0,\"confidence\":1e2}",
	SEED_HEAD ",\"later\":{\"deep\":[[[[{\"a\":[]}]]]]},\"tlp\":null}",
	"{\"id\":\"\\u0065\\ud83d\\ude00\",\"time\":1767323045.25,\"sensor\":"
	"\"caf\xc3\xa9 \\\"1\\\"\",\"category\":\"other\"}",
	"{\"\\u0069d\":\"x\",\"t\\u0069me\":0,\"sensor\":\"s\",\"category\":"
	"\"t\\u0065st\"}",
	"{\"id\":\"x\",\"time\":99999999999,\"sensor\":\"s\",\"category\":"
	"\"test\"}",
	"{\"id\":\"x\",\"time\":100000000000,\"sensor\":\"s\",\"category\":"
	"\"test\"}",
	"{\"id\":\"x\",\"time\":\"9999-12-31T23:59:60.5+00:00\",\"sensor\":"
	"\"s\",\"category\":\"intrusions\"}",
	" {\t\"recall\" : {\"sensor\":\"s1\",\"ids\":[\"q-1\"]},\r\n\"id\":"
	"null} ",
	"{\"recall\":true,\"id\":\"x\"}",
	"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,"
	"\"i\":9,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,"
	"\"q\":1,\"r\":1,\"s\":1,\"t\":1,\"u\":1,\"v\":1,\"w\":1,\"x\":1,"
	"\"y\":1,\"z\":1,\"\\u0041\":1}",
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	"[9007199254740992,-9007199254740992,1e308,-0,1.25,\"\xf0\x9f\x98\x80"
	"\"]",
	"\"a\\\"b\\\\c\\u00e9\xe2\x82\xac\"",
	"null"};

enum { EVENT_SEEDS = sizeof event_seed / sizeof event_seed[0] };

#endif
