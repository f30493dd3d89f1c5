-- The oldest members of several sorted sets together, but for the newest `keep` of all: what a slice of pruning deletes.
-- KEYS sorted sets with times as scores
-- ARGV 1 keep, 2 how many to answer at most
-- Answers pairs: the member, the number of its set.
local taken, left, total = {}, tonumber(ARGV[2]), 0
local heads = {}
for n, key in ipairs(KEYS) do
  total = total + redis.call('ZCARD', key)
  heads[n] = { items = redis.call('ZRANGE', key, 0, left - 1, 'WITHSCORES'), at = 1 }
end
-- Order of bytes, as sorted sets have it; `<` of texts would follow the locale of the server.
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
left = math.min(left, total - tonumber(ARGV[1]))
while left > 0 do
  local first
  for n, head in ipairs(heads) do
    local member = head.items[head.at]
    if member then
      local score = tonumber(head.items[head.at + 1])
      if not first or score < first.score or (score == first.score and before(member, first.member)) then
        first = { member = member, score = score, set = n }
      end
    end
  end
  if not first then break end
  heads[first.set].at = heads[first.set].at + 2
  taken[#taken + 1] = first.member
  taken[#taken + 1] = first.set
  left = left - 1
end
return taken
