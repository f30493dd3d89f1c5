-- Stores a secret (Secrets.put).
-- KEYS 1 secrets, 2 their versions, 3 the sealing key
-- ARGV 1 channel, 2 field, 3 the version expected or '', 4 the new version, 5 id of its key, 6 the record as JSON, 7 most secrets
-- Answers 'stored', 'changed', 'other_key' or 'full'.
local version = redis.call('HGET', KEYS[2], ARGV[2])
if (version or '') ~= ARGV[3] then return 'changed' end
local key = redis.call('GET', KEYS[3])
if key and key ~= ARGV[5] then return 'other_key' end
if not version and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[7]) then return 'full' end
if not key then redis.call('SET', KEYS[3], ARGV[5]) end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[6])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
redis.call('PUBLISH', ARGV[1], '')
return 'stored'
