import { createReadStream } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { HeadgateError } from '../../../foundation/errors.ts';
import { Exit, type CliContext } from '../../context.ts';
import { withResource, type ResourceOptions } from '../../options.ts';
import { counted } from '../../output/figures.ts';
import { jsonLine } from '../../output/json.ts';
import { Meter } from '../../output/meter.ts';
import { sendEvents, type SentEvent } from '../../send-events.ts';
import { connect } from '../../target.ts';
import type { RegisterCommand } from '../command.ts';

/** Of a file at a time: enough for whole batches. */
const READ_BYTES = 1024 * 1024;

interface SendOptions extends ResourceOptions {
  readonly type?: string;
  readonly payload?: string;
  readonly file?: string;
  readonly key?: string;
  readonly idempotencyKey?: string;
}

export const registerSend: RegisterCommand = (events, context) => {
  withResource(
    events
      .command('send')
      .description('Send events: one with --payload, or one a line from a file or standard input')
      .argument('<pipeline>', 'name or id')
      .option('--type <type>', 'type of the events; without it each is {"event_type": …, "payload": …}')
      .option('--payload <json>', 'the payload of one event')
      .option('--file <path>', 'one event as JSON a line; - for standard input')
      .option('--key <key>', 'events of the same key keep their order')
      .option(
        '--idempotency-key <key>',
        'sent again within 24 hours it makes no second event; of lines: what their keys begin with',
      ),
  ).action(async (pipeline: string, options: SendOptions) => {
    if (options.payload !== undefined && options.file !== undefined) {
      throw new HeadgateError('invalid_request', '--payload and --file exclude each other');
    }
    const single = options.payload !== undefined;
    const prefix = options.idempotencyKey ?? randomUUID();
    const events = {
      pipeline,
      workspace: options.workspace,
      type: options.type,
      key: options.key,
      // What is sent again after a lost answer must be known as the same (invariant 1).
      idempotencyKey: (line: number) => (single ? prefix : `${prefix}-${line}`),
    };
    await send(connect(context, options), inputOf(options, context), events, options.json === true, context);
  });
};

async function send(
  client: Parameters<typeof sendEvents>[0],
  input: AsyncIterable<Uint8Array>,
  events: Parameters<typeof sendEvents>[2],
  json: boolean,
  context: CliContext,
): Promise<void> {
  const { terminal } = context;
  const meter = json ? null : new Meter(context);
  const sent: SentEvent[] = [];
  let accepted = 0;
  let rejected = 0;
  const note = (results: readonly SentEvent[]): void => {
    for (const result of results) {
      if (result.error === undefined) accepted += 1;
      else {
        rejected += 1;
        meter?.end();
        terminal.err(`line ${result.line}: ${result.error.code}: ${result.error.message}\n`);
      }
      if (json) terminal.out(jsonLine(result));
      else if (sent.length < 1) sent.push(result);
    }
    meter?.show(counted(accepted, 'event'), null);
  };
  try {
    await sendEvents(client, input, events, note, context.signal);
  } catch (error) {
    meter?.end();
    if (accepted > 0) terminal.err(`${counted(accepted, 'event')} had been accepted before\n`);
    throw error;
  }
  meter?.end();
  if (!json) {
    const only = accepted === 1 && rejected === 0 ? ` as ${sent[0]?.event_id ?? ''}` : '';
    terminal.out(`${counted(accepted, 'event')} sent to ${events.pipeline}${only}\n`);
  }
  if (rejected > 0) throw new Exit(1);
}

function inputOf(options: SendOptions, { cwd, terminal }: CliContext): AsyncIterable<Uint8Array> {
  if (options.payload !== undefined) return one(options.payload);
  if (options.file !== undefined && options.file !== '-') return readFile(resolve(cwd, options.file));
  if (terminal.input !== null) return terminal.input;
  throw new HeadgateError('invalid_request', 'there is nothing to send', {
    hint: "give --payload '{…}', --file events.ndjson, or events on standard input",
  });
}

async function* one(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text.replaceAll(/\s*\n\s*/g, ' '));
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of createReadStream(path, { highWaterMark: READ_BYTES })) yield part as Buffer;
  } catch (cause) {
    throw new HeadgateError('not_found', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
