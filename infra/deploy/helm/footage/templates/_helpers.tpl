{{- define "footage.labels" -}}
app.kubernetes.io/name: footage
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "footage.match" -}}
{{ include "footage.labels" . | fromYaml | toJson }}
{{- end }}

{{- define "footage.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* What every pod has. No service links: their variables begin with the release's name, and
       Footage refuses FOOTAGE_ variables that are no settings. */}}
{{- define "footage.pod" -}}
enableServiceLinks: false
automountServiceAccountToken: false
serviceAccountName: {{ .Release.Name }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch   # else each start would open the home folder to the group
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
initContainers:
  # Mounted Secrets can be read by the pod's group, which Footage refuses for cameras' credentials:
  # copies, in memory, that the user alone can read.
  - name: secrets
    image: {{ include "footage.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    command:
      - sh
      - -euc
      - |
        umask 077
        cd /mounted
        for folder in *; do
          mkdir -p "/run/footage/$folder"
          for file in "$folder"/*; do
            install --mode 0400 "$file" "/run/footage/$file"
          done
        done
    resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 64Mi}}
    securityContext: {{- include "footage.container" . | nindent 6 }}
    volumeMounts:
      - {name: secrets, mountPath: /run/footage}
      - {name: store, mountPath: /mounted/store, readOnly: true}
      - {name: catalogue, mountPath: /mounted/catalogue, readOnly: true}
      - {name: database, mountPath: /mounted/database, readOnly: true}
      {{- if .Values.secrets.cameras }}
      - {name: cameras, mountPath: /mounted/cameras, readOnly: true}
      {{- end }}
{{- end }}

{{- define "footage.container" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "footage.mounts" -}}
- {name: secrets, mountPath: /run/footage, readOnly: true}
- {name: state, mountPath: /var/lib/footage}
- {name: cache, mountPath: /var/cache/footage}
- {name: tmp, mountPath: /tmp}
{{- if .Values.policies }}
- {name: policies, mountPath: /etc/footage, readOnly: true}
{{- end }}
{{- if .Values.encoderClaim }}
- {name: encoder, mountPath: /encoder, readOnly: true}
{{- end }}
{{- end }}

{{- define "footage.volumes" -}}
- {name: secrets, emptyDir: {medium: Memory, sizeLimit: 16Mi}}
- {name: cache, emptyDir: {}}
- {name: tmp, emptyDir: {}}
- {name: store, secret: {secretName: {{ .Values.secrets.store }}, defaultMode: 0440}}
- {name: catalogue, secret: {secretName: {{ .Values.secrets.catalogue }}, defaultMode: 0440}}
- {name: database, secret: {secretName: {{ .Values.secrets.database }}, defaultMode: 0440}}
{{- if .Values.secrets.cameras }}
- {name: cameras, secret: {secretName: {{ .Values.secrets.cameras }}, defaultMode: 0440}}
{{- end }}
{{- if .Values.policies }}
- {name: policies, configMap: {name: {{ .Release.Name }}-policies}}
{{- end }}
{{- if .Values.encoderClaim }}
- {name: encoder, persistentVolumeClaim: {claimName: {{ .Values.encoderClaim }}, readOnly: true}}
{{- end }}
{{- end }}

{{- define "footage.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: {{ . }}}
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: {{ . }}}
  periodSeconds: 15
  timeoutSeconds: 5
{{- end }}

{{- define "footage.annotations" -}}
checksum/settings: {{ include (print $.Template.BasePath "/settings.yaml") . | sha256sum }}
{{- end }}
