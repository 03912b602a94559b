{{- define "mainstay.peers" -}}
{{- range .components }}
- podSelector:
    matchLabels:
      {{- include "mainstay.selector" (dict "root" $.root "component" .) | nindent 6 }}
{{- end }}
{{- end }}

{{/* Ways out to parts: inside in the evaluation, and where the values say otherwise. `root`, `parts`. */}}
{{- define "mainstay.egress" -}}
{{- $inside := dict "database" (list "postgres" 5432) "kafka" (list "kafka" 9092) "keycloak" (list "keycloak" 8080) }}
{{- range .parts }}
{{- if and $.root.Values.evaluation.enabled (hasKey $inside .) }}
- ports:
    - port: {{ index (get $inside .) 1 }}
  to:
    {{- include "mainstay.peers" (dict "root" $.root "components" (list (index (get $inside .) 0))) | nindent 4 }}
{{- else }}
{{- $where := index $.root.Values.networkPolicy.outside . }}
- ports:
    {{- range $where.ports }}
    - port: {{ . }}
    {{- end }}
  {{- with $where.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The way out to name servers. The root. */}}
{{- define "mainstay.names" -}}
- to:
    {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
  ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end }}

{{/* The pods beside the programs, and the parts each needs. */}}
{{- define "mainstay.jobParts" -}}
{{- range $name := append (keys .Values.services | sortAlpha) "gateway" }}
migrate-{{ $name }}: [database]
{{- end }}
topics: {{ ternary "[database, kafka]" "[kafka]" .Values.evaluation.enabled }}
check: [database, kafka, keycloak]
{{- if or .Values.keycloak.realm.apply .Values.evaluation.enabled }}
realm-job: [keycloak]
{{- end }}
{{- if .Values.backup.enabled }}
backup: [database]
{{- end }}
{{- if .Values.restore.enabled }}
restore: [database, kafka]
{{- end }}
{{- if and .Values.evaluation.enabled .Values.evaluation.demo.enabled (not .Values.restore.enabled) }}
demo: [database, kafka, keycloak]
{{- end }}
{{- end }}

{{/* Those of them that hooks run before anything else of the release: a list. */}}
{{- define "mainstay.jobsBefore" -}}
{{- range $name := append (keys .Values.services | sortAlpha) "gateway" }}
- migrate-{{ $name }}
{{- end }}
{{- if not (and .Values.evaluation.enabled .Release.IsInstall) }}
- topics
{{- end }}
- realm-job
{{- if not .Values.evaluation.enabled }}
- restore
{{- end }}
{{- end }}
