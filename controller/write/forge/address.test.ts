import { describe, expect, it } from 'vitest';
import { forgeAddress, parseRemote, remoteKey } from './address.ts';

describe('parseRemote', () => {
  it.each([
    ['https://github.com/acme/pipelines.git', 'github.com', 'acme/pipelines'],
    ['https://github.com/acme/pipelines/', 'github.com', 'acme/pipelines'],
    ['git@github.com:acme/pipelines.git', 'github.com', 'acme/pipelines'],
    ['git@github.com:/acme/pipelines', 'github.com', 'acme/pipelines'],
    ['ssh://git@git.example.com:2222/acme/pipelines.git', 'git.example.com', 'acme/pipelines'],
    ['https://Git.Example.com:8443/a/b/c.git', 'git.example.com:8443', 'a/b/c'],
    ['https://git.example.com/a%20b/c', 'git.example.com', 'a b/c'],
  ])('%s', (url, host, path) => {
    expect(parseRemote(url)).toMatchObject({ host, path });
  });
  it.each(['/srv/git/repo.git', 'file:///srv/git/repo.git', 'git://host/a/b', 'https://github.com/', 'nonsense'])(
    '%s is none',
    (url) => {
      expect(parseRemote(url)).toBeNull();
    },
  );
});

describe('forgeAddress', () => {
  it.each([
    ['https://github.com/acme/pipelines.git', {}, 'github', 'https://api.github.com', 'acme/pipelines'],
    ['ssh://git@ssh.github.com:443/acme/pipelines.git', {}, 'github', 'https://api.github.com', 'acme/pipelines'],
    ['git@gitlab.com:a/b/c.git', {}, 'gitlab', 'https://gitlab.com/api/v4', 'a/b/c'],
    ['https://codeberg.org/a/b', {}, 'gitea', 'https://codeberg.org/api/v1', 'a/b'],
    ['https://ghe.example.com/a/b', { provider: 'github' }, 'github', 'https://ghe.example.com/api/v3', 'a/b'],
    ['git@ghe.example.com:a/b.git', { provider: 'github' }, 'github', 'https://ghe.example.com/api/v3', 'a/b'],
    ['https://git.example.com:3000/a/b', { provider: 'gitea' }, 'gitea', 'https://git.example.com:3000/api/v1', 'a/b'],
    [
      'https://example.com/gitlab/a/b.git',
      { provider: 'gitlab', api: 'https://example.com/gitlab/api/v4/' },
      'gitlab',
      'https://example.com/gitlab/api/v4',
      'a/b',
    ],
    [
      'https://example.com/git/a/b.git',
      { provider: 'gitea', api: 'https://example.com/git/api/v1' },
      'gitea',
      'https://example.com/git/api/v1',
      'a/b',
    ],
  ] as const)('%s', (url, pullRequests, forge, api, path) => {
    expect(forgeAddress({ url, pullRequests })).toEqual({ forge, api, path, isOwnHost: true });
  });

  it('knows no forge where nothing tells it', () => {
    expect(forgeAddress({ url: 'https://git.example.com/a/b.git' })).toBeNull();
    expect(forgeAddress({ url: '/srv/git/a.git' })).toBeNull();
  });

  it('tells an API on another host', () => {
    const pullRequests = { provider: 'gitea', api: 'https://api.internal/api/v1' } as const;
    expect(forgeAddress({ url: 'https://git.example.com/a/b', pullRequests })).toMatchObject({ isOwnHost: false });
  });

  it.each([
    ['/srv/git/a.git', 'gitea'],
    ['https://github.com/only', 'github'],
    ['https://github.com/a/b/c', 'github'],
  ] as const)('refuses %s at %s', (url, provider) => {
    expect(() => forgeAddress({ url, pullRequests: { provider } })).toThrow(/spec\.url/);
  });
});

describe('remoteKey', () => {
  it.each([
    ['https://GitHub.com/Acme/Pipelines.git', 'git@github.com:acme/pipelines'],
    ['ssh://git@ssh.github.com:443/acme/pipelines.git', 'https://github.com/acme/pipelines/'],
    ['ssh://git@git.example.com:7999/data/pipelines.git', 'https://git.example.com:8443/scm/DATA/pipelines.git'],
    ['https://git.example.com/a/b/c', 'git@git.example.com:a/b/c.git'],
  ])('%s and %s are one', (a, b) => {
    expect(remoteKey(a)).toBe(remoteKey(b));
  });
  it.each([
    ['https://github.com/acme/pipelines', 'https://github.com/acme/pipelines2'],
    ['https://github.com/acme/pipelines', 'https://github.com.evil.example/acme/pipelines'],
    ['https://a.example.com/acme/pipelines', 'https://b.example.com/acme/pipelines'],
    ['/srv/git/a', '/srv/git/b'],
  ])('%s and %s are two', (a, b) => {
    expect(remoteKey(a)).not.toBe(remoteKey(b));
  });
});
