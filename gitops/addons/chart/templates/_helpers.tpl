{{/* A template for the ApplicationSet controller; Helm would take its braces for its own. */}}
{{- define "addons.later" -}}
{{ printf "{{%s}}" . }}
{{- end -}}

{{/* Selector of the clusters that a rule is about: the add-on's own, and the rule's labels. */}}
{{- define "addons.selector" -}}
matchLabels:
  {{ .switch }}: {{ .value | quote }}
{{- with .match }}
matchExpressions:
  {{- range $label, $values := . }}
  - {key: {{ $label }}, operator: In, values: {{ kindIs "slice" $values | ternary $values (list $values) | toJson }}}
  {{- end }}
{{- end }}
{{- end -}}

{{/* One row for each cluster that has the switch, with the version for it in .values.version. */}}
{{- define "addons.generators" -}}
{{- $base := dict "switch" .switch "value" .value -}}
{{- if .entry.versions -}}
# A later generator adds no row, it overrides those that the first one made: the last match wins.
- merge:
    mergeKeys: [server]
    generators:
      - clusters:
          selector:
            {{- include "addons.selector" $base | nindent 12 }}
          values:
            version: {{ .entry.version | quote }}
      {{- range .entry.versions }}
      - clusters:
          selector:
            {{- include "addons.selector" (merge (dict "match" .match) $base) | nindent 12 }}
          values:
            version: {{ .version | quote }}
      {{- end }}
{{- else -}}
- clusters:
    selector:
      {{- include "addons.selector" $base | nindent 6 }}
    {{- with .entry.version }}
    values:
      version: {{ . | quote }}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* Ring by ring: the next one starts when every Application of this one is healthy. */}}
{{- define "addons.strategy" -}}
strategy:
  type: RollingSync
  rollingSync:
    steps:
      {{- range $index, $ring := .rings }}
      - matchExpressions:
          - {key: ring, operator: In, values: [{{ $ring | quote }}]}
        {{- if $index }}
        maxUpdate: {{ $.maxUpdate }}
        {{- end }}
      {{- end }}
      # The hub, and a ring that is missing above: an Application of no step is never synced.
      - matchExpressions:
          - {key: ring, operator: NotIn, values: {{ .rings | toJson }}}
        maxUpdate: {{ .maxUpdate }}
{{- end -}}

{{/* From the weakest to the strongest. No file has to be there. */}}
{{- define "addons.valueFiles" -}}
{{- $base := include "addons.later" ".metadata.annotations.addons_repo_basepath" -}}
{{- $path := include "addons.later" ".metadata.annotations.addons_repo_path" -}}
{{- $folder := printf "$values/%s%s/values" $base $path -}}
{{- $environment := include "addons.later" ".metadata.labels.environment" -}}
- {{ printf "%s/default/%s.yaml" $folder .name | squote }}
- {{ printf "%s/environments/%s/%s.yaml" $folder $environment .name | squote }}
- {{ printf "%s/rings/%s/%s.yaml" $folder (include "addons.later" ".metadata.labels.ring") .name | squote }}
- {{ printf "%s/tenants/%s/%s.yaml" $folder (include "addons.later" ".metadata.labels.tenant") .name | squote }}
- {{ printf "%s/clusters/%s/%s.yaml" $folder (include "addons.later" ".name") .name | squote }}
{{- end -}}

{{- define "addons.repository" -}}
repoURL: {{ include "addons.later" ".metadata.annotations.addons_repo_url" | squote }}
targetRevision: {{ include "addons.later" ".metadata.annotations.addons_repo_revision" | squote }}
{{- end -}}

{{/* Folder of a small chart of this repository, beside the add-ons. */}}
{{- define "addons.chartPath" -}}
{{ include "addons.later" ".metadata.annotations.addons_repo_basepath" }}charts/{{ . }}
{{- end -}}

{{- define "addons.metadata" -}}
metadata:
  name: {{ printf "%s-%s" .kind .name }}
  namespace: argocd
  annotations:
    argocd.argoproj.io/sync-wave: {{ .entry.wave | quote }}
    # An entry that is lost from the registry would uninstall an add-on from the whole fleet.
    argocd.argoproj.io/sync-options: Prune=confirm,Delete=confirm
{{- end -}}

{{- define "addons.labels" -}}
fleet.argosy.dev/cluster: {{ include "addons.later" ".name" | squote }}
fleet.argosy.dev/part: {{ .kind }}
fleet.argosy.dev/switch: {{ .switch }}
ring: {{ include "addons.later" ".metadata.labels.ring" | squote }}
environment: {{ include "addons.later" ".metadata.labels.environment" | squote }}
tenant: {{ include "addons.later" ".metadata.labels.tenant" | squote }}
{{- end -}}

{{- define "addons.syncPolicy" -}}
syncPolicy:
  automated: {prune: true, selfHeal: true}
  syncOptions:
    - CreateNamespace=true
    # Some CRDs are larger than the annotation of a client-side apply may be.
    - ServerSideApply=true
  retry:
    # A new cluster's nodes, and the CRDs of other add-ons, may take their time: about 20 minutes. Not for ever: Argo CD
    # (3.2) deletes no Application that is still trying to sync, so one that cannot would keep its cluster from being
    # emptied. With the newest commit each time: else a retry would repeat the mistake that somebody has just corrected.
    limit: 20
    refresh: true
    backoff: {duration: 15s, factor: 2, maxDuration: 1m}
{{- end -}}
