import { describe, expect, it } from 'vitest';
import { enabledTypes, synchronizedOf, whyNot } from './synchronizations.ts';

const shop = {
  connection: 'shop',
  synchronizations: [
    { eventType: 'order.created', enabled: true },
    { eventType: 'order.updated', enabled: false },
    { eventType: 'customer.*' },
    { eventType: 'customer.deleted', enabled: false },
  ],
};

describe('synchronizations', () => {
  const enabled = enabledTypes(shop);
  it.each([
    ['order.created', true],
    ['order.updated', false],
    ['order.created.twice', false],
    ['order', false],
    ['customer.created', true],
    ['customer.', true],
    ['customer.deleted', false],
    ['', false],
    ['constructor', false],
    ['__proto__', false],
  ])('%j: %s', (type, expected) => {
    expect(enabled(type)).toBe(expected);
  });

  it('a connection that names none acts upon all', () => {
    expect(synchronizedOf('shop', undefined)).toBeUndefined();
    expect(synchronizedOf('shop', [])).toBeUndefined();
    expect(synchronizedOf('shop', shop.synchronizations)).toEqual(shop);
  });

  it('tells which entry it was', () => {
    expect(whyNot(shop, 'order.updated')).toBe(
      "the synchronization 'order.updated' of the connection 'shop' is disabled",
    );
    expect(whyNot(shop, 'customer.deleted')).toContain("'customer.deleted'");
    expect(whyNot(shop, 'stock.low')).toBe("'stock.low' is not among the synchronizations of the connection 'shop'");
  });
});
