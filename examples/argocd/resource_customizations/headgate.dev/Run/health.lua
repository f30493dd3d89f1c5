-- The health of a Run of headgate.dev. Its conditions follow kstatus: Ready is always there, Reconciling and Stalled only while true.
if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "being deleted: what runs is drained first" }
end

local status = obj.status
if status == nil or status.conditions == nil then
  return { status = "Progressing", message = "the controller has not looked at it yet" }
end
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "the controller has not seen the last change yet" }
end
local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end
local stalled, reconciling, ready = conditions.Stalled, conditions.Reconciling, conditions.Ready
if stalled ~= nil and stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end
if reconciling ~= nil and reconciling.status == "True" then
  return { status = "Progressing", message = reconciling.message }
end
if ready ~= nil and ready.status == "True" then
  return { status = "Healthy", message = ready.message }
end
if ready ~= nil and ready.status == "False" then
  return { status = "Degraded", message = ready.message }
end
return { status = "Progressing", message = "not ready yet" }
