import { expect, test } from 'vitest';
import { camel, fieldNames, pascal, singular, snake } from './names.ts';
import { pythonName } from './python/names.ts';

test.each([
  ['pipeline_id', 'pipelineId', 'pipeline_id', 'PipelineId'],
  ['dead-letters', 'deadLetters', 'dead_letters', 'DeadLetters'],
  ['lastTransitionTime', 'lastTransitionTime', 'last_transition_time', 'LastTransitionTime'],
  ['events_last_24h', 'eventsLast24h', 'events_last_24h', 'EventsLast24h'],
  ['If-Match', 'ifMatch', 'if_match', 'IfMatch'],
  ['parseHTTPBody', 'parseHttpBody', 'parse_http_body', 'ParseHttpBody'],
])('%s', (name, inCamel, inSnake, inPascal) => {
  expect([camel(name), snake(name), pascal(name)]).toEqual([inCamel, inSnake, inPascal]);
});

test('words that Python keeps for itself get an underscore', () => {
  expect([pythonName('from'), pythonName('to'), pythonName('unknownFields')]).toEqual([
    'from_',
    'to',
    'unknown_fields_',
  ]);
});

test('of two fields that would have one name the second keeps that of the wire', () => {
  const names = fieldNames([{ wire: 'event_type' }, { wire: 'eventType' }], snake);
  expect([...names.values()]).toEqual(['event_type', 'eventType']);
});

test.each([
  ['synchronizations', 'synchronization'],
  ['repositories', 'repository'],
  ['status', 'status'],
  ['progress', 'progress'],
])('one of %s is a %s', (many, one) => expect(singular(many)).toBe(one));
