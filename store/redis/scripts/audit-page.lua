-- A page of records of changes, newest first (Audit.list).
-- KEYS 1 records, 2 ends, 3 times of all
-- ARGV 1 from, 2 to (both as ZREVRANGEBYSCORE has them), 3 how many at most, 4 id to go on behind, or '', 5 its time
-- Answers for each: the record and its end, as JSON.
local limit = tonumber(ARGV[3])
local page = {}
local function take(ids)
  for _, id in ipairs(ids) do
    if #page >= limit then return end
    page[#page + 1] = { redis.call('HGET', KEYS[1], id), redis.call('HGET', KEYS[2], id) }
  end
end
-- Order of bytes, as sorted sets have it; `<` of texts would follow the locale of the server.
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
if ARGV[4] ~= '' then
  local rest = {}
  for _, id in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[3], ARGV[5], ARGV[5])) do
    if before(id, ARGV[4]) then rest[#rest + 1] = id end
  end
  take(rest)
end
if #page < limit then take(redis.call('ZREVRANGEBYSCORE', KEYS[3], ARGV[2], ARGV[1], 'LIMIT', 0, limit - #page)) end
return page
