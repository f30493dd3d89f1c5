-- Reads tokens.
-- KEYS 1 tokens, 2 ids by hash, 3 last uses, 4 revocations
-- ARGV 1 'id', 'hash' or 'all'; 2 the id or hash
-- Answers for each token found: its JSON, last use or nil, when it was revoked or nil.
local ids = {}
if ARGV[1] == 'all' then
  ids = redis.call('HKEYS', KEYS[1])
elseif ARGV[1] == 'id' then
  ids = { ARGV[2] }
else
  local id = redis.call('HGET', KEYS[2], ARGV[2])
  if id then ids = { id } end
end
local found = {}
for _, id in ipairs(ids) do
  local token = redis.call('HGET', KEYS[1], id)
  if token then
    -- A nil would end the table: false becomes nil in the reply.
    found[#found + 1] = { token, redis.call('HGET', KEYS[3], id), redis.call('HGET', KEYS[4], id) }
  end
end
return found
