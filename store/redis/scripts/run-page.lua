-- A page of the runs in several sorted sets together, in the order of (time, id).
-- KEYS sorted sets that no run is in twice
-- ARGV 1 'newest' or 'oldest' first, 2 how many, 3 created at or after, or '', 4 created before, or '',
--      5 and 6 time and id to go on behind, or ''
-- Answers pairs: id, time created.
local newest, wanted = ARGV[1] == 'newest', tonumber(ARGV[2])
local after, after_id = tonumber(ARGV[5]), ARGV[6]

-- Order of bytes, as sorted sets have it; `<` of texts would follow the locale of the server.
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- How many members are before (after, after_id), or at it too: a search among those of the same time.
local function rank_of_after(key, including)
  local low = redis.call('ZCOUNT', key, '-inf', '(' .. ARGV[5])
  local high = low + redis.call('ZCOUNT', key, ARGV[5], ARGV[5])
  while low < high do
    local middle = math.floor((low + high) / 2)
    local id = redis.call('ZRANGE', key, middle, middle)[1]
    if before(id, after_id) or (including and id == after_id) then low = middle + 1 else high = middle end
  end
  return low
end

-- Each set is read in pieces from rank `from` up to `to`, or from `to` down.
local piece = math.min(wanted, math.max(16, math.ceil(2 * wanted / #KEYS)))
local heads = {}
for n, key in ipairs(KEYS) do
  local from = ARGV[3] == '' and 0 or redis.call('ZCOUNT', key, '-inf', '(' .. ARGV[3])
  local to = ARGV[4] == '' and redis.call('ZCARD', key) or redis.call('ZCOUNT', key, '-inf', '(' .. ARGV[4])
  if after and newest then to = math.min(to, rank_of_after(key, false)) end
  if after and not newest then from = math.max(from, rank_of_after(key, true)) end
  heads[n] = { key = key, from = from, to = to, items = {}, at = 1 }
end

local function fill(head)
  if head.items[head.at] or head.from >= head.to then return end
  if newest then
    local first = math.max(head.from, head.to - piece)
    local ascending = redis.call('ZRANGE', head.key, first, head.to - 1, 'WITHSCORES')
    head.to, head.items = first, {}
    for i = #ascending - 1, 1, -2 do
      head.items[#head.items + 1] = ascending[i]
      head.items[#head.items + 1] = ascending[i + 1]
    end
  else
    local last = math.min(head.to, head.from + piece)
    head.items = redis.call('ZRANGE', head.key, head.from, last - 1, 'WITHSCORES')
    head.from = last
  end
  head.at = 1
end

local page = {}
while #page < 2 * wanted do
  local best, best_score
  for _, head in ipairs(heads) do
    fill(head)
    local id = head.items[head.at]
    if id then
      local score = tonumber(head.items[head.at + 1])
      local better = not best
      if best and score ~= best_score then better = (score > best_score) == newest end
      if best and score == best_score then better = before(id, best.items[best.at]) ~= newest end
      if better then best, best_score = head, score end
    end
  end
  if not best then break end
  page[#page + 1] = best.items[best.at]
  page[#page + 1] = best.items[best.at + 1]
  best.at = best.at + 2
end
return page
