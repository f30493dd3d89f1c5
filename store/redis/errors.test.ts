import { describe, expect, test } from 'vitest';
import { isLost, redisError, replyCode, wasNotExecuted } from './errors.ts';

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

describe('errors of Redis', () => {
  test.each([
    ['LOADING Redis is loading the dataset in memory', 'LOADING', true, 'unavailable', true],
    ["READONLY You can't write against a read only replica.", 'READONLY', true, 'unavailable', true],
    [
      "READONLY You can't write against a read only replica. script: 1f, on @user_script:3.",
      'READONLY',
      true,
      'unavailable',
      true,
    ],
    [
      "ERR Error running script (call to f_1f): @user_script:3: -READONLY You can't write",
      'READONLY',
      true,
      'unavailable',
      true,
    ],
    ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN', true, 'unavailable', true],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'TRYAGAIN', true, 'unavailable', true],
    ['MASTERDOWN Link with MASTER is down', 'MASTERDOWN', true, 'unavailable', true],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM', false, 'store_full', true],
    [
      'ERR Error running script (call to f_1f): @user_script:9: @user_script: 9: -OOM command not allowed',
      'OOM',
      false,
      'store_full',
      true,
    ],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'MISCONF', false, 'store_full', true],
    ['MISCONF Redis is configured to save RDB snapshots', 'MISCONF', false, 'unavailable', true],
    ['NOAUTH Authentication required.', 'NOAUTH', false, 'unavailable', false],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS', false, 'unavailable', false],
    ["NOPERM User ada has no permissions to run the 'eval' command", 'NOPERM', false, 'unavailable', false],
    ['ERR max number of clients reached', 'ERR', false, 'unavailable', true],
    ['ERR something else', 'ERR', false, 'internal', false],
  ])('%s', (message, code, notExecuted, becomes, retryable) => {
    const error = reply(message);
    expect(replyCode(error)).toBe(code);
    expect(wasNotExecuted(error)).toBe(notExecuted);
    expect(isLost(error)).toBe(false);
    expect(redisError(error, 'redis://redis:6379/0')).toMatchObject({ code: becomes, retryable });
  });

  test('a command that the nodes of a cluster passed on until its client gave up was not executed', () => {
    const error = new Error('Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN The cluster is down');
    expect(wasNotExecuted(error)).toBe(true);
    expect(redisError(error, 'redis://redis:6379/0')).toMatchObject({ code: 'unavailable', retryable: true });
  });

  test('a connection that breaks is unavailable, and the arguments of the command are not kept', () => {
    const error = Object.assign(new Error('Connection is closed.'), {
      command: { name: 'set', args: ['k', 'hunter2'] },
    });
    expect(isLost(error)).toBe(true);
    const made = redisError(error, 'redis://redis:6379/0');
    expect(made).toMatchObject({ code: 'unavailable', retryable: true });
    expect(JSON.stringify(Object.entries(made.cause as object))).not.toContain('hunter2');
  });
});
