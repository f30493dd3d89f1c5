import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { IncomingEvent } from '../../ports.ts';
import { checkSettings, resolveSettings } from '../../settings.ts';
import { webhook } from '../webhook.ts';
import type { WebhookSettings } from './settings.ts';

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly now?: number;
}

const NOW = 1_700_000_000_000;
const seconds = String(NOW / 1000);

function receive(settings: object, { headers = {}, body = '{}', now = NOW }: Sent): readonly IncomingEvent[] {
  const resolved = resolveSettings(webhook, settings as Record<string, unknown>, { pointer: '' }) as WebhookSettings;
  const all = { 'content-type': 'application/json', ...headers };
  return webhook.receiver!(resolved).receive({ headers: all, body: Buffer.from(body), now });
}

const mac = (secret: string | Buffer, text: string, algorithm = 'sha256'): Buffer =>
  createHmac(algorithm, secret).update(text).digest();
const refused = (settings: object, sent: Sent): void =>
  expect(() => receive(settings, sent)).toThrow(expect.objectContaining({ code: 'signature_invalid' }));

/** Requests that their senders' documentation, or the standard, gives as examples. */
describe('known requests', () => {
  const standard: Sent = {
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    now: 1_614_265_330_000,
  };
  const github: Sent = {
    headers: {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      'content-type': 'application/json',
    },
    body: 'Hello, World!',
  };
  const slack: Sent = {
    headers: {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    now: 1_531_420_618_000,
  };
  const byStandard = {
    signature: { standardWebhooks: { secret: ['whsec_b2xk', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] } },
  };
  const byGithub = { signature: { github: { secret: "It's a Secret to Everybody" } } };
  const bySlack = {
    signature: {
      hmac: {
        secret: '8f742231b10e8888abcd99yyyzzz85a5',
        header: 'X-Slack-Signature',
        prefix: 'v0=',
        timestampHeader: 'X-Slack-Request-Timestamp',
        template: 'v0:{timestamp}:{body}',
      },
    },
  };

  test('Standard Webhooks, the second of two secrets', () => {
    expect(receive(byStandard, standard)).toEqual([
      { type: 'webhook', key: null, payload: { test: 2_432_232_314 }, idempotencyKey: 'msg_p5jXN8AQM9LWM0D4loKWxJek' },
    ]);
  });

  test('GitHub: the signature is good, and the body of the example is no JSON', () => {
    expect(() => receive(byGithub, github)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  test('Slack, by the general form', () => {
    expect(receive(bySlack, slack)[0]!.payload).toMatchObject({
      team_id: 'T1DC2JH3J',
      text: '',
      user_name: 'roadrunner',
    });
  });

  test.each([
    ['Standard Webhooks', byStandard, standard],
    ['GitHub', byGithub, github],
    ['Slack', bySlack, slack],
  ])('%s: nothing of it may change', (_name, settings, sent) => {
    refused(settings, { ...sent, body: `${String(sent.body)} ` });
    refused(settings, { ...sent, body: String(sent.body).replace(/[a-z]/, 'A') });
    for (const name of Object.keys(sent.headers!).filter((header) => header !== 'content-type')) {
      refused(settings, { ...sent, headers: { ...sent.headers, [name]: '' } });
      refused(settings, { ...sent, headers: { ...sent.headers, [name]: `${sent.headers![name]}0` } });
      const { [name]: _left, ...rest } = sent.headers!;
      refused(settings, { ...sent, headers: rest });
    }
  });

  test.each([
    ['Standard Webhooks', byStandard, standard],
    ['Slack', bySlack, slack],
  ])('%s: five minutes, and no more', (_name, settings, sent) => {
    for (const by of [300_000, -300_000]) expect(receive(settings, { ...sent, now: sent.now! + by })).toHaveLength(1);
    for (const by of [300_001, -300_001]) refused(settings, { ...sent, now: sent.now! + by });
  });
});

describe('Stripe', () => {
  const settings = { signature: { stripe: { secret: ['whsec_new', 'whsec_old'], tolerance: '1m' } } };
  const body = '{"id": "evt_1", "type": "charge.succeeded", "data": {"n": 1}}';
  const sign = (secret: string, time = seconds): string => mac(secret, `${time}.${body}`).toString('hex');

  test('any of several signatures, with any of the secrets', () => {
    const header = `t=${seconds},v1=${'0'.repeat(64)},v1=${sign('whsec_old')},v0=abc`;
    expect(receive(settings, { headers: { 'stripe-signature': header }, body })).toEqual([
      {
        type: 'charge.succeeded',
        key: null,
        payload: { id: 'evt_1', type: 'charge.succeeded', data: { n: 1 } },
        idempotencyKey: 'evt_1',
      },
    ]);
  });

  test.each([
    ['nothing', ''],
    ['no time', `v1=${sign('whsec_new')}`],
    ['no signature', `t=${seconds}`],
    ['only another scheme', `t=${seconds},v0=${sign('whsec_new')}`],
    ['another secret', `t=${seconds},v1=${sign('whsec_other')}`],
    ['another time', `t=${NOW / 1000 + 1},v1=${sign('whsec_new')}`],
    ['an old time', `t=${NOW / 1000 - 61},v1=${sign('whsec_new', String(NOW / 1000 - 61))}`],
    ['half a signature', `t=${seconds},v1=${sign('whsec_new').slice(0, 32)}`],
    ['no hex', `t=${seconds},v1=${'zz'.repeat(32)}`],
  ])('refuses %s', (_name, header) => {
    refused(settings, { headers: { 'stripe-signature': header }, body });
  });
});

describe('any HMAC', () => {
  test.each([
    ['sha1', 'hex'],
    ['sha256', 'base64'],
    ['sha512', 'base64'],
  ] as const)('%s in %s, over headers too', (algorithm, encoding) => {
    const hmac = { secret: 'hush', header: 'X-Sig', algorithm, encoding, template: '{header:X-Id}|{body}' };
    const sig = mac('hush', 'a7|{}', algorithm).toString(encoding);
    expect(receive({ signature: { hmac } }, { headers: { 'x-sig': sig, 'x-id': 'a7' } })).toHaveLength(1);
    refused({ signature: { hmac } }, { headers: { 'x-sig': sig, 'x-id': 'a8' } });
  });

  test('bytes that are no text are signed as they are, and then refused', () => {
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const sig = createHmac('sha256', 'hush').update(body).digest('hex');
    const settings = { signature: { hmac: { secret: 'hush', header: 'x-sig' } } };
    expect(() => receive(settings, { headers: { 'x-sig': sig }, body })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });

  test.each([
    [{ template: 'v0:{timestamp}' }, /does not hold \{body\}/],
    [{ template: '{timestamp}.{body}' }, /needs `timestampHeader`/],
    [{ template: '{body}', timestampHeader: 'x-t' }, /proves nothing/],
    [{ template: '{body}{url}' }, /unknown placeholder \{url\}/],
    [{ template: '{body}}' }, /unknown placeholder/],
  ])('%j is told before any request', (more, message) => {
    const signature = { hmac: { secret: '${env:X}', header: 'x-sig', ...more } };
    const issues = webhook.validate!({ signature }, { role: 'source' });
    expect(issues).toMatchObject([
      { pointer: '/settings/signature', message: expect.stringMatching(message) as string },
    ]);
  });
});

describe('events', () => {
  const signed = (body: string, headers: Record<string, string> = {}): Sent => ({
    headers: { 'x-hub-signature-256': `sha256=${mac('hush', body).toString('hex')}`, ...headers },
    body,
  });
  const github = { signature: { github: { secret: 'hush' } } };
  const delivery = { 'x-github-event': 'push', 'x-github-delivery': 'd-1' };

  test('of GitHub, as JSON and as a form', () => {
    const expected = [{ type: 'push', key: null, payload: { ref: 'a&b' }, idempotencyKey: 'd-1' }];
    expect(receive(github, signed('{"ref":"a&b"}', delivery))).toEqual(expected);
    const form = signed('payload=%7B%22ref%22%3A%22a%26b%22%7D', {
      ...delivery,
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(receive(github, form)).toEqual(expected);
  });

  test('many of one request share its header, and are told apart', () => {
    const made = receive(github, signed('[{"a":1},{"a":2}]', delivery));
    expect(made.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['d-1-0', 'd-1-1']);
    expect(receive({ idempotencyKey: { path: 'a' } }, { body: '[{"a":1},{"a":2}]' })).toMatchObject([
      { idempotencyKey: '1' },
      { idempotencyKey: '2' },
    ]);
    expect(receive({}, { body: '[]' })).toEqual([]);
  });

  test('type, ordering key and idempotency key come from where the settings say', () => {
    const settings = {
      type: { header: 'X-Topic' },
      keyHeader: 'X-Key',
      key: 'customer.id',
      idempotencyKey: { path: '/meta/0' },
    };
    const body = '{"customer":{"id":7},"meta":["m"]}';
    expect(receive(settings, { headers: { 'x-topic': 'order', 'x-key': 'k' }, body })).toMatchObject([
      { type: 'order', key: 'k', idempotencyKey: 'm' },
    ]);
    expect(receive(settings, { body })).toMatchObject([{ type: 'webhook', key: '7' }]);
    expect(receive({ type: { path: 'customer.id' } }, { body })).toMatchObject([{ type: '7' }]);
    expect(receive({ type: { value: 'fixed' } }, { body })[0]).toEqual({
      type: 'fixed',
      key: null,
      payload: { customer: { id: 7 }, meta: ['m'] },
    });
  });

  test('names that are too long are cut, identities are not', () => {
    const long = 'x'.repeat(300);
    const [event] = receive(
      { type: { path: 'a' }, idempotencyKey: { path: 'a' } },
      { body: JSON.stringify({ a: long }) },
    );
    expect(event!.type).toHaveLength(255);
    expect(event!.idempotencyKey).toMatch(/^[0-9a-f]{64}$/);
  });

  test('no type and no key carries control characters on', () => {
    const [event] = receive({ type: { path: 'a' }, key: 'a' }, { body: '{"a":"x\\u001b[2J\\ny"}' });
    expect([event!.type, event!.key]).toEqual(['x\ufffd[2J\ufffdy', 'x\ufffd[2J\ufffdy']);
  });

  test('a form without a payload is an object; what is repeated is an array', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    expect(receive({}, { headers, body: 'a=1&b=x+y&a=2&__proto__=z' })[0]!.payload).toEqual(
      Object.fromEntries([
        ['a', ['1', '2']],
        ['b', 'x y'],
        ['__proto__', 'z'],
      ]),
    );
  });

  test.each([
    ['text/plain', '{}', 'unsupported_media_type'],
    ['', '{}', 'unsupported_media_type'],
    ['application/json', 'no', 'invalid_request'],
    ['application/json', '"text"', 'invalid_request'],
    ['application/json', '[{}, 1]', 'invalid_request'],
    ['application/cloudevents+json', 'null', 'invalid_request'],
  ])('%s %s: %s', (type, body, code) => {
    expect(() => receive({}, { headers: { 'content-type': type }, body })).toThrow(expect.objectContaining({ code }));
  });
});

describe('settings', () => {
  test('secrets are references, in a list too', () => {
    const check = (secret: unknown) =>
      checkSettings(webhook, { signature: { github: { secret } } }, { pointer: '/s' }).issues.map(
        ({ code, pointer }) => `${code} ${pointer}`,
      );
    expect(check('${env:X}')).toEqual([]);
    expect(check(['${env:X}', '${file:/x}'])).toEqual([]);
    expect(check('plain')).toEqual(['literal_secret /s/signature/github/secret']);
    expect(check(['${env:X}', 'plain'])).toEqual(['literal_secret /s/signature/github/secret/1']);
  });

  test('exactly one kind of signature', () => {
    const both = { github: { secret: '${env:X}' }, stripe: { secret: '${env:X}' } };
    expect(checkSettings(webhook, { signature: both }, { pointer: '' }).issues).toHaveLength(1);
    expect(checkSettings(webhook, { signature: {} }, { pointer: '' }).issues).toHaveLength(1);
  });
});
