import { expect, test } from 'vitest';
import type { Condition } from '../../crds/index.ts';
import { conditionNews } from './announcements.ts';

const ready = (status: Condition['status'], reason: string, message = 'why'): Condition[] => [
  { type: 'Ready', status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' },
];

test.each<[string, Condition[] | undefined, Condition[], string[]]>([
  ['the first look', undefined, ready('True', 'Ready'), ['Normal Ready']],
  ['the same again', ready('True', 'Ready'), ready('True', 'Ready', 'other words'), []],
  ['an error', ready('True', 'Ready'), ready('False', 'SourceFailed'), ['Warning SourceFailed']],
  ['another error', ready('False', 'A'), ready('False', 'B'), ['Warning B']],
  ['a wait', ready('True', 'Ready'), ready('Unknown', 'Draining'), ['Normal Draining']],
  ['a pause', ready('True', 'Ready'), ready('True', 'Paused'), ['Normal Paused']],
  ['its end', ready('True', 'Paused'), ready('True', 'Ready'), ['Normal Resumed']],
  ['its end with an error', ready('True', 'Paused'), ready('False', 'X'), ['Normal Resumed', 'Warning X']],
  ['no Ready at all', ready('True', 'Ready'), [], []],
])('%s', (_, before, after, news) => {
  expect(conditionNews(before, after).map(({ type, reason }) => `${type} ${reason}`)).toEqual(news);
});
