#include "ingest/fmt_cef.h"
#include "ingest/native_more.h"

/* Both the short and the full name of a key, in a table where a perfect hash of
 * its length and its first, middle and last byte finds them: two rows in one
 * place do not compile (the second initialiser is an error), and wrong bytes
 * fail the test that reads every key. */
enum { KEY_SLOTS = 256 };

#define KEY_SLOT(len, first, middle, last)                                     \
	((12u * (unsigned)(len) + (unsigned)(first) +                          \
	  36u * (unsigned)(middle) + 10u * (unsigned)(last)) %                 \
	 KEY_SLOTS)
#define KEY(name_, first, middle, last, what_, field_)                         \
	[KEY_SLOT(sizeof(name_) - 1, first, middle, last)] = {                 \
		.name = (name_),                                               \
		.len = sizeof(name_) - 1,                                      \
		.what = (what_),                                               \
		.field = (field_)}

static const struct vg_cef_key keys[KEY_SLOTS] = {
	KEY("act", 'a', 'c', 't', VG_CEF_FIELD, "event.action"),
	KEY("app", 'a', 'p', 'p', VG_CEF_FIELD, "network.protocol"),
	KEY("applicationProtocol", 'a', 'o', 'l', VG_CEF_FIELD,
	    "network.protocol"),
	KEY("baseEventCount", 'b', 'n', 't', VG_CEF_COUNT, NULL),
	KEY("bytesIn", 'b', 'e', 'n', VG_CEF_NUMBER, "source.bytes"),
	KEY("bytesOut", 'b', 's', 't', VG_CEF_NUMBER, "destination.bytes"),
	KEY("c6a2", 'c', 'a', '2', VG_CEF_SOURCE, NULL),
	KEY("c6a3", 'c', 'a', '3', VG_CEF_TARGET, NULL),
	KEY("cat", 'c', 'a', 't', VG_CEF_CATEGORY, NULL),
	KEY("cnt", 'c', 'n', 't', VG_CEF_COUNT, NULL),
	KEY("destinationAddress", 'd', 'o', 's', VG_CEF_TARGET, NULL),
	KEY("destinationHostName", 'd', 'o', 'e', VG_CEF_FIELD,
	    "destination.domain"),
	KEY("destinationPort", 'd', 't', 't', VG_CEF_NUMBER,
	    "destination.port"),
	KEY("deviceAction", 'd', 'A', 'n', VG_CEF_FIELD, "event.action"),
	KEY("deviceAddress", 'd', 'A', 's', VG_CEF_ADDRESS, NULL),
	KEY("deviceCustomIPv6Address2", 'd', 'I', '2', VG_CEF_SOURCE, NULL),
	KEY("deviceCustomIPv6Address3", 'd', 'I', '3', VG_CEF_TARGET, NULL),
	KEY("deviceEventCategory", 'd', 'n', 'y', VG_CEF_CATEGORY, NULL),
	KEY("deviceHostName", 'd', 'o', 'e', VG_CEF_HOST, NULL),
	KEY("deviceReceiptTime", 'd', 'c', 'e', VG_CEF_RECEIPT, NULL),
	KEY("dhost", 'd', 'o', 't', VG_CEF_FIELD, "destination.domain"),
	KEY("dpt", 'd', 'p', 't', VG_CEF_NUMBER, "destination.port"),
	KEY("dst", 'd', 's', 't', VG_CEF_TARGET, NULL),
	KEY("dvc", 'd', 'v', 'c', VG_CEF_ADDRESS, NULL),
	KEY("dvchost", 'd', 'h', 't', VG_CEF_HOST, NULL),
	KEY("end", 'e', 'n', 'd', VG_CEF_END, NULL),
	KEY("endTime", 'e', 'T', 'e', VG_CEF_END, NULL),
	KEY("eventOutcome", 'e', 'u', 'e', VG_CEF_FIELD, "event.outcome"),
	KEY("externalId", 'e', 'n', 'd', VG_CEF_FIELD, "event.id"),
	KEY("fileHash", 'f', 'H', 'h', VG_CEF_HASH, NULL),
	KEY("fileName", 'f', 'N', 'e', VG_CEF_FIELD, "file.name"),
	KEY("filePath", 'f', 'P', 'h', VG_CEF_FIELD, "file.path"),
	KEY("filename", 'f', 'n', 'e', VG_CEF_FIELD, "file.name"),
	KEY("fname", 'f', 'a', 'e', VG_CEF_FIELD, "file.name"),
	KEY("in", 'i', 'n', 'n', VG_CEF_NUMBER, "source.bytes"),
	KEY("out", 'o', 'u', 't', VG_CEF_NUMBER, "destination.bytes"),
	KEY("outcome", 'o', 'c', 'e', VG_CEF_FIELD, "event.outcome"),
	KEY("proto", 'p', 'o', 'o', VG_CEF_FIELD, "network.transport"),
	KEY("reason", 'r', 's', 'n', VG_CEF_FIELD, "event.reason"),
	KEY("request", 'r', 'u', 't', VG_CEF_URL, NULL),
	KEY("requestMethod", 'r', 't', 'd', VG_CEF_FIELD,
	    "http.request.method"),
	KEY("requestUrl", 'r', 's', 'l', VG_CEF_URL, NULL),
	KEY("rt", 'r', 't', 't', VG_CEF_RECEIPT, NULL),
	KEY("shost", 's', 'o', 't', VG_CEF_FIELD, "source.domain"),
	KEY("sourceAddress", 's', 'A', 's', VG_CEF_SOURCE, NULL),
	KEY("sourceHostName", 's', 'o', 'e', VG_CEF_FIELD, "source.domain"),
	KEY("sourcePort", 's', 'e', 't', VG_CEF_NUMBER, "source.port"),
	KEY("spt", 's', 'p', 't', VG_CEF_NUMBER, "source.port"),
	KEY("src", 's', 'r', 'c', VG_CEF_SOURCE, NULL),
	KEY("start", 's', 'a', 't', VG_CEF_START, NULL),
	KEY("startTime", 's', 't', 'e', VG_CEF_START, NULL),
	KEY("transportProtocol", 't', 't', 'l', VG_CEF_FIELD,
	    "network.transport"),
};

/* What the words of a category or name begin with; an earlier row goes before
 * a later one. */
static const struct vg_native_word categories[] = {
	{"phish", VG_RSIT_FRAUD},
	{"fraud", VG_RSIT_FRAUD},
	{"malicious-code", VG_RSIT_MALICIOUS_CODE},
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"ransom", VG_RSIT_MALICIOUS_CODE},
	{"virus", VG_RSIT_MALICIOUS_CODE},
	{"trojan", VG_RSIT_MALICIOUS_CODE},
	{"botnet", VG_RSIT_MALICIOUS_CODE},
	{"spyware", VG_RSIT_MALICIOUS_CODE},
	{"command and control", VG_RSIT_MALICIOUS_CODE},
	{"ddos", VG_RSIT_AVAILABILITY},
	{"denial of service", VG_RSIT_AVAILABILITY},
	{"flood", VG_RSIT_AVAILABILITY},
	{"availability", VG_RSIT_AVAILABILITY},
	{"exfiltrat", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"data leak", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"information-content-security", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"spam", VG_RSIT_ABUSIVE_CONTENT},
	{"abusive-content", VG_RSIT_ABUSIVE_CONTENT},
	{"port scan", VG_RSIT_INFORMATION_GATHERING},
	{"portscan", VG_RSIT_INFORMATION_GATHERING},
	{"recon", VG_RSIT_INFORMATION_GATHERING},
	{"probe", VG_RSIT_INFORMATION_GATHERING},
	{"sweep", VG_RSIT_INFORMATION_GATHERING},
	{"information-gathering", VG_RSIT_INFORMATION_GATHERING},
	{"compromis", VG_RSIT_INTRUSIONS},
	{"backdoor", VG_RSIT_INTRUSIONS},
	{"intrusions", VG_RSIT_INTRUSIONS},
	{"brute", VG_RSIT_INTRUSION_ATTEMPTS},
	{"exploit", VG_RSIT_INTRUSION_ATTEMPTS},
	{"injection", VG_RSIT_INTRUSION_ATTEMPTS},
	{"intrusion", VG_RSIT_INTRUSION_ATTEMPTS},
	{"login fail", VG_RSIT_INTRUSION_ATTEMPTS},
	{"logon fail", VG_RSIT_INTRUSION_ATTEMPTS},
	{"failed login", VG_RSIT_INTRUSION_ATTEMPTS},
	{"attack", VG_RSIT_INTRUSION_ATTEMPTS},
	{"vulnerab", VG_RSIT_VULNERABLE},
	{NULL, 0}};

const struct vg_cef_key *vg_cef_key_find(struct vg_slice key)
{
	if (key.n == 0)
		return NULL;
	const struct vg_cef_key *k = &keys[KEY_SLOT(
		key.n, (unsigned char)key.p[0], (unsigned char)key.p[key.n / 2],
		(unsigned char)key.p[key.n - 1])];
	if (k->len != key.n || memcmp(k->name, key.p, key.n) != 0)
		return NULL;
	return k;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The first row, before `best`, that `text` begins with; else `best`. */
static int row_of(struct vg_slice text, int best)
{
	char first = (char)(text.p[0] | 0x20);

	for (int k = 0; k < best; k++) {
		const char *word = categories[k].word;

		if (word[0] != first)
			continue;
		uint32_t n = (uint32_t)strlen(word);
		if (n <= text.n &&
		    vg_native_same((struct vg_slice){text.p, n}, word))
			return k;
	}
	return best;
}

int vg_cef_class(struct vg_slice text)
{
	const int none = (int)(sizeof categories / sizeof categories[0]) - 1;
	int best = none;

	for (uint32_t i = 0; i < text.n; i++) {
		if (is_letter(text.p[i]) &&
		    (i == 0 || !is_letter(text.p[i - 1])))
			best = row_of((struct vg_slice){text.p + i, text.n - i},
				      best);
	}
	return best < none ? categories[best].value : -1;
}
