#include "api/credentials.h"

#include <sodium.h>
#include <strings.h>

static const char user[] = "token:";

static bool basic(const char *text, char *room, struct vg_slice *token)
{
	size_t n = 0, skip = sizeof user - 1;

	if (sodium_base642bin((unsigned char *)room, VG_CREDENTIALS_ROOM, text,
			      strlen(text), NULL, &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	if (n <= skip || memcmp(room, user, skip) != 0)
		return false;
	*token = (struct vg_slice){room + skip, (uint32_t)(n - skip)};
	return true;
}

bool vg_credentials(const char *authorization, char *room,
		    struct vg_slice *token)
{
	bool is_basic;

	if (authorization == NULL)
		return false;
	is_basic = strncasecmp(authorization, "Basic ", 6) == 0;
	if (!is_basic && strncasecmp(authorization, "Bearer ", 7) != 0)
		return false;
	authorization += is_basic ? 6 : 7;
	authorization += strspn(authorization, " ");
	if (is_basic)
		return basic(authorization, room, token);
	*token = vg_slice_of(authorization);
	return true;
}
