import { bare, pipeline, type MalformedCase } from './cases.ts';

/** Everything under the `spec` of a Pipeline. */
export const PIPELINES: readonly MalformedCase[] = [
  {
    name: 'an unknown field',
    file: pipeline('descripton: x'),
    errors: [
      ['invalid_resource', '7:3', '/spec/descripton', "spec.descripton: unknown field (did you mean 'description'?)"],
    ],
  },
  {
    name: 'a field in snake case',
    file: pipeline('schedule: {cron: "0 * * * *", time_zone: UTC}'),
    errors: [
      [
        'invalid_resource',
        '7:33',
        '/spec/schedule/time_zone',
        "spec.schedule.time_zone: unknown field (did you mean 'timeZone'?)",
      ],
    ],
  },
  {
    name: 'a field that resembles none',
    file: pipeline('batch: {foo: 1}'),
    errors: [
      ['invalid_resource', '7:11', '/spec/batch/foo', 'spec.batch.foo: unknown field; known are size, interval'],
    ],
  },
  {
    name: 'several mistakes at once',
    file: bare('sorce: {connection: a}', 'destnation: {connection: b}', 'enabled: yes'),
    errors: [
      ['invalid_resource', '5:3', '/spec/sorce', "spec.sorce: unknown field (did you mean 'source'?)"],
      ['invalid_resource', '6:3', '/spec/destnation', "spec.destnation: unknown field (did you mean 'destination'?)"],
      ['invalid_resource', '7:12', '/spec/enabled', 'spec.enabled: must be true or false, not a string'],
    ],
  },
  {
    name: 'a number as version',
    file: pipeline('version: 1.0'),
    errors: [['invalid_resource', '7:12', '/spec/version', 'spec.version: must be a string, not a number']],
  },
  {
    name: 'a text as boolean',
    file: pipeline('enabled: "true"'),
    errors: [['invalid_resource', '7:12', '/spec/enabled', 'spec.enabled: must be true or false, not a string']],
  },
  {
    name: 'a field without a value',
    file: pipeline('description:'),
    errors: [
      ['invalid_resource', '7:3', '/spec/description', 'spec.description: must be a string, but nothing stands there'],
    ],
  },
  {
    name: 'no source',
    file: bare('destination: {connection: b}'),
    errors: [
      ['invalid_resource', '4:1', '/spec/source', 'spec.source: is missing: a pipeline needs source or sources'],
    ],
  },
  {
    name: 'no destination',
    file: bare('source: {connection: a}'),
    errors: [
      [
        'invalid_resource',
        '4:1',
        '/spec/destination',
        'spec.destination: is missing: a pipeline needs destination or destinations',
      ],
    ],
  },
  {
    name: 'source and sources',
    file: pipeline('sources: [{connection: c}]'),
    errors: [
      [
        'invalid_resource',
        '7:3',
        '/spec/sources',
        'spec.sources: source and sources exclude each other: keep one of the two',
      ],
    ],
  },
  {
    name: 'destination and destinations',
    file: pipeline('destinations: [{connection: c}]'),
    errors: [
      [
        'invalid_resource',
        '7:3',
        '/spec/destinations',
        'spec.destinations: destination and destinations exclude each other: keep one of the two',
      ],
    ],
  },
  {
    name: 'no sources in the list',
    file: bare('sources: []', 'destination: {connection: b}'),
    errors: [['invalid_resource', '5:12', '/spec/sources', 'spec.sources: must not be empty']],
  },
  {
    name: 'a source that is a text',
    file: bare('source: shop', 'destination: {connection: b}'),
    errors: [['invalid_resource', '5:11', '/spec/source', 'spec.source: must be a map, not a string']],
  },
  {
    name: 'neither connection nor connector',
    file: bare('source: {stream: a}', 'destination: {connection: b}'),
    errors: [
      [
        'invalid_resource',
        '5:3',
        '/spec/source/connection',
        'spec.source.connection: is missing: name a connection, or a connector with its settings',
      ],
    ],
  },
  {
    name: 'connection and connector',
    file: bare('source: {connection: a, connector: file}', 'destination: {connection: b}'),
    errors: [
      [
        'invalid_resource',
        '5:27',
        '/spec/source/connector',
        'spec.source.connector: connection and connector exclude each other: keep one of the two',
      ],
    ],
  },
  {
    name: 'settings beside a connection',
    file: bare('source: {connection: a, settings: {path: x}}', 'destination: {connection: b}'),
    errors: [
      [
        'invalid_resource',
        '5:27',
        '/spec/source/settings',
        'spec.source.settings: settings belong to the Connection when one is named',
      ],
    ],
  },
  {
    name: 'a URL as connection',
    file: bare('source: {connection: "postgres://u:secret@h/db"}', 'destination: {connection: b}'),
    errors: [
      [
        'invalid_resource',
        '5:24',
        '/spec/source/connection',
        'spec.source.connection: must consist of lower-case letters, digits and inner hyphens',
      ],
    ],
  },
  {
    name: 'an unnamed one of several sources',
    file: bare('sources: [{connection: a, name: a}, {connection: b}]', 'destination: {connection: b}'),
    errors: [
      [
        'invalid_resource',
        '5:39',
        '/spec/sources/1/name',
        'spec.sources[1].name: is missing: each of several sources needs a name',
      ],
    ],
  },
  {
    name: 'two sources of one name',
    file: bare('sources:', '- {name: a, connection: a}', '- {name: a, connection: b}', 'destination: {connection: b}'),
    errors: [
      [
        'invalid_resource',
        '7:12',
        '/spec/sources/1/name',
        "spec.sources[1].name: 'a' is already the name of sources[0]",
      ],
    ],
  },
  {
    name: 'one of several sources called input',
    file: bare('sources: [{name: a, connection: a}, {name: input, connection: b}]', 'destination: {connection: b}'),
    errors: [
      [
        'invalid_resource',
        '5:46',
        '/spec/sources/1/name',
        "spec.sources[1].name: 'input' stands for all sources together, so none of several may be called so",
      ],
    ],
  },
  {
    name: 'two destinations of one name',
    file: bare('source: {connection: a}', 'destinations:', '- {connection: b}', '- {connection: c, name: destination}'),
    errors: [
      [
        'invalid_resource',
        '8:27',
        '/spec/destinations/1/name',
        "spec.destinations[1].name: 'destination' is already the name of destinations[0]",
      ],
    ],
  },
  {
    name: 'incremental without a cursor',
    file: bare('source: {connection: a, incremental: {}}', 'destination: {connection: b}'),
    errors: [
      ['invalid_resource', '5:27', '/spec/source/incremental/cursor', 'spec.source.incremental.cursor: is missing'],
    ],
  },
  {
    name: 'a lookback that is no duration',
    file: bare(
      'source: {connection: a, incremental: {cursor: t, lookback: 5 minutes}}',
      'destination: {connection: b}',
    ),
    errors: [
      [
        'invalid_resource',
        '5:62',
        '/spec/source/incremental/lookback',
        'spec.source.incremental.lookback: must be a duration such as 500ms, 30s, 5m, 1h30m or 7d',
      ],
    ],
  },
  {
    name: 'an unknown mode',
    file: bare('source: {connection: a}', 'destination: {connection: b, mode: merge}'),
    errors: [
      [
        'invalid_resource',
        '6:38',
        '/spec/destination/mode',
        'spec.destination.mode: must be one of append, overwrite, upsert',
      ],
    ],
  },
  {
    name: 'a misspelt mode',
    file: bare('source: {connection: a}', 'destination: {connection: b, mode: upsrt, key: [id]}'),
    errors: [
      [
        'invalid_resource',
        '6:38',
        '/spec/destination/mode',
        "spec.destination.mode: must be one of append, overwrite, upsert (did you mean 'upsert'?)",
      ],
    ],
  },
  {
    name: 'upsert without key',
    file: bare('source: {connection: a}', 'destination: {connection: b, mode: upsert}'),
    errors: [
      [
        'invalid_resource',
        '6:3',
        '/spec/destination/key',
        'spec.destination.key: is missing: upsert needs the columns that identify a record',
      ],
    ],
  },
  {
    name: 'a key without mode',
    file: bare('source: {connection: a}', 'destination: {connection: b, key: [id]}'),
    errors: [
      [
        'invalid_resource',
        '6:32',
        '/spec/destination/key',
        'spec.destination.key: a key is for mode: upsert, and no mode is given',
      ],
    ],
  },
  {
    name: 'a key that is a text',
    file: bare('source: {connection: a}', 'destination: {connection: b, mode: upsert, key: id}'),
    errors: [
      ['invalid_resource', '6:51', '/spec/destination/key', 'spec.destination.key: must be a list, not a string'],
    ],
  },
  {
    name: 'a column twice in the key',
    file: bare('source: {connection: a}', 'destination: {connection: b, mode: upsert, key: [id, id]}'),
    errors: [
      ['invalid_resource', '6:56', '/spec/destination/key/1', 'spec.destination.key[1]: stands twice in the list'],
    ],
  },
  {
    name: 'an unknown field to include',
    file: bare('source: {connection: a}', 'destination: {connection: b, include: [eventid]}'),
    errors: [
      [
        'invalid_resource',
        '6:42',
        '/spec/destination/include/0',
        "spec.destination.include[0]: must be one of event_id, event_type, received_at, event_key (did you mean 'event_id'?)",
      ],
    ],
  },
  {
    name: 'transform and transforms',
    file: pipeline('transform: [{drop: [a]}]', 'transforms: [{drop: [a]}]'),
    errors: [
      [
        'invalid_resource',
        '8:3',
        '/spec/transforms',
        'spec.transforms: transform and transforms exclude each other: keep one of the two',
      ],
    ],
  },
  {
    name: 'transforms that are a map',
    file: pipeline('transforms: {drop: [a]}'),
    errors: [['invalid_resource', '7:15', '/spec/transforms', 'spec.transforms: must be a list, not a map']],
  },
  {
    name: 'an unknown transform',
    file: pipeline('transforms: [{renam: {a: b}}]'),
    errors: [
      [
        'invalid_resource',
        '7:17',
        '/spec/transforms/0/renam',
        "spec.transforms[0].renam: unknown transform (did you mean 'rename'?)",
      ],
    ],
  },
  {
    name: 'a transform that resembles none',
    file: pipeline('transforms: [{uppercase: [a]}]'),
    errors: [
      [
        'invalid_resource',
        '7:17',
        '/spec/transforms/0/uppercase',
        'spec.transforms[0].uppercase: unknown transform; known are rename, select, drop, set, filter, cast, mask, flatten, dedupe, limit, sql',
      ],
    ],
  },
  {
    name: 'two keys in a transform',
    file: pipeline('transforms:', '- rename: {a: b}', '  drop: [c]'),
    errors: [
      [
        'invalid_resource',
        '9:5',
        '/spec/transforms/0/drop',
        'spec.transforms[0].drop: a transform has one key, but this one has rename and drop',
      ],
    ],
  },
  {
    name: 'an empty transform',
    file: pipeline('transforms: [{}]'),
    errors: [
      [
        'invalid_resource',
        '7:16',
        '/spec/transforms/0',
        'spec.transforms[0]: is empty: say one of rename, select, drop, set, filter, cast, mask, flatten, dedupe, limit, sql',
      ],
    ],
  },
  {
    name: 'a transform that is a text',
    file: pipeline('transforms: [dedupe]'),
    errors: [['invalid_resource', '7:16', '/spec/transforms/0', 'spec.transforms[0]: must be a map, not a string']],
  },
  {
    name: 'a decimal cut by its comma',
    file: pipeline('transforms:', '- cast: {amount: decimal(12,2)}'),
    errors: [
      [
        'invalid_resource',
        '8:31',
        '/spec/transforms/0/cast/2)',
        'spec.transforms[0].cast."2)": must be a string, but nothing stands there',
      ],
    ],
  },
  {
    name: 'an unknown mask',
    file: pipeline('transforms: [{mask: {email: sha265}}]'),
    errors: [
      [
        'invalid_resource',
        '7:31',
        '/spec/transforms/0/mask/email',
        "spec.transforms[0].mask.email: must be one of sha256, redact, keep-last (did you mean 'sha256'?)",
      ],
    ],
  },
  {
    name: 'an empty rename',
    file: pipeline('transforms: [{rename: {}}]'),
    errors: [['invalid_resource', '7:25', '/spec/transforms/0/rename', 'spec.transforms[0].rename: must not be empty']],
  },
  {
    name: 'a number in set',
    file: pipeline('transforms: [{set: {a: 1}}]'),
    errors: [
      [
        'invalid_resource',
        '7:26',
        '/spec/transforms/0/set/a',
        'spec.transforms[0].set.a: must be a string, not a number',
      ],
    ],
  },
  {
    name: 'a dedupe window that is too long, and one that is none',
    file: pipeline('transforms:', '- dedupe: {key: [a], window: 8d}', '- dedupe: {key: [a], window: 0s}'),
    errors: [
      [
        'invalid_resource',
        '8:32',
        '/spec/transforms/0/dedupe/window',
        'spec.transforms[0].dedupe.window: must not be longer than 7d',
      ],
      [
        'invalid_resource',
        '9:32',
        '/spec/transforms/1/dedupe/window',
        'spec.transforms[1].dedupe.window: must be longer than nothing',
      ],
    ],
  },
  {
    name: 'a dedupe window that is no duration',
    file: pipeline('transforms: [{dedupe: {key: [a], window: soon}}]'),
    errors: [
      [
        'invalid_resource',
        '7:44',
        '/spec/transforms/0/dedupe/window',
        'spec.transforms[0].dedupe.window: must be a duration such as 500ms, 30s, 5m, 1h30m or 7d',
      ],
    ],
  },
  {
    name: 'dedupe without key',
    file: pipeline('transforms: [{dedupe: {keep: latest}}]'),
    errors: [
      ['invalid_resource', '7:17', '/spec/transforms/0/dedupe/key', 'spec.transforms[0].dedupe.key: is missing'],
    ],
  },
  {
    name: 'a column dropped twice',
    file: pipeline('transforms: [{drop: [a, b, a]}]'),
    errors: [
      ['invalid_resource', '7:30', '/spec/transforms/0/drop/2', 'spec.transforms[0].drop[2]: stands twice in the list'],
    ],
  },
  {
    name: 'a negative limit',
    file: pipeline('transforms: [{limit: -1}]'),
    errors: [['invalid_resource', '7:24', '/spec/transforms/0/limit', 'spec.transforms[0].limit: must be 0 or more']],
  },
  {
    name: 'cron with four fields',
    file: pipeline('schedule: "* * * *"'),
    errors: [
      [
        'invalid_schedule',
        '7:13',
        '/spec/schedule',
        'spec.schedule: has 4 fields instead of five (minute hour day month weekday) or six (with seconds first)',
      ],
    ],
  },
  {
    name: 'cron with hour 25',
    file: pipeline('schedule: "0 25 * * *"'),
    errors: [['invalid_schedule', '7:13', '/spec/schedule', "spec.schedule: '25' is not valid as hour (0 to 23)"]],
  },
  {
    name: 'cron on 31 February',
    file: pipeline('schedule: "0 0 31 2 *"'),
    errors: [
      [
        'invalid_schedule',
        '7:13',
        '/spec/schedule',
        'spec.schedule: names a day that its months do not have, so it would never come',
      ],
    ],
  },
  {
    name: 'one bad cron of several',
    file: pipeline('schedule: {cron: ["0 * * * *", "every day"]}'),
    errors: [
      [
        'invalid_schedule',
        '7:34',
        '/spec/schedule/cron/1',
        'spec.schedule.cron[1]: has 2 fields instead of five (minute hour day month weekday) or six (with seconds first)',
      ],
    ],
  },
  {
    name: 'a schedule that is a number',
    file: pipeline('schedule: 5'),
    errors: [['invalid_resource', '7:13', '/spec/schedule', 'spec.schedule: must be a string or a map, not a number']],
  },
  {
    name: 'a schedule without cron',
    file: pipeline('schedule: {timeZone: UTC}'),
    errors: [['invalid_resource', '7:3', '/spec/schedule/cron', 'spec.schedule.cron: is missing']],
  },
  {
    name: 'cron that is a map',
    file: pipeline('schedule: {cron: {hour: 1}}'),
    errors: [
      ['invalid_resource', '7:20', '/spec/schedule/cron', 'spec.schedule.cron: must be a string or a list, not a map'],
    ],
  },
  {
    name: 'an unknown time zone',
    file: pipeline('schedule: {cron: "0 * * * *", timeZone: Europe/Berln}'),
    errors: [
      [
        'invalid_schedule',
        '7:43',
        '/spec/schedule/timeZone',
        "spec.schedule.timeZone: is not an IANA time zone (did you mean 'Europe/Berlin'?)",
      ],
    ],
  },
  {
    name: 'an offset as time zone',
    file: pipeline('schedule: {cron: "0 * * * *", timeZone: "+02:00"}'),
    errors: [
      ['invalid_schedule', '7:43', '/spec/schedule/timeZone', 'spec.schedule.timeZone: is not an IANA time zone'],
    ],
  },
  {
    name: 'an unknown policy',
    file: pipeline('schedule: {cron: "0 * * * *", concurrencyPolicy: forbid}'),
    errors: [
      [
        'invalid_resource',
        '7:52',
        '/spec/schedule/concurrencyPolicy',
        "spec.schedule.concurrencyPolicy: must be one of Forbid, Allow, Replace (did you mean 'Forbid'?)",
      ],
    ],
  },
  {
    name: 'a deadline of nothing',
    file: pipeline('schedule: {cron: "0 * * * *", startingDeadlineSeconds: 0}'),
    errors: [
      [
        'invalid_resource',
        '7:58',
        '/spec/schedule/startingDeadlineSeconds',
        'spec.schedule.startingDeadlineSeconds: must be 1 or more',
      ],
    ],
  },
  {
    name: 'a timeout without a unit',
    file: pipeline('limits: {timeout: "60"}'),
    errors: [
      [
        'invalid_resource',
        '7:21',
        '/spec/limits/timeout',
        'spec.limits.timeout: must be a duration such as 500ms, 30s, 5m, 1h30m or 7d',
      ],
    ],
  },
  {
    name: 'a timeout of nothing',
    file: pipeline('limits: {timeout: 0s}'),
    errors: [['invalid_resource', '7:21', '/spec/limits/timeout', 'spec.limits.timeout: must be longer than nothing']],
  },
  {
    name: 'a timeout of a century',
    file: pipeline('limits: {timeout: 36500d}'),
    errors: [
      ['invalid_resource', '7:21', '/spec/limits/timeout', 'spec.limits.timeout: must not be longer than 3650d'],
    ],
  },
  {
    name: 'a first wait over the longest',
    file: pipeline('retry: {initial: 10m, max: 1m}'),
    errors: [
      [
        'invalid_resource',
        '7:30',
        '/spec/retry/max',
        'spec.retry.max: the first wait (10m) is longer than the longest (1m)',
      ],
    ],
  },
  {
    name: 'no attempts',
    file: pipeline('retry: {attempts: 0}'),
    errors: [['invalid_resource', '7:21', '/spec/retry/attempts', 'spec.retry.attempts: must be 1 or more']],
  },
  {
    name: 'half an attempt',
    file: pipeline('retry: {attempts: 2.5}'),
    errors: [['invalid_resource', '7:21', '/spec/retry/attempts', 'spec.retry.attempts: must be a whole number']],
  },
  {
    name: 'a batch that is too large',
    file: pipeline('batch: {size: 1000000}'),
    errors: [['invalid_resource', '7:17', '/spec/batch/size', 'spec.batch.size: must be 100000 or less']],
  },
  {
    name: 'batches side by side that are to keep the order of all events',
    file: pipeline('delivery: {concurrency: 4}'),
    errors: [
      [
        'invalid_resource',
        '7:27',
        '/spec/delivery/concurrency',
        'spec.delivery.concurrency: keeps no order of all events',
      ],
    ],
  },
  {
    name: 'batches side by side beside an order of all events',
    file: pipeline('delivery: {order: all, concurrency: 2}'),
    errors: [
      [
        'invalid_resource',
        '7:39',
        '/spec/delivery/concurrency',
        'spec.delivery.concurrency: keeps no order of all events',
      ],
    ],
  },
  {
    name: 'delivery that no stream knows',
    file: pipeline('delivery: {concurrency: 0, order: keys, whenPaused: drop, parallel: 2}'),
    errors: [
      ['invalid_resource', '7:27', '/spec/delivery/concurrency', 'spec.delivery.concurrency: must be 1 or more'],
      [
        'invalid_resource',
        '7:37',
        '/spec/delivery/order',
        "spec.delivery.order: must be one of all, key, none (did you mean 'key'?)",
      ],
      [
        'invalid_resource',
        '7:55',
        '/spec/delivery/whenPaused',
        'spec.delivery.whenPaused: must be one of accept, refuse',
      ],
      [
        'invalid_resource',
        '7:61',
        '/spec/delivery/parallel',
        'spec.delivery.parallel: unknown field; known are concurrency, order, whenPaused',
      ],
    ],
  },
  {
    name: 'more batches at the same time than work',
    file: pipeline('delivery: {concurrency: 65, order: none}'),
    errors: [
      ['invalid_resource', '7:27', '/spec/delivery/concurrency', 'spec.delivery.concurrency: must be 64 or less'],
    ],
  },
  {
    name: 'a log of events that is too small',
    file: pipeline('history: {eventBytes: 512Ki}'),
    errors: [
      [
        'invalid_resource',
        '7:25',
        '/spec/history/eventBytes',
        'spec.history.eventBytes: is less than 1Mi, the least that works',
      ],
    ],
  },
  {
    name: 'a log of events that is no quantity',
    file: pipeline('history: {eventBytes: 10 GB}'),
    errors: [
      [
        'invalid_resource',
        '7:25',
        '/spec/history/eventBytes',
        'spec.history.eventBytes: is not a quantity of Kubernetes',
      ],
    ],
  },
  {
    name: 'events that are kept for too long',
    file: pipeline('history: {events: 4000d}'),
    errors: [
      ['invalid_resource', '7:21', '/spec/history/events', 'spec.history.events: must not be longer than 3650d'],
    ],
  },
  {
    name: 'events that are kept for no duration',
    file: pipeline('history: {events: forever}'),
    errors: [
      [
        'invalid_resource',
        '7:21',
        '/spec/history/events',
        'spec.history.events: must be a duration such as 500ms, 30s, 5m, 1h30m or 7d',
      ],
    ],
  },
  {
    name: 'a batch that never waits',
    file: pipeline('batch: {interval: 0s}'),
    errors: [['invalid_resource', '7:21', '/spec/batch/interval', 'spec.batch.interval: must be longer than nothing']],
  },
  {
    name: 'a variable with a hyphen',
    file: pipeline('variables: {MY-VAR: a}'),
    errors: [
      [
        'invalid_resource',
        '7:15',
        '/spec/variables/MY-VAR',
        'spec.variables.MY-VAR: the name must consist of letters, digits and underscores, and not begin with a digit',
      ],
    ],
  },
  {
    name: 'a variable that is a number',
    file: pipeline('variables: {YEAR: 2026}'),
    errors: [
      ['invalid_resource', '7:21', '/spec/variables/YEAR', 'spec.variables.YEAR: must be a string, not a number'],
    ],
  },
  {
    name: 'memory that is no quantity',
    file: pipeline('runner: {resources: {limits: {memory: 1 GB}}}'),
    errors: [
      [
        'invalid_resource',
        '7:41',
        '/spec/runner/resources/limits/memory',
        'spec.runner.resources.limits.memory: is not a quantity of Kubernetes',
      ],
    ],
  },
  {
    name: 'memory in thousandths of a byte',
    file: pipeline('runner: {resources: {limits: {memory: 512m}}}'),
    errors: [
      [
        'invalid_resource',
        '7:41',
        '/spec/runner/resources/limits/memory',
        'spec.runner.resources.limits.memory: is less than 64Mi, the least that works',
      ],
    ],
  },
  {
    name: 'no replicas',
    file: pipeline('runner: {replicas: 0}'),
    errors: [['invalid_resource', '7:22', '/spec/runner/replicas', 'spec.runner.replicas: must be 1 or more']],
  },
];
