#include "alert/doc_public.h"

#include <cjson/cJSON.h>

void vg_doc_public(struct cJSON *node)
{
	cJSON *next;

	for (cJSON *c = node->child; c != NULL; c = next) {
		next = c->next;
		if (c->string != NULL && c->string[0] == '_')
			cJSON_Delete(cJSON_DetachItemViaPointer(node, c));
		else
			vg_doc_public(c);
	}
}
