import type { Static } from 'typebox';
import { HeadgateError, messageOf, type Issue } from '../../foundation/errors.ts';
import type { CheckResult, Connector, ConnectorContext, DeclaredUse } from '../ports.ts';
import type { RedisStreamWriter } from './redis-stream/stream-writer.ts';
import { RedisStreamSettings } from './redis-stream/settings.ts';

type Settings = Static<typeof RedisStreamSettings>;

/** Streams of Redis 6.2 and later, and of servers like it. */
export const redisStream: Connector<typeof RedisStreamSettings> = {
  name: 'redis-stream',
  title: 'Redis Streams',
  summary:
    'Reads entries of Redis Streams through a consumer group, and adds records as entries; after a crash the last batch may be added twice, which `event_id` tells.',
  settings: RedisStreamSettings,
  examples: [
    {
      title: 'Reading two streams, the payload being JSON in one field',
      settings: {
        url: '${secret:shop-redis/url}',
        read: { streams: ['orders', 'refunds'], group: 'warehouse', payloadField: 'data', typeField: 'type' },
      },
    },
    {
      title: 'Writing, about the last million entries kept',
      settings: { host: 'redis.internal', password: '${env:REDIS_PASSWORD}', write: { maxLength: 1_000_000 } },
    },
  ],
  streaming: true,
  destinationStream: {
    required: true,
    description: 'The key of the stream. It is made when missing.',
    example: 'orders',
  },
  modes: ['append'],
  streamSource: (settings, ctx) => ({
    run: async (push) => (await import('./redis-stream/source.ts')).redisStreamSource(settings, ctx).run(push),
  }),
  destination: (settings, ctx) => ({
    open: async ({ stream }) => {
      const writer = await writerOf(settings, ctx, stream);
      return {
        write: (batch) => writer.writeRows(batch),
        commit: () => writer.close(),
        abort: () => writer.close(),
      };
    },
    stream: ({ stream }) => writerOf(settings, ctx, stream),
  }),
  validate,
  check,
};

async function writerOf(
  settings: Settings,
  ctx: ConnectorContext,
  stream: string | undefined,
): Promise<RedisStreamWriter> {
  if (stream === undefined || stream === '') {
    throw new HeadgateError('invalid_settings', 'a destination of connector redis-stream needs `stream`', {
      hint: 'stream: orders',
    });
  }
  const { RedisStreamWriter } = await import('./redis-stream/stream-writer.ts');
  return new RedisStreamWriter(settings, ctx, stream);
}

function validate(settings: Settings, { role }: DeclaredUse): readonly Issue[] {
  if (role === 'destination' || settings.read !== undefined) return [];
  return [
    {
      pointer: '/settings',
      code: 'invalid_settings',
      message: 'a source of connector redis-stream needs `read.streams`',
      hint: 'read: {streams: [orders]}',
    },
  ];
}

async function check(settings: Settings, ctx: ConnectorContext): Promise<CheckResult> {
  const { connect } = await import('./redis-stream/connection.ts');
  try {
    const connection = await connect({ settings, side: 'source_failed', signal: ctx.signal });
    connection.close();
    return { ok: true, message: `connected to ${connection.shown}` };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}
