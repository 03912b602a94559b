{{/* What every pod of ours has in common. */}}

{{- define "mainstay.podSecurity" -}}
runAsNonRoot: true
{{- with .uid }}
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "mainstay.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "mainstay.podCommon" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "mainstay.podSecurity" (dict "uid" .root.Values.podSecurity.uid) | nindent 2 }}
{{- end }}

{{/* A container of the platform's image: its image, security and room to write. `root`. */}}
{{- define "mainstay.containerCommon" -}}
image: {{ include "mainstay.image" (dict "root" .root "image" .root.Values.image) }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- include "mainstay.containerSecurity" . | nindent 2 }}
{{- end }}

{{/* One variable from a Secret. `variable`, `secret` {name, key}. */}}
{{- define "mainstay.fromSecret" -}}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ tpl .secret.name .root }}
      key: {{ .secret.key }}
{{- end }}

{{- define "mainstay.databaseUrl" -}}
- name: {{ .variable | default "MAINSTAY_DATABASE_URL" }}
  valueFrom:
    secretKeyRef:
      name: {{ tpl .root.Values.database.secretPrefix .root }}{{ .program }}
      key: {{ .root.Values.database.secretKey }}
{{- end }}

{{/* The secrets of a program: every one by reference. `root`, `program`. */}}
{{- define "mainstay.secretEnv" -}}
{{- $secrets := .root.Values.secrets -}}
{{ include "mainstay.databaseUrl" . }}
{{ include "mainstay.fromSecret" (dict "root" .root "variable" "MAINSTAY_KEYRING" "secret" $secrets.keyring) }}
{{ include "mainstay.fromSecret" (dict "root" .root "variable" "MAINSTAY_WORKLOAD_SECRET" "secret" $secrets.workload) }}
{{- if eq .program "gateway" }}
{{ include "mainstay.fromSecret" (dict "root" .root "variable" "MAINSTAY_OIDC_CLIENT_SECRET" "secret" $secrets.portalClient) }}
{{- end }}
{{- if and (eq .program "identity") (include "mainstay.keycloak.url" .root) }}
{{ include "mainstay.fromSecret" (dict "root" .root "variable" "MAINSTAY_KEYCLOAK_CLIENT_SECRET" "secret" $secrets.identityClient) }}
{{- end }}
{{- end }}

{{/* The certificate of a program, mounted where `mainstay.tlsEnv` says; and the authorities of outside parts. */}}
{{- define "mainstay.tlsSecret" -}}
{{ tpl .root.Values.tls.secretPrefix .root }}{{ .program }}
{{- end }}

{{- define "mainstay.tlsEnv" -}}
MAINSTAY_TLS_AUTHORITY: /etc/mainstay/tls/ca.crt
MAINSTAY_TLS_CERTIFICATE: /etc/mainstay/tls/tls.crt
MAINSTAY_TLS_KEY: /etc/mainstay/tls/tls.key
{{- if .root.Values.kafka.authority.name }}
MAINSTAY_BUS_AUTHORITY: /etc/mainstay/kafka/ca.crt
{{- end }}
{{- end }}

{{/* Kafka, for a Job that is no program: as `admin`, the one of ours that may do everything with all topics. */}}
{{- define "mainstay.busEnv" -}}
- name: MAINSTAY_BUS_URL
  value: kafka://{{ include "mainstay.bootstrap" .root }}
{{- range $name, $value := include "mainstay.tlsEnv" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Whether a program asks Keycloak, for whose certificate an authority of the company's vouches. `root`, `program`. */}}
{{- define "mainstay.keycloakAuthority" -}}
{{- $asks := or (eq .program "gateway") (and (eq .program "identity") (include "mainstay.keycloak.url" .root)) -}}
{{- if and $asks .root.Values.keycloak.authority.name (not .root.Values.evaluation.enabled) }}yes{{ end -}}
{{- end }}

{{/* The authority that vouches for PostgreSQL, wherever a database's address is used: the address may name it. */}}
{{- define "mainstay.databaseMount" -}}
{{- if and .Values.database.authority.name (not .Values.evaluation.enabled) -}}
- name: database-authority
  mountPath: /etc/mainstay/database
  readOnly: true
{{- end }}
{{- end }}

{{- define "mainstay.databaseVolume" -}}
{{- if and .Values.database.authority.name (not .Values.evaluation.enabled) -}}
- name: database-authority
  secret:
    secretName: {{ .Values.database.authority.name }}
    items:
      - key: {{ .Values.database.authority.key }}
        path: ca.crt
{{- end }}
{{- end }}

{{/* What `mainstay.tlsEnv` names: the certificate of a program, and the brokers' authority. `root`, `program`. */}}
{{- define "mainstay.tlsMounts" -}}
- name: tls
  mountPath: /etc/mainstay/tls
  readOnly: true
{{- if .root.Values.kafka.authority.name }}
- name: kafka-authority
  mountPath: /etc/mainstay/kafka
  readOnly: true
{{- end }}
{{- end }}

{{- define "mainstay.tlsVolumes" -}}
- name: tls
  secret:
    secretName: {{ include "mainstay.tlsSecret" . }}
    defaultMode: 0440
{{- with .root.Values.kafka.authority }}
{{- if .name }}
- name: kafka-authority
  secret:
    secretName: {{ .name }}
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- end }}

{{- define "mainstay.mounts" -}}
{{ include "mainstay.tlsMounts" . }}
- name: tmp
  mountPath: /tmp
{{- if ne .program "admin" }}
{{ include "mainstay.databaseMount" .root }}
{{- end }}
{{- if include "mainstay.keycloakAuthority" . }}
- name: keycloak-authority
  mountPath: /etc/mainstay/keycloak
  readOnly: true
{{- end }}
{{- end }}

{{- define "mainstay.volumes" -}}
{{ include "mainstay.tlsVolumes" . }}
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
{{- if ne .program "admin" }}
{{ include "mainstay.databaseVolume" .root }}
{{- end }}
{{- if include "mainstay.keycloakAuthority" . }}
- name: keycloak-authority
  secret:
    secretName: {{ .root.Values.keycloak.authority.name }}
    items:
      - key: {{ .root.Values.keycloak.authority.key }}
        path: ca.crt
{{- end }}
{{- end }}

{{/* What a program is told beside its secrets. `root`, `program`, `settings` (its merged values). */}}
{{- define "mainstay.env" -}}
{{- $told := include "mainstay.told" . | fromYaml -}}
{{- $secret := list -}}
{{- range include "mainstay.secretEnv" . | fromYamlArray }}{{ $secret = append $secret .name }}{{ end -}}
{{- range $name, $value := .settings.env -}}
{{- if or (hasKey $told $name) (has $name $secret) -}}
{{- fail (printf "%s: env.%s is what the chart says by itself, from other values and Secrets; give those" $.program $name) -}}
{{- end -}}
{{- $_ := set $told $name (toString $value) -}}
{{- end -}}
{{- toYaml $told -}}
{{- end }}

{{/* The chart's own part of it. */}}
{{- define "mainstay.told" -}}
MAINSTAY_VERSION: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
MAINSTAY_BUS_URL: kafka://{{ include "mainstay.bootstrap" .root }}
MAINSTAY_SERVICES: {{ include "mainstay.services" .root }}
MAINSTAY_ADMIN_LISTEN: 0.0.0.0:9090
MAINSTAY_DRAIN_SECONDS: {{ .settings.drain.seconds | quote }}
MAINSTAY_DATABASE_POOL: {{ .settings.databasePool | quote }}
MAINSTAY_TIME_ZONE: {{ .root.Values.timeZone }}
MAINSTAY_OTLP_ENDPOINT: {{ .root.Values.monitoring.otlpEndpoint | quote }}
{{ include "mainstay.tlsEnv" . }}
{{- if eq .program "gateway" }}
MAINSTAY_PUBLIC_URL: {{ include "mainstay.publicUrl" .root }}
MAINSTAY_LISTEN: 0.0.0.0:8080
MAINSTAY_EDGE_LISTEN: 0.0.0.0:8081
MAINSTAY_ISSUER: {{ include "mainstay.issuer" .root }}
MAINSTAY_ISSUER_ADDRESS: {{ include "mainstay.issuerAddress" .root | quote }}
MAINSTAY_MORE_HOSTS: {{ include "mainstay.moreHosts" . | quote }}
MAINSTAY_TRUSTED_PROXIES: {{ .settings.trustedProxies | quote }}
MAINSTAY_USERNAME_CLAIM: {{ .root.Values.keycloak.usernameClaim }}
MAINSTAY_FIRST_ACR: {{ .root.Values.keycloak.firstAcr | quote }}
MAINSTAY_STEP_UP_ACR: {{ .root.Values.keycloak.stepUpAcr | quote }}
{{- if .settings.listenTls }}
MAINSTAY_LISTEN_CERTIFICATE: /etc/mainstay/listen/tls.crt
MAINSTAY_LISTEN_KEY: /etc/mainstay/listen/tls.key
MAINSTAY_EDGE_CERTIFICATE: /etc/mainstay/listen/tls.crt
MAINSTAY_EDGE_KEY: /etc/mainstay/listen/tls.key
{{- end }}
{{- else }}
MAINSTAY_GRPC_LISTEN: 0.0.0.0:50051
MAINSTAY_GRPC_CONNECTION_SECONDS: {{ .settings.connectionSeconds | quote }}
{{- end }}
{{- if and (eq .program "identity") (include "mainstay.keycloak.url" .root) }}
MAINSTAY_KEYCLOAK_URL: {{ include "mainstay.keycloak.url" .root }}
MAINSTAY_KEYCLOAK_REALM: {{ include "mainstay.realm" .root }}
MAINSTAY_KEYCLOAK_CLIENT_ID: mainstay-identity
{{- end }}
{{- if include "mainstay.keycloakAuthority" . }}
MAINSTAY_KEYCLOAK_AUTHORITY: /etc/mainstay/keycloak/ca.crt
{{- end }}
{{- end }}

{{/* Where the front door asks for what the issuer publishes, when that is not the issuer's own address. */}}
{{- define "mainstay.issuerAddress" -}}
{{- if .Values.evaluation.enabled -}}
{{ include "mainstay.keycloak.inside" . }}/realms/mainstay
{{- else -}}
{{ .Values.keycloak.issuerAddress }}
{{- end -}}
{{- end }}

{{/* The front door's names inside the cluster: Keycloak reports sign-outs there in the evaluation. */}}
{{- define "mainstay.moreHosts" -}}
{{- $gateway := include "mainstay.name" (dict "root" .root "component" "gateway") -}}
{{- $hosts := list -}}
{{- if .root.Values.evaluation.enabled -}}
{{- $hosts = list (printf "%s:8080" $gateway) -}}
{{- end -}}
{{ join "," (concat $hosts .settings.moreHosts) }}
{{- end }}
