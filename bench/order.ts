/** An order of about 250 bytes, as JSON: the event of the benchmarks of event logs. */
export const orderJson = (n: number): string =>
  JSON.stringify({
    order: `order-${n}`,
    customer: { id: n % 10_000, name: 'Ada Lovelace', email: 'ada@example.com', country: 'GB' },
    items: [
      { sku: 'A-1001', quantity: 2, price: 19.9 },
      { sku: 'B-2002', quantity: 1, price: 5.25 },
    ],
    total: 45.05,
    at: '2026-01-01T12:00:00.000Z',
  });
