/**
 * For tests: a candidate in a process of its own. While it leads, it writes its name into the Secret `work` as fast as it can,
 * without a look at anything but the fence. Arguments: namespace, identity. It says `ready`, `leads` and `rests` on its output.
 */
import { createLogger } from '../../../foundation/log.ts';
import { Election } from '../election/election.ts';
import { SECRET } from '../object-types.ts';
import { testCluster } from './cluster.ts';
import { SHORT_TIMES } from './times.ts';

const [namespace = '', identity = ''] = process.argv.slice(2);
const cluster = testCluster();
let leading = false;
const election: Election = new Election({
  cluster,
  namespace,
  name: 'work',
  identity,
  times: SHORT_TIMES,
  log: createLogger({ level: 'error' }),
  lead: async () => {
    leading = true;
    process.stdout.write('leads\n');
  },
  rest: async () => {
    leading = false;
    process.stdout.write('rests\n');
  },
});
const fenced = cluster.fencedBy(() => election.fence());
let writes = 0;

async function work(): Promise<void> {
  for (;;) {
    if (leading) {
      const patch = { stringData: { by: identity, number: String(++writes) } };
      await fenced.patch(SECRET, { namespace, name: 'work' }, patch, { manager: 'test' }).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

election.start();
process.stdout.write('ready\n');
void work();
