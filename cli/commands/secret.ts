import { Option, type Command } from 'commander';
import type { SecretView } from '../../api/views/secret.ts';
import type { CliContext } from '../context.ts';
import { counted, relative } from '../output/figures.ts';
import { jsonDocument } from '../output/json.ts';
import { renderTable } from '../output/table.ts';
import { withResource } from '../options.ts';
import type { SecretOptions, SecretsTarget } from '../secrets/target.ts';
import type { RegisterCommand } from './command.ts';

interface SetOptions extends SecretOptions {
  readonly fromFile: readonly string[];
  readonly fromEnv: readonly string[];
  readonly replace?: boolean;
}

interface RotateOptions extends SecretOptions {
  readonly forgetOld?: boolean;
}

/** `secret set`, `secret list`, `secret rm`, `secret rotate`. */
export const registerSecret: RegisterCommand = (program, context) => {
  const { terminal } = context;
  const secret = program.command('secret').description('Keep values that pipelines refer to as ${secret:name/key}');
  const use = async <T>(options: SecretOptions, work: (target: SecretsTarget) => Promise<T>): Promise<T> => {
    const { withSecrets } = await import('../secrets/target.ts');
    return withSecrets(context, options, work);
  };

  withPlace(
    secret
      .command('set')
      .description('Set keys of a secret; others stay. A key alone takes its value from standard input')
      .argument('<name>', 'name of the secret')
      .argument('[key...]', 'key, or key=value, which others on this machine can see')
      .option(
        '--from-file <key=path>',
        'value from a file, without the line break at its end (repeatable)',
        collect,
        [],
      )
      .option('--from-env <key=NAME>', 'value of an environment variable (repeatable)', collect, [])
      .option('--replace', 'remove keys that are not given')
      .addHelpText('after', EXAMPLES),
  ).action(async (name: string, pairs: readonly string[], options: SetOptions) => {
    const { readValues } = await import('../secrets/values.ts');
    const values = await readValues({ pairs, files: options.fromFile, variables: options.fromEnv }, context);
    const replace = options.replace === true;
    const stored = await use(options, (target) => target.set(options.workspace, name, values, replace));
    const keys = Object.keys(values).join(', ');
    terminal.out(options.json === true ? jsonDocument(stored) : `secret ${stored.id}: ${keys} set\n`);
  });

  withPlace(secret.command('list').description('List secrets and their keys; values are shown to nobody')).action(
    async (options: SecretOptions) => {
      const found = await use(options, (target) => target.list(options.workspace));
      terminal.out(options.json === true ? jsonDocument(found) : secretTable(found, context));
    },
  );

  withPlace(
    secret
      .command('rm')
      .description('Delete a secret, or some of its keys')
      .argument('<name>', 'name of the secret')
      .argument('[key...]', 'only these keys'),
  ).action(async (name: string, keys: readonly string[], options: SecretOptions) => {
    await use(options, (target) => target.remove(options.workspace, name, keys));
    const what = keys.length === 0 ? `secret ${name}` : `${keys.join(', ')} of secret ${name}`;
    terminal.out(options.json === true ? jsonDocument({ name, keys, deleted: true }) : `${what} deleted\n`);
  });

  withPlace(
    secret
      .command('rotate')
      .description('Make a new key, and seal all secrets and the configuration with it')
      .option('--forget-old', 'make no new key, but take old ones out of a key file that several servers use'),
  ).action(async (options: RotateOptions) => {
    const rotated = await use(options, (target) => target.rotate(options.forgetOld === true));
    if (options.json === true) return terminal.out(jsonDocument(rotated));
    const { secrets, configuration } = rotated.resealed;
    terminal.out(
      `key ${rotated.key_id}: ${counted(secrets, 'secret')} and ${counted(configuration, 'piece')} of configuration sealed anew\n`,
    );
    if (rotated.old_key_ids.length > 0) {
      terminal.err(
        `older keys are still given: ${rotated.old_key_ids.join(', ')}. Take them away once all servers have the new one\n`,
      );
    }
  });
};

const EXAMPLES = `
Examples:
  headgate secret set billing token < token.txt
  headgate secret set billing --from-file cert=./client.pem --from-env password=BILLING_PASSWORD
`;

/** `--store` and `--secret-key-file` are for a data folder that no server uses. */
function withPlace(command: Command): Command {
  return withResource(command)
    .addOption(
      new Option('--store <url>', 'without a server: its store, where that is not SQLite').helpGroup('Server:'),
    )
    .addOption(new Option('--secret-key-file <file>', 'without a server: its key file').helpGroup('Server:'));
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

function secretTable(secrets: readonly SecretView[], { terminal, clock }: CliContext): string {
  const now = clock();
  const rows = secrets.map(({ workspace, name, keys, updated_at }) => [
    workspace,
    name,
    keys.map(({ key }) => key).join(', '),
    relative(updated_at, now),
  ]);
  const titles = ['WORKSPACE', 'NAME', 'KEYS', 'CHANGED'];
  return renderTable(
    titles.map((title) => ({ title, shrink: title === 'KEYS' })),
    rows,
    { width: terminal.width },
  );
}
