import { Type, type Static } from 'typebox';
import { Duration, MapOf, Name, OneOf, rules, Strict } from './common.ts';

const Settings = MapOf(Type.Unknown(), {
  description: "The connector's settings; see its page in the reference.",
  'x-kubernetes-preserve-unknown-fields': true,
});

const endpoint = {
  connection: Type.Optional(Name('A Connection of this workspace. Either this or `connector`.')),
  connector: Type.Optional(Name('A connector from the catalogue, with `settings` beside it.')),
  settings: Type.Optional(Settings),
  stream: Type.Optional(
    Type.String({
      description: "Which table, file, endpoint or topic of the connection: the connector's page says.",
      minLength: 1,
      maxLength: 1024,
    }),
  ),
};

/** `connection`, or `connector` with `settings`. */
const ENDPOINT_RULES = [
  { rule: 'has(self.connection) != has(self.connector)', message: 'exactly one of connection and connector is needed' },
  {
    rule: '!(has(self.connection) && has(self.settings))',
    message: 'settings belong to the Connection when one is named',
  },
];

export const SourceSpec = Strict(
  {
    name: Type.Optional(
      Name('What SQL and messages call it; needed when there are several. The only one is `input` by default.'),
    ),
    ...endpoint,
    query: Type.Optional(
      Type.String({ description: 'A query instead of a stream, where the connector can.', maxLength: 65_536 }),
    ),
    incremental: Type.Optional(
      Strict(
        {
          cursor: Type.String({
            description: 'A column that only grows. A run reads what is past the highest value of the last one.',
            minLength: 1,
            maxLength: 255,
          }),
          initial: Type.Optional(
            Type.String({ description: 'Where the first run starts; everything when left out.', maxLength: 255 }),
          ),
          lookback: Type.Optional(
            Duration('For time cursors: how far before the last value to read again, for late records.'),
          ),
        },
        { description: 'Read only what is new since the last successful run.' },
      ),
    ),
  },
  {
    description: 'Where records come from: `connection`, or `connector` with `settings`.',
    ...rules(...ENDPOINT_RULES),
  },
);
export type SourceSpec = Static<typeof SourceSpec>;

/** What surrounds an event's payload, under the names that records get. */
export const EVENT_FIELDS = ['event_id', 'event_type', 'received_at', 'event_key'] as const;
export type EventField = (typeof EVENT_FIELDS)[number];

export const WRITE_MODES = ['append', 'overwrite', 'upsert'] as const;
export type WriteMode = (typeof WRITE_MODES)[number];

export const DestinationSpec = Strict(
  {
    name: Type.Optional(Name('What messages call it: `destination`, or `destination-2` and so on, when left out.')),
    ...endpoint,
    mode: Type.Optional(
      OneOf(WRITE_MODES, {
        description:
          'Defaults to `overwrite` for a batch without `incremental` (a rerun gives the same result), else to `append`.',
      }),
    ),
    key: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        description: 'For `upsert`: the columns that identify a record.',
        minItems: 1,
        maxItems: 32,
      }),
    ),
    include: Type.Optional(
      Type.Array(OneOf(EVENT_FIELDS), {
        description: "Streams: which of the event's own fields to add to the record.",
        maxItems: 4,
      }),
    ),
  },
  {
    description: 'Where records go. Every destination gets every record.',
    ...rules(...ENDPOINT_RULES, {
      rule: "has(self.mode) ? self.mode != 'upsert' || has(self.key) : !has(self.key)",
      message: 'mode upsert needs a key, and a key needs a mode',
    }),
  },
);
export type DestinationSpec = Static<typeof DestinationSpec>;
