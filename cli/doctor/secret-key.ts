/** Whether the key of the secrets is there, only for its owner, and the one that the store is sealed with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inspectStore } from '../../store/open.ts';
import { keyPlace, openToOthers } from '../../store/secrets/key-file.ts';
import { readServerFile } from '../server-file.ts';
import type { CliContext } from '../context.ts';
import { fail, ok, warn, type Check, type Finding } from './check.ts';

export const secretKeyCheck: Check = {
  name: 'secret key',
  run: ({ cli, dataDir }) => Promise.resolve(look(cli, dataDir)),
};

function look(cli: CliContext, dataDir: string): Omit<Finding, 'check'> {
  const { secretKey } = cli.env;
  const place = keyPlace({ dataDir, ...(secretKey === undefined ? {} : { fromEnv: secretKey }) });
  const keys = place.read();
  const store = join(dataDir, 'headgate.db');
  const sealed = existsSync(store) ? inspectStore(`sqlite:${store}`).sealingKey : null;
  if (keys === null) {
    if (sealed === null) return warn(`${place.shown} does not exist yet`, '`headgate serve` makes it');
    const about = `${place.shown} does not exist, and the store is sealed with the key ${sealed}`;
    const hint = 'put the file back from a backup, or give the key with HEADGATE_SECRET_KEY';
    // A server that runs may have been given another file.
    return readServerFile(dataDir) === null
      ? fail(about, hint)
      : warn(about, `${hint}, unless serve has --secret-key-file`);
  }
  if (sealed !== null && !keys.some(({ id }) => id === sealed)) {
    return fail(
      `${place.shown} lacks the key ${sealed}, which the store is sealed with`,
      'give it the key of the server',
    );
  }
  if (place.path !== null && openToOthers(place.path)) {
    return warn(`${place.path} can be read by other users`, `chmod 600 ${place.path}`);
  }
  if (sealed !== null && sealed !== keys[0]!.id) {
    return warn(`a rotation to the key ${keys[0]!.id} was not finished`, '`headgate secret rotate` finishes it');
  }
  return ok(`${keys[0]!.id}, from ${place.shown}: keep a copy of it, no backup of the store is of use without`);
}
