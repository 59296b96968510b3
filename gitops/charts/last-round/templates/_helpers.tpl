{{- define "last-round.name" -}}
{{ .Values.name }}-last-round
{{- end -}}

{{/* Rules of a role: list of each resource, and of nothing else. */}}
{{- define "last-round.list" -}}
{{- range . }}
{{- range .resources }}
{{- $parts := splitn "." 2 . }}
- {apiGroups: [{{ $parts._1 | default "" | quote }}], resources: [{{ $parts._0 }}], verbs: [list]}
{{- end }}
{{- end }}
{{- end -}}
