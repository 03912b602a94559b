{{/* Jobs that bring something up to date: before anything of the release when the parts are outside, and from the
     second release on also when they are inside. */}}

{{- define "mainstay.hookBefore" -}}
helm.sh/hook: {{ ternary "pre-upgrade" "pre-install,pre-upgrade" .root.Values.evaluation.enabled }}
helm.sh/hook-weight: {{ .weight | quote }}
# One that failed stays for a look at it; its log is in Helm's own output too.
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
helm.sh/hook-output-log-policy: {{ .log | default "hook-failed" }}
{{- end }}

{{- define "mainstay.jobSpec" -}}
backoffLimit: {{ .root.Values.jobs.retries }}
activeDeadlineSeconds: {{ .root.Values.jobs.seconds }}
ttlSecondsAfterFinished: {{ .root.Values.jobs.keptSeconds }}
{{- end }}

{{- define "mainstay.waitForParts" -}}
- name: parts
  {{- include "mainstay.containerCommon" . | nindent 2 }}
  command:
    - python
    - -m
    - libs.kit.reach
    - --seconds=600
    - {{ .root.Release.Name }}-postgres:5432
    - {{ .root.Release.Name }}-kafka:9092
    {{- range .more }}
    - {{ . }}
    {{- end }}
  resources:
    {{- toYaml .root.Values.jobs.resources | nindent 4 }}
  volumeMounts:
    - name: tmp
      mountPath: /tmp
{{- end }}

{{/* What runs a program's command beside its servers: a container with its settings and secrets.
     `root`, `program`, `name`, `arguments`. Volumes: `mainstay.commandVolumes`. */}}
{{- define "mainstay.command" -}}
{{- $programs := include "mainstay.programs" .root | fromYaml }}
{{- $scope := dict "root" .root "program" .program "settings" (get $programs .program) }}
- name: {{ .name }}
  {{- include "mainstay.containerCommon" . | nindent 2 }}
  command: {{ .arguments | toJson }}
  env:
    {{- range $name, $value := include "mainstay.env" $scope | fromYaml }}
    - name: {{ $name }}
      value: {{ $value | quote }}
    {{- end }}
    {{- include "mainstay.secretEnv" $scope | nindent 4 }}
    {{- range .more }}
    - {{ toYaml . | nindent 6 | trim }}
    {{- end }}
  resources:
    {{- toYaml .root.Values.jobs.resources | nindent 4 }}
  volumeMounts:
    - name: tls-{{ .program }}
      mountPath: /etc/mainstay/tls
      readOnly: true
    {{- range fromYamlArray (include "mainstay.mounts" $scope) }}
    {{- if ne .name "tls" }}
    - {{ toYaml . | nindent 6 | trim }}
    {{- end }}
    {{- end }}
    {{- range .mounts }}
    - {{ toYaml . | nindent 6 | trim }}
    {{- end }}
{{- end }}
