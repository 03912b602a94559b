{{/* Names and labels. Everything of a release is named <release>-<component>. */}}

{{- define "mainstay.name" -}}
{{ printf "%s-%s" .root.Release.Name .component | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "mainstay.selector" -}}
app.kubernetes.io/name: mainstay
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "mainstay.labels" -}}
{{ include "mainstay.selector" . }}
app.kubernetes.io/part-of: mainstay
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "mainstay.metadata" -}}
name: {{ include "mainstay.name" . }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "mainstay.labels" . | nindent 2 }}
{{- end }}

{{/* The services and the gateway, each with its values over the defaults: a map of program to values, as YAML. */}}
{{- define "mainstay.programs" -}}
{{- $programs := dict -}}
{{- range $name, $own := .Values.services -}}
{{- $_ := set $programs $name (mustMergeOverwrite (deepCopy $.Values.defaults) (deepCopy ($own | default dict))) -}}
{{- end -}}
{{- $_ := set $programs "gateway" (mustMergeOverwrite (deepCopy .Values.defaults) (deepCopy .Values.gateway)) -}}
{{- toYaml $programs -}}
{{- end }}

{{- define "mainstay.module" -}}
{{ if eq . "gateway" }}gateway{{ else }}services.{{ . }}{{ end }}
{{- end }}

{{- define "mainstay.image" -}}
{{- $image := .image -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $image.repository $image.digest }}
{{- else -}}
{{ printf "%s:%s" $image.repository ($image.tag | default .root.Chart.AppVersion) }}
{{- end -}}
{{- end }}

{{/* Where things are: of the parts inside in the evaluation, and of what the values name otherwise. */}}

{{- define "mainstay.publicUrl" -}}
{{ .Values.publicUrl | trimSuffix "/" }}
{{- end }}

{{- define "mainstay.bootstrap" -}}
{{- if .Values.evaluation.enabled -}}
{{ .Release.Name }}-kafka:9092
{{- else -}}
{{ .Values.kafka.bootstrap }}
{{- end -}}
{{- end }}

{{- define "mainstay.keycloak.inside" -}}
http://{{ .Release.Name }}-keycloak:8080
{{- end }}

{{- define "mainstay.issuer" -}}
{{- if .Values.evaluation.enabled -}}
{{ .Values.evaluation.keycloak.url }}/realms/mainstay
{{- else -}}
{{ .Values.keycloak.issuer }}
{{- end -}}
{{- end }}

{{/* Keycloak's own address, which account and realm are managed at; empty: the issuer is managed elsewhere. */}}
{{- define "mainstay.keycloak.url" -}}
{{- if .Values.evaluation.enabled -}}
{{ include "mainstay.keycloak.inside" . }}
{{- else if .Values.keycloak.url -}}
{{ .Values.keycloak.url | trimSuffix "/" }}
{{- else if and .Values.keycloak.manageAccounts (contains "/realms/" .Values.keycloak.issuer) -}}
{{ regexReplaceAll "/realms/.*$" .Values.keycloak.issuer "" }}
{{- end -}}
{{- end }}

{{- define "mainstay.realm" -}}
{{ regexReplaceAll "^.*/realms/([^/]+).*$" (include "mainstay.issuer" .) "${1}" }}
{{- end }}

{{- define "mainstay.services" -}}
{{- $addresses := list -}}
{{- range $name := keys .Values.services | sortAlpha -}}
{{- $at := include "mainstay.name" (dict "root" $ "component" $name) -}}
{{- $addresses = append $addresses (printf "%s=dns:///%s.%s.svc.%s:50051" $name $at $.Release.Namespace $.Values.clusterDomain) -}}
{{- end -}}
{{ join "," $addresses }}
{{- end }}

{{/* Who may talk to whom and who reads what, derived from the contract. */}}
{{- define "mainstay.edges" -}}
{{ .Files.Get "files/edges.yaml" }}
{{- end }}

{{/* The names of a process's certificate: what it is, and where it is reached. */}}
{{- define "mainstay.dnsNames" -}}
{{- $at := printf "%s-%s" .root.Release.Name .program -}}
- {{ .program }}
- localhost
- {{ $at }}
- {{ $at }}.{{ .root.Release.Namespace }}.svc
- {{ $at }}.{{ .root.Release.Namespace }}.svc.{{ .root.Values.clusterDomain }}
{{- end }}

{{/* Names everything at once that only you can say. */}}
{{- define "mainstay.complete" -}}
{{- if not (regexMatch "^[a-z][-a-z0-9]{0,39}$" .Release.Name) -}}
{{- /* A Service's name begins with a letter and has no dot; a CronJob's has 52 characters, 12 of them `-backup-keys`. */ -}}
{{- fail (printf "the release's name %s: Services and CronJobs are named after it, so it begins with a letter, has letters, digits and hyphens, and 40 of them at most" .Release.Name) -}}
{{- end -}}
{{- $missing := list -}}
{{- if not .Values.publicUrl }}{{ $missing = append $missing "publicUrl (the https address people open)" }}{{ end -}}
{{- if not .Values.evaluation.enabled -}}
{{- if not .Values.kafka.bootstrap }}{{ $missing = append $missing "kafka.bootstrap (host:port,host:port of your Kafka)" }}{{ end -}}
{{- if not .Values.keycloak.issuer }}{{ $missing = append $missing "keycloak.issuer (exactly as tokens name it)" }}{{ end -}}
{{- end -}}
{{- if $missing -}}
{{- fail (printf "values are missing: %s. To try Mainstay out, give -f profiles/evaluation.yaml" (join ", " $missing)) -}}
{{- end -}}
{{- end }}
