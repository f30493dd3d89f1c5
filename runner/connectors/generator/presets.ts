import type { GeneratedColumn } from './settings.ts';

const CURRENCIES = ['EUR', 'USD', 'GBP', 'JPY', 'BRL'];
const COUNTRIES = ['BR', 'DE', 'ES', 'FR', 'GB', 'IN', 'JP', 'KE', 'NG', 'SE', 'TR', 'US'];

/** Streams that need no `columns`. Times grow from row to row, so they can be cursors. */
export const PRESETS: Readonly<Record<string, readonly GeneratedColumn[]>> = {
  orders: [
    { name: 'id', sequence: {} },
    { name: 'user_id', integer: { min: 1, max: 10_000 } },
    { name: 'email', email: {} },
    { name: 'amount', decimal: { min: 1, max: 500, scale: 2 } },
    { name: 'currency', choice: { values: CURRENCIES, weights: [40, 35, 15, 5, 5] } },
    { name: 'status', choice: { values: ['paid', 'pending', 'refunded'], weights: [85, 10, 5] } },
    { name: 'internal_note', text: { words: 4 }, nulls: 0.8 },
    { name: 'created_at', timestamp: { from: '2024-01-01T00:00:00Z', every: '1m' } },
    { name: 'updated_at', timestamp: { from: '2024-01-01T06:00:00Z', every: '1m' } },
  ],
  users: [
    { name: 'id', sequence: {} },
    { name: 'name', personName: {} },
    { name: 'email', email: { of: 'name' } },
    { name: 'country', choice: { values: COUNTRIES } },
    { name: 'plan', choice: { values: ['free', 'team', 'business'], weights: [70, 25, 5] } },
    { name: 'active', boolean: { probability: 0.9 } },
    { name: 'created_at', timestamp: { from: '2023-01-01T00:00:00Z', every: '5m' } },
  ],
  events: [
    { name: 'sequence', sequence: {} },
    { name: 'event_id', uuid: {} },
    {
      name: 'type',
      choice: { values: ['page.viewed', 'cart.updated', 'order.created', 'order.paid'], weights: [70, 18, 7, 5] },
    },
    { name: 'user_id', integer: { min: 1, max: 10_000 } },
    { name: 'value', decimal: { min: 0, max: 100, scale: 2 }, nulls: 0.3 },
    { name: 'occurred_at', timestamp: { from: '2024-01-01T00:00:00Z', every: '1s' } },
  ],
};
