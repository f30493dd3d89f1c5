import type { Kind } from '../../../foundation/ids.ts';

/** Where an object says that it rests on purpose; kinds without such a switch have none. */
const RESTS: Partial<Record<Kind, string>> = {
  Pipeline: `local annotations = obj.metadata.annotations or {}
if annotations["headgate.dev/paused"] == "true" then
  return { status = "Suspended", message = "paused by the annotation headgate.dev/paused" }
end
if spec.enabled == false then
  return { status = "Suspended", message = "paused by spec.enabled" }
end
`,
  Connection: `if spec.enabled == false then
  return { status = "Suspended", message = "disabled by spec.enabled" }
end
`,
  Repository: `if spec.suspend == true then
  return { status = "Suspended", message = "syncing is suspended by spec.suspend" }
end
`,
};

/**
 * The script by which Argo CD judges objects of a kind. It runs with the base and table libraries of Lua 5.1 and nothing else:
 * that is all that Argo CD gives a script of its configuration.
 */
export function healthLua(kind: Kind): string {
  const rests = RESTS[kind] ?? '';
  return `-- The health of a ${kind} of headgate.dev. Its conditions follow kstatus: Ready is always there, Reconciling and Stalled only while true.
if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "being deleted: what runs is drained first" }
end
${rests === '' ? '' : `local spec = obj.spec or {}\n${rests}`}
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
`;
}
