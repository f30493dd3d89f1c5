-- Starts one run.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["headgate.dev/run"] = os.date("!%Y-%m-%dT%XZ")
return obj
