/** For the test of rotations that are killed: rotates the key of a data folder over and over, until it is killed. */
import { join } from 'node:path';
import { openSqlite } from '../../sqlite/open.ts';
import { keyPlace } from '../key-file.ts';
import { openKeyring } from '../keyring.ts';
import { rotateKey } from '../rotate.ts';
import { SecretStore } from '../secret-store.ts';

const dataDir = process.argv[2]!;
const { store } = await openSqlite(join(dataDir, 'headgate.db'));
const ring = openKeyring(keyPlace({ dataDir }), [(await store.secrets.sealingKey())!]);
const secrets = new SecretStore(store.secrets, ring);
// A rotation that was killed keeps its lock for half a minute, which the test does not wait for.
const locks = { ...store.locks, acquire: async () => true };
const place = { what: 'secrets', port: store.secrets, reseal: (signal?: AbortSignal) => secrets.reseal(signal) };
process.send!('ready');
for (;;) await rotateKey({ ring, places: [place], locks });
