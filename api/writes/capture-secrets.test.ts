import { afterAll, beforeAll, expect, test } from 'vitest';
import { Type } from 'typebox';
import { silentLogger } from '../../foundation/log.ts';
import { Secret } from '../../runner/secret.ts';
import { startTestApi, type TestApi } from '../testing/harness.ts';
import {
  capturedName,
  captureSecrets,
  forgetCaptured,
  keepCaptured,
  takeBack,
  type UndoCapture,
} from './capture-secrets.ts';

const schema = Type.Object({
  url: Type.String(),
  auth: Type.Optional(Type.Object({ token: Secret('The token.') })),
  keys: Type.Optional(Type.Array(Secret('A key.'))),
  headers: Type.Optional(Type.Record(Type.String(), Secret('A value.'))),
});
type Auth = { readonly auth: { readonly token: string } };
const workspace = 'prod';
const resource = capturedName('Connection', 'shop');

const log = silentLogger();
let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
});
afterAll(() => t.close());

const capture = (
  settings: Record<string, unknown>,
  undo?: UndoCapture[],
  current?: object,
): Promise<Record<string, unknown>> =>
  captureSecrets(t, {
    workspace,
    resource,
    connectorSettingsSchema: schema,
    settings,
    current,
    ...(undo === undefined ? {} : { undo }),
  });
const stored = (key: string): Promise<string | null> => t.secrets.read(workspace, resource, key);

test('literals of secret fields go to the store, and references take their place', async () => {
  const settings = {
    url: 'https://example.com',
    auth: { token: 'abc' },
    keys: ['k0', '${env:K1}'],
    headers: { 'X/Y': 'h' },
  };
  const captured = await capture(settings);
  expect(captured).toEqual({
    url: 'https://example.com',
    auth: { token: '${secret:connection-shop/auth.token}' },
    keys: ['${secret:connection-shop/keys.0}', '${env:K1}'],
    headers: { 'X/Y': '${secret:connection-shop/headers.X_Y}' },
  });
  expect(settings.auth.token).toBe('abc');
  expect(await stored('auth.token')).toBe('abc');
  expect(await stored('keys.0')).toBe('k0');
  expect(await stored('headers.X_Y')).toBe('h');
  expect(await t.secrets.read('default', resource, 'auth.token')).toBeNull();
  await forgetCaptured(t, workspace, resource);
  expect(await stored('auth.token')).toBeNull();
});

test('references, empty texts and what is not secret stay as they are', async () => {
  const settings = { url: 'literal', auth: { token: '${secret:mine/token}' }, keys: ['', '${file:/k}', 'a-${var:x}'] };
  expect(await capture(settings)).toEqual(settings);
  expect(await t.secrets.get(workspace, resource)).toBeNull();
});

test('an escaped reference is stored as the text that it stands for', async () => {
  await capture({ auth: { token: 'a$${env:B}c' } });
  expect(await stored('auth.token')).toBe('a${env:B}c');
  await forgetCaptured(t, workspace, resource);
});

test('what is live keeps its value until the new definition is there, and for good when the write fails', async () => {
  const current = await capture({ auth: { token: 'first' } });
  const undo: UndoCapture[] = [];
  const next = await capture({ auth: { token: 'second' }, keys: ['new'] }, undo, current);
  expect(await stored('auth.token')).toBe('first');
  const key = /^\$\{secret:connection-shop\/(auth\.token-[0-9a-z]{8})\}$/.exec((next as Auth).auth.token)![1]!;
  expect(await stored(key)).toBe('second');
  await takeBack(undo, { log });
  expect(await stored('auth.token')).toBe('first');
  expect([await stored(key), await stored('keys.0'), undo]).toEqual([null, null, []]);
  await forgetCaptured(t, workspace, resource);
});

test('what was sent is not taken back', async () => {
  const undo: UndoCapture[] = [];
  await capture({ auth: { token: 'sent' } }, undo);
  keepCaptured(undo);
  await takeBack(undo, { log });
  expect(await stored('auth.token')).toBe('sent');
  await forgetCaptured(t, workspace, resource);
});

test('a value that is live already keeps its reference; an equal one that is not may be gone soon, and is not used', async () => {
  const current = await capture({ auth: { token: 'same' } });
  expect(await capture({ auth: { token: 'same' } }, [], current)).toEqual(current);
  expect(await capture({ auth: { token: 'same' } }, [], {})).not.toEqual(current);
  await forgetCaptured(t, workspace, resource);
});

test('fields whose names make the same key have their own values', async () => {
  const captured = await capture({ headers: { 'X/Y': 'one', 'X Y': 'two' } });
  const [one, two] = Object.values((captured as { headers: Record<string, string> }).headers).map((reference) =>
    reference.slice('${secret:connection-shop/'.length, -1),
  );
  expect([await stored(one!), await stored(two!)]).toEqual(['one', 'two']);
  await forgetCaptured(t, workspace, resource);
});

test('writes at the same time do not touch the values of each other', async () => {
  const undos: UndoCapture[][] = Array.from({ length: 6 }, () => []);
  const all = await Promise.all(undos.map((undo, index) => capture({ auth: { token: `v${index}` } }, undo)));
  await Promise.all(undos.slice(1).map((undo) => takeBack(undo, { log })));
  const key = (all[0] as Auth).auth.token.slice('${secret:connection-shop/'.length, -1);
  expect(await stored(key)).toBe('v0');
  expect((await t.secrets.get(workspace, resource))!.keys).toHaveLength(1);
  await forgetCaptured(t, workspace, resource);
});

test('former values go with time, but not the live one nor what somebody else keeps beside them', async () => {
  let current = await capture({ auth: { token: 'v0' } });
  await t.secrets.set(workspace, resource, { 'auth.token-of-mine': 'mine' });
  for (let round = 1; round <= 8; round++) {
    t.time.now += 2 * 3_600_000;
    current = await capture({ auth: { token: `v${round}` } }, [], current);
  }
  const keys = (await t.secrets.get(workspace, resource))!.keys.map(({ key }) => key);
  expect(keys).toContain('auth.token-of-mine');
  // The new one, the live one of before, and the spare ones.
  expect(keys.length - 1).toBe(7);
  expect(await stored((current as Auth).auth.token.slice('${secret:connection-shop/'.length, -1))).toBe('v8');
  await forgetCaptured(t, workspace, resource);
});

test('a value that cannot be stored is refused, unseen', async () => {
  const failing = capture({ auth: { token: `visible${'x'.repeat(70_000)}` } });
  await expect(failing).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(failing).rejects.not.toThrow(/visible/);
});
