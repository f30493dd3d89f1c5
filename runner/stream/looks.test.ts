import { expect, it } from 'vitest';
import { eventually } from '../../test/server.ts';
import { Looks } from './looks.ts';

/** `count` pipelines, of which the first one is busy. */
function pipelines(count: number): { readonly looks: Looks; readonly looked: readonly number[] } {
  const looked = Array.from({ length: count }, () => 0);
  const all = looked.map((_, index) => ({ busy: index === 0, look: () => void (looked[index]! += 1) }));
  return {
    looks: new Looks(
      () => all,
      () => count,
    ),
    looked,
  };
}

it('lets busy pipelines look at once, and idle ones not often', async () => {
  const { looks, looked } = pipelines(1000);
  for (let i = 0; i < 50; i++) looks.look();
  expect(looked[0]).toBe(50);
  expect(looked[999]).toBe(1);
  // What was told of last is seen by all of them.
  await eventually('the idle ones to look', async () => looked[999] === 2, 2000);
  expect(looked[500]).toBe(2);
  looks.close();
});

it('looks no more once it is closed', async () => {
  const { looks, looked } = pipelines(400);
  looks.look();
  looks.look();
  looks.close();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(looked[399]).toBe(1);
});
