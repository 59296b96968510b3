-- An Application that another one makes. Argo CD has no health of it since 1.8: waves of Applications would not wait.
local health = { status = "Progressing", message = "Argo CD has not looked at it yet" }
if obj.status ~= nil and obj.status.health ~= nil and obj.status.health.status ~= nil then
  health.status = obj.status.health.status
  health.message = obj.status.health.message or ""
end
return health
