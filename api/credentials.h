/*
 * credentials - the token in an Authorization header: "Bearer TOKEN", or, for
 * clients that know nothing else, "Basic" with user `token` and the token as
 * the password. The scheme's case does not matter.
 *
 * Threads: pure.
 */
#ifndef VG_API_CREDENTIALS_H
#define VG_API_CREDENTIALS_H

#include "core/slice.h"

enum { VG_CREDENTIALS_ROOM = 512 }; /* bytes of user and password */

/* The token; it borrows `authorization` (NULL: none sent) or `room`, of
 * VG_CREDENTIALS_ROOM bytes. False when there is none. */
bool vg_credentials(const char *authorization, char *room,
		    struct vg_slice *token);

#endif
