-- Ends a pause. One that spec.enabled asks for ends in Git.
local annotations = obj.metadata.annotations
if annotations ~= nil then
  annotations["headgate.dev/paused"] = nil
  -- Argo CD takes an empty table for one that is to stay as it was.
  if next(annotations) == nil then
    obj.metadata.annotations = nil
  end
end
return obj
