{{- define "mainstay.databases" -}}
{{- $names := append (keys .Values.services | sortAlpha) "gateway" -}}
{{- if or .Values.backup.keycloak .Values.evaluation.enabled -}}
{{- $names = append $names "keycloak" -}}
{{- end -}}
{{ $names | toJson }}
{{- end }}

{{/* Each database's address from its own Secret, put together where the pod starts. */}}
{{- define "mainstay.backupEnv" -}}
{{- $pairs := list }}
{{- range include "mainstay.databases" .root | fromJsonArray }}
{{ include "mainstay.databaseUrl" (dict "root" $.root "program" . "variable" (printf "DATABASE_%s" (upper .))) }}
{{- $pairs = append $pairs (printf "%s=$(DATABASE_%s)" . (upper .)) }}
{{- end }}
- name: MAINSTAY_BACKUP_DATABASES
  value: {{ join "," $pairs | quote }}
{{ include "mainstay.fromSecret" (dict "root" .root "variable" "MAINSTAY_KEYRING" "secret" .root.Values.secrets.keyring) }}
{{- end }}

{{/* Archives stand in a folder of each volume: its root may have a `lost+found`, which is none. */}}
{{- define "mainstay.backupMounts" -}}
- name: data
  mountPath: /backups/data
  readOnly: {{ .readOnly }}
- name: keys
  mountPath: /backups/keys
  readOnly: {{ .readOnly }}
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "mainstay.backupVolumes" -}}
- name: data
  persistentVolumeClaim:
    claimName: {{ .Values.backup.data.existingClaim | default (printf "%s-backup-data" .Release.Name) }}
- name: keys
  persistentVolumeClaim:
    claimName: {{ .Values.backup.keys.existingClaim | default (printf "%s-backup-keys" .Release.Name) }}
- name: tmp
  emptyDir:
    sizeLimit: 1Gi
{{- end }}

{{/* Claims of one node at a time: a backup's pod goes where another one is at work. It has to bear the label itself, or
     the scheduler would want one that is there before. */}}
{{- define "mainstay.backupAffinity" -}}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "mainstay.selector" (dict "root" . "component" "backup") | nindent 12 }}
{{- end }}

{{- define "mainstay.restoreCommand" -}}
{{- $from := printf "/backups/data%s" (ternary "" (printf "/%s" .Values.restore.from) (empty .Values.restore.from)) -}}
{{- $command := list "python" "-m" "libs.kit.backup" "restore" $from "--keys" "/backups/keys/keys" -}}
{{- if .Values.restore.replace }}{{ $command = append $command "--replace" }}{{ end -}}
{{- if .Values.restore.keepTopics }}{{ $command = append $command "--keep-topics" }}{{ end -}}
{{ $command | toJson }}
{{- end }}

{{/* Whether the programs wait for a restore that runs beside them: with the parts inside. */}}
{{- define "mainstay.resting" -}}
{{- if and .Values.evaluation.enabled .Values.restore.enabled }}yes{{ end -}}
{{- end }}
