local actions = {}
actions["reconcile"] = { ["disabled"] = obj.metadata.deletionTimestamp ~= nil }
return actions
