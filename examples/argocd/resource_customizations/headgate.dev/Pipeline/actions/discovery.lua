local annotations = obj.metadata.annotations or {}
local gone = obj.metadata.deletionTimestamp ~= nil
local paused = annotations["headgate.dev/paused"] == "true"
local disabled = obj.spec ~= nil and obj.spec.enabled == false
local actions = {}
actions["reconcile"] = { ["disabled"] = gone }
actions["run"] = { ["disabled"] = gone or paused or disabled }
actions["pause"] = { ["disabled"] = gone or paused }
actions["resume"] = { ["disabled"] = gone or not paused }
return actions
