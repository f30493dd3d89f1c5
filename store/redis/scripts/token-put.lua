-- Stores a token (Tokens.create and Tokens.put).
-- KEYS 1 tokens, 2 ids by hash, 3 last uses, 4 revocations
-- ARGV 1 whether one with the same id is replaced (1 or 0), 2 id, 3 hash, 4 the token as JSON, 5 its hash of before or '',
--      6 last use or '', 7 when it was revoked or ''
-- Answers 1; 0 when its id or hash is another token's; -1 when the hash of before is not ARGV 5 (any more).
local id, hash = ARGV[2], ARGV[3]
local before = redis.call('HGET', KEYS[1], id)
if before and ARGV[1] == '0' then return 0 end
local owner = redis.call('HGET', KEYS[2], hash)
if owner and owner ~= id then return 0 end
if before then
  if redis.call('HGET', KEYS[2], ARGV[5]) ~= id then return -1 end
  redis.call('HDEL', KEYS[2], ARGV[5])
end
redis.call('HSET', KEYS[1], id, ARGV[4])
redis.call('HSET', KEYS[2], hash, id)
for n = 6, 7 do
  if ARGV[n] == '' then redis.call('HDEL', KEYS[n - 3], id) else redis.call('HSET', KEYS[n - 3], id, ARGV[n]) end
end
return 1
