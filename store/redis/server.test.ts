import { describe, expect, test } from 'vitest';
import { infoField, judge } from './server.ts';

const SAFE = {
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
} as const;

describe('what the settings of Redis may lose', () => {
  test.each([
    [{}, []],
    [{ appendonly: 'no' }, [/appendonly is no: all events and runs since the last snapshot/]],
    [{ appendonly: undefined }, [/appendonly is not known/]],
    [{ appendfsync: 'everysec' }, [/appendfsync is everysec: up to about a second/]],
    [{ appendfsync: 'no' }, [/appendfsync is no: some thirty seconds or more/]],
    [{ 'no-appendfsync-on-rewrite': 'yes' }, [/no-appendfsync-on-rewrite is yes/]],
    [{ 'maxmemory-policy': 'volatile-lru' }, [/maxmemory-policy is volatile-lru: .* deletes events, runs and tokens/]],
    [{ appendonly: 'no', 'maxmemory-policy': undefined }, [/appendonly/, /maxmemory-policy is not known/]],
  ])('%o', (settings, expected) => {
    const warnings = judge({ ...SAFE, ...settings });
    expect(warnings).toHaveLength(expected.length);
    expected.forEach((pattern, n) => expect(warnings[n]).toMatch(pattern));
  });

  test('a field of INFO is found as a whole line', () => {
    const info = '# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n';
    expect(infoField(info, 'redis_version')).toBe('7.0.15');
    expect(infoField(info, 'version')).toBeNull();
  });
});
