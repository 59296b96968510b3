-- An ApplicationSet that another Application makes. Argo CD's own script also waits for its rollout by rings: one cluster
-- that does not get healthy would then hold up every later wave of add-ons, on all clusters.
local health = { status = "Progressing", message = "Argo CD has not looked at it yet" }
if obj.status == nil or obj.status.conditions == nil then return health end
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "ErrorOccurred" then
    if condition.status == "True" then
      return { status = "Degraded", message = condition.message or "ErrorOccurred" }
    end
    health = { status = "Healthy", message = "" }
  end
end
return health
