{{/* How the parts of `partsImage` are told what they are: Dockerfile.evaluation. */}}

{{- define "mainstay.partPorts" -}}
{{- if eq . "postgres" }}
postgres: 5432
{{- else if eq . "kafka" }}
inner: 9092
outside: 9094
{{- else }}
http: 8080
management: 9000
{{- end }}
{{- end }}

{{- define "mainstay.partEnv.postgres" -}}
- name: MAINSTAY_DATABASE_PASSWORDS
  value: /run/secrets/databases
{{- end }}

{{- define "mainstay.partEnv.kafka" -}}
- name: MAINSTAY_KAFKA_HOST
  value: {{ .root.Release.Name }}-kafka
- name: MAINSTAY_KAFKA_SUPER_USERS
  value: {{ join "," (concat (keys .root.Values.services | sortAlpha) (list "gateway" "admin")) }}
- name: MAINSTAY_ISSUER
  value: {{ include "mainstay.issuer" .root }}
- name: MAINSTAY_ISSUER_KEYS
  value: {{ include "mainstay.keycloak.inside" .root }}/realms/mainstay/protocol/openid-connect/certs
- name: MAINSTAY_KAFKA_OUTSIDE
  value: {{ .root.Values.evaluation.kafka.outside | quote }}
{{- range $name, $value := include "mainstay.tlsEnv" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "mainstay.partEnv.keycloak" -}}
- name: MAINSTAY_KEYCLOAK_ADDRESS
  value: {{ .root.Values.evaluation.keycloak.url }}
- name: MAINSTAY_PUBLIC_URL
  value: {{ include "mainstay.publicUrl" .root }}
- name: MAINSTAY_BACK_CHANNEL_URL
  value: http://{{ .root.Release.Name }}-gateway:8080
- name: MAINSTAY_REALM_FILE
  value: /etc/mainstay/realm/mainstay-realm.json
- name: KC_BOOTSTRAP_ADMIN_USERNAME
  value: admin
{{ include "mainstay.databaseUrl" (dict "root" .root "program" "keycloak") }}
{{- range $variable, $key := dict "KC_BOOTSTRAP_ADMIN_PASSWORD" "keycloak-admin" "MAINSTAY_PORTAL_SECRET" "portal-client" "MAINSTAY_IDENTITY_SECRET" "identity-client" "MAINSTAY_ERP_SECRET" "erp-client" "MAINSTAY_WAREHOUSE_SECRET" "warehouse-client" }}
{{ include "mainstay.fromSecret" (dict "root" $.root "variable" $variable "secret" (dict "name" (printf "%s-secrets" $.root.Release.Name) "key" $key)) }}
{{- end }}
{{- end }}

{{- define "mainstay.partProbes.postgres" -}}
startupProbe:
  exec:
    command: [test, -f, /tmp/ready]
  periodSeconds: 3
  timeoutSeconds: 10
  failureThreshold: 60
readinessProbe:
  tcpSocket:
    port: postgres
  periodSeconds: 5
livenessProbe:
  tcpSocket:
    port: postgres
  periodSeconds: 10
  failureThreshold: 6
{{- end }}

{{- define "mainstay.partProbes.kafka" -}}
startupProbe:
  tcpSocket:
    port: inner
  periodSeconds: 2
  failureThreshold: 90
readinessProbe:
  tcpSocket:
    port: inner
  periodSeconds: 5
livenessProbe:
  tcpSocket:
    port: inner
  periodSeconds: 10
  failureThreshold: 6
{{- end }}

{{- define "mainstay.partProbes.keycloak" -}}
startupProbe:
  httpGet:
    path: /health/ready
    port: management
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 100
readinessProbe:
  httpGet:
    path: /health/ready
    port: management
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe:
  httpGet:
    path: /health/live
    port: management
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}
