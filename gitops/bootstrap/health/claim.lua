-- A claim: XEKSCluster, or EKSCluster with its composite. Argo CD knows no health of our kinds, and would take a claim
-- for done at once.
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
-- What was said of an older spec says nothing: after a push a wave would go on, or fail, by yesterday's answer.
local function stale(condition)
  local seen, now = condition.observedGeneration, obj.metadata.generation
  return seen ~= nil and now ~= nil and seen < now
end
local function says(condition)
  return condition.type .. ": " .. (condition.message or condition.reason or condition.status)
end

local synced, ready = found["Synced"], found["Ready"]
if synced ~= nil and synced.status == "False" and synced.reason == "ReconcilePaused" then
  return answer("Suspended", "paused by an annotation: nothing is changed and nothing is repaired")
end
if synced == nil or stale(synced) then
  return answer("Progressing", "Crossplane has not seen this version yet")
end
if synced.status == "False" then -- also what the function refuses: the claim may be Ready all the same
  return answer("Degraded", says(synced))
end

-- The function's conditions. A reason that is not in these tables needs a person.
local parts = {
  "NetworkReady", "ControlPlaneReady", "ComputeReady", "AddonsReady", "DatabasesReady", "Registered", "Deletable",
}
local fine = { Active = true, Protected = true, Releasing = true }
local waits = { Creating = true, Changing = true, Waiting = true }
local waiting
for _, part in ipairs(parts) do
  local condition = found[part]
  if condition ~= nil and condition.status ~= "True" and not stale(condition) then
    local reason = condition.reason or ""
    if condition.status == "False" and not fine[reason] and not waits[reason] then
      return answer("Degraded", says(condition))
    end
    -- the guard against deletion comes and goes without the cluster
    if waiting == nil and part ~= "Deletable" then
      waiting = condition
    end
  end
end

if synced.status ~= "True" then
  return answer("Progressing", says(synced))
end
if ready ~= nil and ready.status == "True" and not stale(ready) and waiting == nil then
  return answer("Healthy")
end
if waiting ~= nil then
  return answer("Progressing", says(waiting))
end
return answer("Progressing", ready ~= nil and not stale(ready) and says(ready) or "it is not Ready yet")
