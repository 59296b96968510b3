-- A package of Crossplane. Argo CD's own script waits for ever for one that cannot become healthy.
local function answer(status, message)
  return { status = status, message = message or "" }
end

if obj.status == nil or obj.status.conditions == nil then
  return answer("Progressing", "Crossplane has not looked at it yet")
end
local found = {}
for _, condition in ipairs(obj.status.conditions) do
  found[condition.type] = condition
end
local synced, installed, healthy = found["Synced"], found["Installed"], found["Healthy"]
if synced ~= nil and synced.status == "False" and synced.reason == "ReconcilePaused" then
  return answer("Suspended", "paused by an annotation")
end
for _, condition in ipairs({ installed or {}, healthy or {} }) do
  local seen, now = condition.observedGeneration, obj.metadata.generation
  if seen ~= nil and now ~= nil and seen < now then
    return answer("Progressing", "Crossplane has not seen this version yet")
  end
end
if installed == nil or healthy == nil or installed.status == "Unknown" or healthy.status == "Unknown" then
  return answer("Progressing", "it is not installed and healthy yet")
end
if installed.status == "False" and installed.reason == "InactivePackageRevision" then
  return answer("Suspended", "somebody must activate its revision")
end
-- So begins every package (core v2.4.0, apis/pkg/v1/conditions.go): Degraded would end the first installation.
local begins = {
  ['Package revision health is "Unknown"'] = true,
  ['Package runtime health is "Unknown"'] = true,
}
for _, condition in ipairs({ installed, healthy }) do
  if condition.status ~= "True" then
    local message = condition.message or condition.reason
    return answer(begins[message] and "Progressing" or "Degraded", message)
  end
end
return answer("Healthy")
