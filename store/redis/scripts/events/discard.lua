-- Resolves dead letters.
-- KEYS  1 dead, 2 resolved
-- ARGV  1 now, 2 0 for those that follow, or how many of the oldest; then offsets
-- Result how many were resolved
local offsets, many = {}, tonumber(ARGV[2])
if many > 0 then
  offsets = redis.call('ZRANGE', KEYS[1], 0, many - 1)
else
  for i = 3, #ARGV do offsets[#offsets + 1] = ARGV[i] end
end
local resolved = 0
for _, offset in ipairs(offsets) do
  if redis.call('ZREM', KEYS[1], offset) == 1 then
    redis.call('ZADD', KEYS[2], offset, offset .. ' ' .. ARGV[1])
    resolved = resolved + 1
  end
end
return resolved
