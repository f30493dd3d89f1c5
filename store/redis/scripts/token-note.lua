-- Notes a time of a token: when it was revoked, which stays, or its last use, which moves forward only.
-- KEYS 1 tokens, 2 last uses or revocations
-- ARGV 1 id, 2 the time, 3 'first' or 'last': which time stays
-- Answers 1, or 0 when there is no such token.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
local known = redis.call('HGET', KEYS[2], ARGV[1])
if not known or (ARGV[3] == 'last' and tonumber(known) < tonumber(ARGV[2])) then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
end
return 1
