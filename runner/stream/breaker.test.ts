import { describe, expect, it } from 'vitest';
import { Breaker, MAX_RETRY_AFTER_MS } from './breaker.ts';

const breaker = (): Breaker => new Breaker({ initial: 100, max: 1000, jitter: false });

describe('a breaker', () => {
  it('lets everything through while the destination answers', () => {
    const one = breaker();
    expect([one.ask(0), one.ask(0), one.open]).toEqual([0, 0, false]);
  });

  it('opens for a time that doubles up to the longest wait', () => {
    const one = breaker();
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      one.failed(now);
      waits.push(one.ask(now));
      now += one.ask(now);
      expect(one.ask(now)).toBe(0);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('waits as long as the destination asks for, within a bound', () => {
    const one = breaker();
    one.failed(0, 5000);
    expect(one.ask(0)).toBe(5000);
    const greedy = breaker();
    greedy.failed(0, 10 * MAX_RETRY_AFTER_MS);
    expect(greedy.ask(0)).toBe(MAX_RETRY_AFTER_MS);
  });

  it('half open, lets one try through, whose outcome decides', () => {
    const one = breaker();
    one.failed(0);
    expect([one.ask(99), one.ask(100), one.ask(100)]).toEqual([1, 0, Infinity]);
    one.abandoned();
    expect(one.ask(100)).toBe(0);
    one.failed(150);
    expect(one.ask(150)).toBe(200);
    expect(one.ask(350)).toBe(0);
    one.succeeded();
    expect([one.ask(350), one.open]).toEqual([0, false]);
  });

  it('takes tries that fail together for one failure', () => {
    const one = breaker();
    one.failed(0);
    one.failed(1);
    one.failed(2);
    expect(one.ask(2)).toBe(100);
  });
});
