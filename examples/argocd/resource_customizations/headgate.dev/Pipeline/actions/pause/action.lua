-- Nothing starts until it is resumed; what runs is drained.
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["headgate.dev/paused"] = "true"
return obj
