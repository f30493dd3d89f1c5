-- Deletes a secret (Secrets.delete).
-- KEYS 1 secrets, 2 their versions
-- ARGV 1 channel, 2 field, 3 the version expected, or '' for any
-- Answers 1, or 0 when there is none, or another version.
local version = redis.call('HGET', KEYS[2], ARGV[2])
if not version or (ARGV[3] ~= '' and version ~= ARGV[3]) then return 0 end
redis.call('HDEL', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('PUBLISH', ARGV[1], '')
return 1
