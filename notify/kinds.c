#include "notify/kinds.h"

#include "alert/campaign.h"
#include "notify/transport.h"
#include "notify/words.h"

static const struct vg_receiver_kind kinds[] = {
	{"webhook", vg_webhook_check, vg_webhook_send},
	{"alertmanager", vg_alertmanager_check, vg_alertmanager_send},
	{"kafka", vg_topic_check, vg_topic_send},
	{"smtp", vg_smtp_check, vg_smtp_send},
	{"syslog", vg_syslog_check, vg_syslog_send},
};

const struct vg_receiver_kind *vg_receiver_kind(const char *type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

static enum vg_rc check_secret(const char *path, struct vg_err *err)
{
	char secret[VG_NOTIFY_SECRET_MAX];
	enum vg_rc rc;

	if (!vg_is_set(path))
		return VG_OK;
	rc = vg_secret_read(secret, sizeof secret, path, err);
	vg_secret_wipe(secret, sizeof secret);
	return rc;
}

static enum vg_rc check_one(const struct vg_receiver *to, struct vg_err *err)
{
	const struct vg_receiver_kind *kind = vg_receiver_kind(to->type);
	unsigned stages = 0;
	enum vg_rc rc;

	if (kind == NULL)
		return vg_err_set(err, VG_INVAL,
				  "%.16s is no type; write webhook, "
				  "alertmanager, kafka, smtp or syslog",
				  to->type);
	if (!vg_word_knows(to->language))
		return vg_err_set(err, VG_INVAL,
				  "there are no words in %.8s; write en, fr, "
				  "ar or he",
				  to->language);
	if (!vg_stages_parse(to->send_stages, &stages))
		return vg_err_set(err, VG_INVAL,
				  "send_stages %.40s is not a list of stages; "
				  "they are " VG_STAGES,
				  to->send_stages);
	rc = kind->check(to, err);
	if (rc == VG_OK)
		rc = check_secret(to->secret_file, err);
	if (rc == VG_OK)
		rc = check_secret(to->password_file, err);
	return rc;
}

enum vg_rc vg_receivers_check(const struct vg_config *cfg, struct vg_err *err)
{
	struct vg_err why = {0};

	for (size_t i = 0; i < cfg->n_receivers; i++)
		if (check_one(&cfg->receivers[i], &why) != VG_OK)
			return vg_err_set(err, VG_INVAL, "receiver %.32s: %s",
					  cfg->receivers[i].name, why.text);
	return VG_OK;
}

void vg_way_term(struct vg_way *w)
{
	vg_transport_close(w);
}
