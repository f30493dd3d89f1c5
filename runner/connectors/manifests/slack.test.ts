import { expect, test } from 'vitest';
import { inTurn, text } from '../../../test/servers/http-behaviours.ts';
import { event, subject } from './testing/subject.ts';

const { server, asked, load, stream, check } = subject('slack');
const HOOK = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
/** The address comes from `url`, as people have it. */
const settings = (more: object = {}) => ({ baseUrl: undefined, url: `${server().url}${HOOK}`, ...more });

test('posts a message made from a template', async () => {
  server().on(HOOK, text('ok'));
  const result = await stream(
    'post-message',
    settings({ text: 'Order *${record.id}* (${event.type}): ${record.total > 100 ? "large" : "small"}' }),
    [event('ev_1', { id: 'A-1', total: 250 })],
  );
  expect(result).toMatchObject({ failed: [], response: '200 ok' });
  expect(asked(HOOK)[0]).toMatchObject({ method: 'POST', body: '{"text":"Order *A-1* (order.created): large"}' });
  expect(result.request).not.toContain('XXXXXXXX');
});

test('from a batch, one message a second, and again after a limit', async () => {
  server().on(HOOK, inTurn(text('rate_limited', { 'retry-after': '1' }, 429), text('ok')));
  await load('post-message', settings({ text: '${record.name}' }), [{ name: 'a' }]);
  expect(asked(HOOK).map(({ body }) => body)).toEqual(['{"text":"a"}', '{"text":"a"}']);
  const [limited, again] = asked(HOOK);
  expect(again!.at - limited!.at).toBeGreaterThanOrEqual(950);
});

test('a payload of its own; what Slack does not understand is refused', async () => {
  server().on(HOOK, text('invalid_payload', {}, 400));
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'hi' } }];
  const result = await stream('post-payload', settings(), [event('ev_1', { blocks })]);
  expect(JSON.parse(asked(HOOK)[0]!.body)).toEqual({ blocks });
  expect(result.failed).toMatchObject([{ index: 0, retryable: false }]);
  expect(result.response).toBe('400 invalid_payload');
});

test('an archived channel wants no more for good; a template that is wrong is said before anything is sent', async () => {
  server().on(HOOK, text('channel_is_archived', {}, 410));
  await expect(stream('post-message', settings(), [event('ev_1', {})])).rejects.toMatchObject({
    code: 'destination_gone',
  });
  await expect(stream('post-message', settings({ text: '${recrd.id}' }), [event('ev_1', {})])).rejects.toThrow(
    "did you mean 'record'?",
  );
  expect(asked(HOOK)).toHaveLength(1);
});

test('the check posts nothing', async () => {
  server().on(HOOK, text('no_text', {}, 400));
  expect(await check(settings())).toMatchObject({ ok: true });
  expect(asked(HOOK)[0]!.method).toBe('GET');
});
