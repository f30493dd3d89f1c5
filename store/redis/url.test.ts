import { describe, expect, test } from 'vitest';
import { parseRedisUrl } from './url.ts';

describe('the URL of a Redis store', () => {
  test.each([
    ['redis://redis', { host: 'redis', port: 6379, tls: false, db: 0, prefix: 'headgate', cluster: undefined }],
    ['redis://10.0.0.1:7000/', { host: '10.0.0.1', port: 7000, db: 0 }],
    ['rediss://redis.example.com/3?prefix=team:one', { tls: true, db: 3, prefix: 'team:one' }],
    ['redis://ada:p%40ss%2Fword@redis', { username: 'ada', password: 'p@ss/word' }],
    ['redis://:secret@redis', { username: undefined, password: 'secret' }],
    ['redis://[::1]:6380', { host: '::1', port: 6380 }],
    ['redis://redis?cluster=true', { cluster: true }],
    ['redis://redis/5?cluster=false', { cluster: false, db: 5 }],
  ])('%s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  test('what messages show has neither user nor password', () => {
    expect(parseRedisUrl('rediss://ada:hunter2@redis/2?prefix=x').shown).toBe('rediss://redis:6379/2');
  });

  test.each([
    ['http://ada:hunter2@redis', 'is not a URL'],
    ['redis://ada:hunter2@', 'is not a URL'],
    ['redis://ada:hunter2@redis:99999', 'is not a URL'],
    ['redis:///1', 'names no host'],
    ['redis://ada:hunter2@redis/one', 'no number'],
    ['redis://ada:hunter2@redis?prefix=', 'prefix'],
    ['redis://ada:hunter2@redis?prefix={x}', 'prefix'],
    ['redis://ada:hunter2@redis?cluster=yes', 'cluster='],
    ['redis://ada:hunter2@redis/1?cluster=true', 'only 0'],
    ['redis://ada:hunter2@redis?prefx=x', "unknown parameter 'prefx'"],
    ['redis://ada:hunter2%@redis', 'percent'],
  ])('%s is refused without showing the password', (url, message) => {
    const parse = (): unknown => parseRedisUrl(url);
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    expect(parse).toThrow(message);
    expect(parse).not.toThrow('hunter2');
  });
});
