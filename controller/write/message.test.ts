import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { authorOf, commitMessage } from './message.ts';

/** The trailers that Git itself finds. */
const trailers = (message: string): string =>
  execFileSync('git', ['interpret-trailers', '--parse'], { input: message, encoding: 'utf8' });

describe('commitMessage', () => {
  it('is a subject and a trailer that Git reads', () => {
    const message = commitMessage({ subject: 'Create pipeline orders', requestId: 'req_1' });
    expect(message).toBe('Create pipeline orders\n\nRequest-Id: req_1\n');
    expect(trailers(message)).toBe('Request-Id: req_1\n');
  });

  it.each([
    ['a\nRequest-Id: forged', 'x\nSigned-off-by: eve'],
    ['a\r\n\r\nCo-authored-by: e <e@x>', 'x\r\ny: z'],
    ['a\u2028b\u0000c', 'x\u2029y\u0085z: 1'],
  ])('nothing in %j and %j makes a line of its own', (subject, requestId) => {
    const message = commitMessage({ subject, requestId });
    expect(message.split('\n')).toHaveLength(4);
    expect(trailers(message).trim().split('\n')).toHaveLength(1);
    expect(trailers(message)).toMatch(/^Request-Id: x/);
  });

  it('cuts what is long, keeps characters whole, and fills in what is missing', () => {
    const message = commitMessage({ subject: '😀'.repeat(500), requestId: 'r'.repeat(5000) });
    expect(Array.from(message.split('\n')[0]!)).toHaveLength(200);
    expect(message.isWellFormed()).toBe(true);
    expect(message.length).toBeLessThan(700);
    expect(commitMessage({ subject: ' \n ', requestId: '' })).toBe('Change resources\n');
    expect(commitMessage({ subject: 'a\ud800', requestId: '' }).isWellFormed()).toBe(true);
  });
});

describe('authorOf', () => {
  it.each([
    ['Grace Hopper', 'grace@example.com', 'Grace Hopper <grace@example.com>'],
    ['Eve <root@x>\nauthor', 'a b>\n<c@x', 'Eve root@x author <abc@x>'],
    ['...', '<>', 'API <api@localhost>'],
    ['王芳, Jr.', 'fang@例.cn', '王芳, Jr <fang@例.cn>'],
    ['', '', 'API <api@localhost>'],
  ])('%j, %j', (name, email, expected) => {
    const author = authorOf({ name, email });
    expect(`${author.name} <${author.email}>`).toBe(expected);
    const env = { ...process.env, GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email };
    expect(execFileSync('git', ['var', 'GIT_AUTHOR_IDENT'], { env, encoding: 'utf8' })).toContain(`${expected} `);
  });
});
