import { describe, expect, it } from 'vitest';
import { checkRemoteUrl, displayUrl } from './url.ts';

const ALL = { localPaths: true, insecure: true };
const SAFE = { localPaths: false, insecure: false };

describe('checkRemoteUrl', () => {
  it.each([
    ['https://git.example.com/a/b.git', 'https'],
    ['ssh://git@git.example.com:22/a/b.git', 'ssh'],
    ['git@git.example.com:a/b.git', 'ssh'],
  ])('accepts %s', (url, kind) => {
    expect(checkRemoteUrl(url, SAFE)).toEqual({ kind, url });
  });

  it('accepts local paths and plain transports only where they are allowed', () => {
    expect(checkRemoteUrl('/srv/a.git', ALL)).toEqual({ kind: 'local', url: '/srv/a.git' });
    expect(checkRemoteUrl('file:///srv/a%20b.git', ALL)).toEqual({ kind: 'local', url: '/srv/a b.git' });
    expect(checkRemoteUrl('git://localhost/a', ALL).kind).toBe('insecure');
    for (const url of ['/srv/a.git', 'file:///srv/a.git', 'git://localhost/a', 'http://localhost/a']) {
      expect(() => checkRemoteUrl(url, SAFE), url).toThrow(/refused/);
    }
  });

  it.each([
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=x',
    'ext::sh -c touch% /tmp/x',
    'https://user:secret@git.example.com/a.git',
    'https://user@git.example.com/a.git',
    'ssh://git:secret@git.example.com/a.git',
    'ssh://-oProxyCommand=x/a',
    'https://git.example.com/a\n.git',
    'fd::17',
    'ftp://git.example.com/a.git',
    'a/b',
    '',
    '../a',
    '-x@host:path',
  ])('refuses %j without showing its user part', (url) => {
    expect(() => checkRemoteUrl(url, ALL)).toThrow(expect.objectContaining({ code: 'git_url_refused' }));
    try {
      checkRemoteUrl(url, ALL);
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });
});

it('shows a URL without its user part', () => {
  expect(displayUrl('https://a:b@host/x')).toBe('https://host/x');
  expect(displayUrl('https://host/x@y')).toBe('https://host/x@y');
});
