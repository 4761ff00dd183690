{{- define "vigie.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "vigie.labels" -}}
app.kubernetes.io/name: vigie
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "vigie.scheme" -}}
{{ ternary "HTTP" "HTTPS" .Values.plaintext }}
{{- end }}
