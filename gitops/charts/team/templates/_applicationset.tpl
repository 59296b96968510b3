{{- /* What all ApplicationSets of a team have in common; a name in backquotes is for Argo CD, not for Helm. */}}

{{- define "team.metadata" }}
  namespace: argocd
  annotations:
    # After the project, and gone before it: an Application without its project cannot be deleted.
    argocd.argoproj.io/sync-wave: "1"
    # With it go its Applications on all clusters, and all that runs by them: a person confirms it.
    argocd.argoproj.io/sync-options: Prune=confirm,Delete=confirm
{{- end }}

{{- define "team.spec" }}
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  # The switch `workloads` of a cluster takes its Applications along: so a cluster is emptied before it goes.
  syncPolicy: {applicationsSync: sync, preserveResourcesOnDeletion: false}
{{- end }}

{{- /* The clusters of the team's tenants that take workloads, with paths of the repositories. */}}
{{- define "team.clusters" -}}
clusters:
  selector:
    matchLabels:
      fleet_member: spoke
      workloads: "true"
      {{- with .key }}
      {{ . }}: "true" # the database is there, and all that is read of it
      enable_external_secrets: "true" # it reads the password
      {{- end }}
    matchExpressions: [{key: tenant, operator: In, values: {{ toJson .Values.tenants }}}]
  values:
    {{- if .files }}
    folder: {{`'{{.metadata.annotations.platform_repo_basepath}}{{.metadata.annotations.platform_repo_path}}'`}}
    {{- else }}
    folder: {{`'{{.metadata.annotations.workload_repo_basepath}}{{.metadata.annotations.workload_repo_path}}'`}}
    {{- end }}
{{- end }}

{{- define "team.labels" }}
        fleet.argosy.dev/cluster: {{`'{{.name}}'`}}
        fleet.argosy.dev/switch: workloads
        fleet.argosy.dev/team: {{ .Values.team }}
        ring: {{`'{{.metadata.labels.ring}}'`}}
        environment: {{`'{{.metadata.labels.environment}}'`}}
        tenant: {{`'{{.metadata.labels.tenant}}'`}}
{{- end }}

{{- define "team.syncPolicy" }}
        automated: {prune: true, selfHeal: true}
        # FailOnSharedResource: what another Application has made stays the other's.
        syncOptions: [ServerSideApply=true, FailOnSharedResource=true]
        # For a quarter of an hour, and not for ever: Argo CD (3.2) deletes no Application that is still trying to sync, so
        # one that cannot would keep its cluster from being emptied.
        retry: {limit: 20, refresh: true, backoff: {duration: 5s, factor: 2, maxDuration: 1m}}
{{- end }}
