import fc from 'fast-check';
import { decodeTime } from 'ulid';
import { describe, expect, it } from 'vitest';
import { eventId, eventIds, parseEventId, pipelineTag } from './event-id.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const tag = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const offset = fc.maxSafeInteger().map((n) => Math.abs(n) % 2 ** 48);

describe('event ids', () => {
  it('hold time, pipeline and offset, and are ULIDs', () => {
    fc.assert(
      fc.property(time, tag, offset, (receivedAt, itsTag, itsOffset) => {
        const id = eventId(receivedAt, itsTag, itsOffset);
        expect(id).toMatch(/^ev_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
        expect(parseEventId(id)).toEqual({ receivedAt, tag: itsTag, offset: itsOffset });
        expect(decodeTime(id.slice(3).toUpperCase())).toBe(receivedAt);
      }),
    );
  });

  it('of many events of a pipeline are the same, in whatever order they are asked for', () => {
    fc.assert(
      fc.property(
        time,
        tag,
        offset,
        fc.array(fc.integer({ min: -100, max: 100 })),
        (receivedAt, itsTag, start, steps) => {
          const idOf = eventIds(receivedAt, itsTag);
          for (const step of steps) {
            const one = Math.min(Math.max(start + step, 0), 2 ** 48 - 1);
            expect(idOf(one)).toBe(eventId(receivedAt, itsTag, one));
          }
        },
      ),
    );
  });

  it('sort by time, and by offset within a pipeline', () => {
    fc.assert(
      fc.property(time, tag, fc.integer({ min: 0, max: 2 ** 40 }), (receivedAt, itsTag, itsOffset) => {
        expect(eventId(receivedAt, itsTag, itsOffset) < eventId(receivedAt, itsTag, itsOffset + 1)).toBe(true);
        fc.pre(receivedAt > 0);
        expect(eventId(receivedAt - 1, 2 ** 32 - 1, itsOffset) < eventId(receivedAt, 0, 0)).toBe(true);
      }),
    );
  });

  it.each([
    '',
    'ev_',
    'run_01hzzzzzzzzzzzzzzzzzzzzzzz',
    'ev_01HZZZZZZZZZZZZZZZZZZZZZZZ',
    'ev_81hzzzzzzzzzzzzzzzzzzzzzzz',
  ])('are nothing else: %s', (text) => expect(parseEventId(text)).toBeNull());

  it('have a tag for each pipeline', () => {
    expect(pipelineTag('pl_a')).not.toBe(pipelineTag('pl_b'));
    expect(() => eventId(0, 0, 2 ** 48)).toThrow(RangeError);
  });
});
