import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockReader,
  decodeBlock,
  encodeBlock,
  encodeEntry,
  encodeLengths,
  encodeTypes,
  entryBounds,
  entryStart,
} from './event-block.ts';
import { eventId, pipelineTag } from './event-id.ts';
import type { NewEvent } from './event-ports.ts';
import { formatJson, parseJson } from './exact-json.ts';

const PLACE = { pipelineId: 'pl_orders', first: 100, receivedAt: 1_700_000_000_000 };

const payload = fc.dictionary(
  fc.string({ unit: 'binary' }),
  fc.oneof(fc.jsonValue(), fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n })),
);
const event: fc.Arbitrary<NewEvent> = fc.record(
  {
    pipelineId: fc.constant(PLACE.pipelineId),
    type: fc.string({ unit: 'binary' }),
    key: fc.option(fc.string({ unit: 'binary' })),
    payload: payload.map(formatJson),
    attributes: fc.dictionary(fc.string(), fc.string()).map((value) => JSON.stringify(value)),
    retryOf: fc.string({ minLength: 1 }),
    refused: fc.record({ code: fc.constant('internal' as const), message: fc.string({ unit: 'binary' }) }),
  },
  { requiredKeys: ['pipelineId', 'type', 'key', 'payload'] },
);

const expected = (given: NewEvent, index: number): unknown => ({
  id: eventId(PLACE.receivedAt, pipelineTag(PLACE.pipelineId), PLACE.first + index),
  pipelineId: PLACE.pipelineId,
  offset: PLACE.first + index,
  receivedAt: PLACE.receivedAt,
  type: given.type,
  key: given.key,
  payload: parseJson(given.payload),
  attributes: given.attributes === undefined ? null : (JSON.parse(given.attributes) as unknown),
  retryOf: given.retryOf ?? null,
  refused: given.refused ?? null,
});

describe('blocks', () => {
  it('hold events as they were, whole or one by one', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), (events) => {
        const entries = events.map(encodeEntry);
        const text = encodeBlock(entries);
        const read = blockReader(PLACE);
        expect(decodeBlock(text).map(read)).toEqual(events.map(expected));
        const parts = entryBounds(encodeLengths(entries)).map(([start, end]) => text.slice(start, end));
        expect(parts).toEqual(entries);
        parts.forEach((part, index) => {
          expect(part.startsWith(entryStart(events[index]!.type))).toBe(true);
          expect(events.some(({ type }) => type !== events[index]!.type && part.startsWith(entryStart(type)))).toBe(
            false,
          );
        });
      }),
    );
  });

  it('list their types unless there are very many', () => {
    expect(encodeTypes(new Set(['a', 'b"']))).toBe('["a","b\\""]');
    expect(encodeTypes(new Set(Array.from({ length: 33 }, (_, n) => `${n}`)))).toBeNull();
  });

  it.each(['', '{}', '[', '[[]'])('%j is no block', (text) => {
    expect(() => decodeBlock(text)).toThrow(SyntaxError);
  });
});
