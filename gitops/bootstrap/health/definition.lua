-- A CompositeResourceDefinition. Argo CD's own script is content with Established: a claim in the next wave would be
-- refused, because its kind is not offered yet.
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
local wanted = { "Established" }
if obj.spec ~= nil and obj.spec.claimNames ~= nil then
  wanted = { "Established", "Offered" }
end
for _, kind in ipairs(wanted) do
  local condition = found[kind]
  local seen, now = condition and condition.observedGeneration, obj.metadata.generation
  if condition == nil or condition.status ~= "True" or (seen ~= nil and now ~= nil and seen < now) then
    return answer("Progressing", condition and condition.message or "it is not " .. kind .. " yet")
  end
end
return answer("Healthy")
