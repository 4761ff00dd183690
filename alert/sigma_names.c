#include "alert/sigma_names.h"

#include <stddef.h>

/* By Sigma's names: windows and sysmon, then network, web, mail and cloud. */
static const struct {
	const char *sigma, *ecs;
} row[] = {
	{"CommandLine", "process.command_line"},
	{"Computer", "host.name"},
	{"ComputerName", "host.name"},
	{"CurrentDirectory", "process.working_directory"},
	{"DestinationHostname", "destination.domain"},
	{"DestinationIp", "destination.ip"},
	{"DestinationPort", "destination.port"},
	{"EventID", "event.code"},
	{"FileName", "file.name"},
	{"Hostname", "host.name"},
	{"Image", "process.executable"},
	{"ImageLoaded", "dll.path"},
	{"IpAddress", "source.ip"},
	{"IpPort", "source.port"},
	{"OriginalFileName", "process.pe.original_file_name"},
	{"ParentCommandLine", "process.parent.command_line"},
	{"ParentImage", "process.parent.executable"},
	{"ParentProcessId", "process.parent.pid"},
	{"ProcessId", "process.pid"},
	{"Protocol", "network.transport"},
	{"Provider_Name", "event.provider"},
	{"QueryName", "dns.question.name"},
	{"ServiceName", "service.name"},
	{"SourceHostname", "source.domain"},
	{"SourceIp", "source.ip"},
	{"SourcePort", "source.port"},
	{"TargetFilename", "file.path"},
	{"TargetObject", "registry.path"},
	{"TargetUserName", "user.target.name"},
	{"User", "user.name"},
	{"WorkstationName", "source.domain"},
	{"action", "event.action"},
	{"c-ip", "source.ip"},
	{"c-uri", "url.original"},
	{"c-uri-query", "url.query"},
	{"c-uri-stem", "url.path"},
	{"c-useragent", "user_agent.original"},
	{"cs-bytes", "http.request.body.bytes"},
	{"cs-host", "url.domain"},
	{"cs-method", "http.request.method"},
	{"cs-referer", "http.request.referrer"},
	{"cs-referrer", "http.request.referrer"},
	{"cs-uri-query", "url.query"},
	{"cs-uri-stem", "url.path"},
	{"cs-user-agent", "user_agent.original"},
	{"cs-username", "user.name"},
	{"dst_ip", "destination.ip"},
	{"dst_port", "destination.port"},
	{"eventName", "event.action"},
	{"eventSource", "event.provider"},
	{"hostname", "host.name"},
	{"protocol", "network.transport"},
	{"query", "dns.question.name"},
	{"r-dns", "url.domain"},
	{"record_type", "dns.question.type"},
	{"s-ip", "destination.ip"},
	{"sc-bytes", "http.response.body.bytes"},
	{"sc-status", "http.response.status_code"},
	{"src_ip", "source.ip"},
	{"src_port", "source.port"},
	{"username", "user.name"},
};

const char *vg_sigma_other_name(struct vg_slice field)
{
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (vg_slice_eq(field, vg_slice_of(row[i].sigma)))
			return row[i].ecs;
	return NULL;
}
