{{- define "mainstay.scaling" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - type: Pods
      value: 2
      periodSeconds: 15
scaleDown:
  # Each change of a group's members makes all of them pause for a moment.
  stabilizationWindowSeconds: {{ .autoscaling.scaleDownSeconds }}
  policies:
    - type: Pods
      value: 1
      periodSeconds: 60
{{- end }}

{{/* By CPU and by how far the consumer is behind. KEDA makes the HorizontalPodAutoscaler itself. */}}
{{- define "mainstay.scaledObject" -}}
{{- $scope := . }}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  {{- include "mainstay.metadata" . | nindent 2 }}
spec:
  secretTargetRef:
    - parameter: ca
      {{- if .root.Values.kafka.authority.name }}
      name: {{ .root.Values.kafka.authority.name }}
      key: {{ .root.Values.kafka.authority.key }}
      {{- else }}
      name: {{ include "mainstay.tlsSecret" . }}
      key: ca.crt
      {{- end }}
    - parameter: cert
      name: {{ include "mainstay.tlsSecret" . }}
      key: tls.crt
    - parameter: key
      name: {{ include "mainstay.tlsSecret" . }}
      key: tls.key
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "mainstay.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    name: {{ include "mainstay.name" . }}
  minReplicaCount: {{ .settings.autoscaling.minReplicas }}
  maxReplicaCount: {{ .settings.autoscaling.maxReplicas }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- include "mainstay.scaling" .settings | nindent 8 }}
  triggers:
    - type: cpu
      metricType: Utilization
      metadata:
        value: {{ .settings.autoscaling.targetCpuPercent | quote }}
    {{- range .topics }}
    - type: kafka
      metadata:
        bootstrapServers: {{ include "mainstay.bootstrap" $scope.root }}
        consumerGroup: {{ $scope.program }}
        topic: {{ . }}
        lagThreshold: {{ $scope.settings.autoscaling.kafkaLag.threshold | quote }}
        # Never more replicas than partitions that have something to read.
        limitToPartitionsWithLag: "true"
        scaleToZeroOnInvalidOffset: "false"
        offsetResetPolicy: earliest
        tls: enable
      authenticationRef:
        name: {{ include "mainstay.name" $scope }}
    {{- end }}
{{- end }}
