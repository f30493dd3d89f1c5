import { Type, type Static } from 'typebox';
import { Duration, OneOf, Strict } from '../../../crds/common.ts';
import { Secret } from '../../secret.ts';

export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

export const PostgresSettings = Strict({
  url: Type.Optional(
    Secret('`postgres://user:password@host:port/database?sslmode=…`, instead of the single fields.', {
      maxLength: 4096,
    }),
  ),
  host: Type.Optional(
    Type.String({ description: 'Name or address of the server; private networks are allowed.', maxLength: 255 }),
  ),
  port: Type.Optional(Type.Integer({ description: 'Port.', default: 5432, minimum: 1, maximum: 65_535 })),
  database: Type.Optional(
    Type.String({ description: 'Database; the name of the user when left out.', maxLength: 255 }),
  ),
  user: Type.Optional(Type.String({ description: 'User.', maxLength: 255 })),
  password: Type.Optional(Secret('Password of the user.', { maxLength: 1024 })),
  ssl: Type.Optional(
    OneOf(SSL_MODES, {
      description:
        "disable: never. prefer: where the server can, its certificate unchecked. require: always, unchecked. verify-full: always, with the server's certificate and name checked. The default is what the URL says, else prefer.",
    }),
  ),
  sslCa: Type.Optional(
    Type.String({
      description: 'PEM certificates to check the server against; the well-known authorities when left out.',
      maxLength: 262_144,
      examples: ['${file:/etc/ssl/db-ca.pem}'],
    }),
  ),
  schema: Type.Optional(
    Type.String({ description: 'Schema of streams that name none.', default: 'public', minLength: 1, maxLength: 63 }),
  ),
  connectTimeout: Type.Optional(Duration('How long connecting may take.', '10s')),
  statementTimeout: Type.Optional(
    Duration(
      'How long one statement may take; as long as the run when left out, and 60s in streams. A load is one statement.',
    ),
  ),
  applicationName: Type.Optional(
    Type.String({ description: 'What the server shows in `pg_stat_activity`.', default: 'headgate', maxLength: 63 }),
  ),
  numeric: Type.Optional(
    OneOf(['text', 'double'], {
      description:
        'How a source reads `numeric` without precision, which no type of fixed width holds: as text, exactly, or as double, rounded.',
      default: 'text',
    }),
  ),
});
export type PostgresSettings = Static<typeof PostgresSettings>;
