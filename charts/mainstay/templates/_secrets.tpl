{{/* Whether the Secrets are there that only you can make: asked before anything is made, of a cluster that can be asked. */}}

{{/* All that some pod of a release needs and none of its templates makes: a map of Secret to keys, as YAML. */}}
{{- define "mainstay.secretsNeeded" -}}
{{- $needed := dict -}}
{{- $programs := append (keys .Values.services | sortAlpha) "gateway" -}}
{{- range ternary (append $programs "keycloak") $programs (and .Values.backup.enabled .Values.backup.keycloak) -}}
{{- $_ := set $needed (printf "%s%s" (tpl $.Values.database.secretPrefix $) .) (list $.Values.database.secretKey) -}}
{{- end -}}
{{- $named := dict "portalClient" true "keyring" true "workload" true "identityClient" (include "mainstay.keycloak.url" .) -}}
{{- range $which, $wanted := $named -}}
{{- if $wanted -}}
{{- $one := index $.Values.secrets $which -}}
{{- $name := tpl $one.name $ -}}
{{- $_ := set $needed $name (append (get $needed $name | default list) $one.key) -}}
{{- end -}}
{{- end -}}
{{- if not .Values.tls.certManager.enabled -}}
{{- range append $programs "admin" -}}
{{- $_ := set $needed (include "mainstay.tlsSecret" (dict "root" $ "program" .)) (list "tls.crt" "tls.key" "ca.crt") -}}
{{- end -}}
{{- end -}}
{{- range list .Values.kafka.authority .Values.database.authority .Values.keycloak.authority -}}
{{- if .name -}}
{{- $_ := set $needed .name (append (get $needed .name | default list) .key) -}}
{{- end -}}
{{- end -}}
{{- $realm := .Values.keycloak.realm -}}
{{- if and $realm.apply $realm.adminSecret (include "mainstay.keycloak.url" .) (not .Values.restore.enabled) -}}
{{- $_ := set $needed $realm.adminSecret (list "username" "password") -}}
{{- end -}}
{{- with .Values.gateway.listenTls -}}
{{- $_ := set $needed . (list "tls.crt" "tls.key") -}}
{{- end -}}
{{- toYaml $needed -}}
{{- end }}

{{/* `helm template` asks no cluster, and there every look-up finds nothing: a namespace always has this ServiceAccount. */}}
{{- define "mainstay.secretsThere" -}}
{{- if and (not .Values.evaluation.enabled) (lookup "v1" "ServiceAccount" .Release.Namespace "default") -}}
{{- $missing := list -}}
{{- range $name, $keys := include "mainstay.secretsNeeded" . | fromYaml -}}
{{- $there := (lookup "v1" "Secret" $.Release.Namespace $name).data | default dict -}}
{{- $lacks := list -}}
{{- range $keys -}}
{{- if not (hasKey $there .) }}{{ $lacks = append $lacks . }}{{ end -}}
{{- end -}}
{{- if $lacks }}{{ $missing = append $missing (printf "%s (%s)" $name (join ", " $lacks)) }}{{ end -}}
{{- end -}}
{{- if $missing -}}
{{- fail (printf "Secrets are missing in the namespace %s: %s. charts/mainstay/examples/secrets.yaml shows each" .Release.Namespace (join ", " $missing)) -}}
{{- end -}}
{{- end -}}
{{- end }}
