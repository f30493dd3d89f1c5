import { afterAll, beforeAll, expect, test } from 'vitest';
import { Type } from 'typebox';
import { Secret } from '../../runner/secret.ts';
import { startTestApi, type TestApi } from '../testing/harness.ts';
import { capturedName, captureSecrets, forgetCaptured, takeBack, type UndoCapture } from './capture-secrets.ts';

const schema = Type.Object({
  url: Type.String(),
  auth: Type.Optional(Type.Object({ token: Secret('The token.') })),
  keys: Type.Optional(Type.Array(Secret('A key.'))),
  headers: Type.Optional(Type.Record(Type.String(), Secret('A value.'))),
});
const workspace = 'prod';
const resource = capturedName('Connection', 'shop');

let t: TestApi;
beforeAll(async () => {
  t = await startTestApi();
});
afterAll(() => t.close());

const capture = (settings: Record<string, unknown>, undo?: UndoCapture[]): Promise<Record<string, unknown>> =>
  captureSecrets(t, {
    workspace,
    resource,
    connectorSettingsSchema: schema,
    settings,
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

test('a write that fails leaves the values of before', async () => {
  await capture({ auth: { token: 'first' } });
  const undo: UndoCapture[] = [];
  await capture({ auth: { token: 'second' }, keys: ['new'] }, undo);
  expect(await stored('auth.token')).toBe('second');
  await takeBack(undo);
  expect(await stored('auth.token')).toBe('first');
  expect(await stored('keys.0')).toBeNull();
  expect(undo).toEqual([]);
});

test('a value that cannot be stored is refused, unseen', async () => {
  const failing = capture({ auth: { token: `visible${'x'.repeat(70_000)}` } });
  await expect(failing).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(failing).rejects.not.toThrow(/visible/);
});
