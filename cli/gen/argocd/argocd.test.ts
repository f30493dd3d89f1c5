/** What examples/argocd gives to Argo CD does what its own tests say, in a Lua of the version that Argo CD runs. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KINDS } from '../../../crds/index.ts';
import { argocdFiles, SOME_TIME } from './files.ts';
import { luaMissing, runLua } from './testing/lua.ts';

const ROOT = join(import.meta.dirname, '../../../examples/argocd');
const GROUP = join(ROOT, 'resource_customizations/headgate.dev');
const missing = luaMissing();
if (missing !== null) process.stderr.write(`scripts for Argo CD are not run: ${missing}\n`);

interface HealthTests {
  readonly tests: readonly {
    readonly healthStatus: { readonly status: string; readonly message: string };
    readonly inputPath: string;
  }[];
}
interface ActionTests {
  readonly discoveryTests: readonly {
    readonly inputPath: string;
    readonly result: readonly { readonly name: string; readonly disabled: boolean }[];
  }[];
  readonly actionTests: readonly {
    readonly action: string;
    readonly inputPath: string;
    readonly expectedOutputPath: string;
  }[];
}

const text = (path: string): string => readFileSync(path, 'utf8');
const read = (path: string): unknown => parse(text(path)) as unknown;

describe.skipIf(missing !== null).for(Object.keys(KINDS))(
  `health of a %s${missing === null ? '' : ` (${missing})`}`,
  (kind) => {
    const folder = join(GROUP, kind);
    const { tests } = read(join(folder, 'health_test.yaml')) as HealthTests;
    it.for(tests)('$inputPath', async ({ healthStatus, inputPath }) => {
      expect(await runLua(text(join(folder, 'health.lua')), read(join(folder, inputPath)))).toEqual(healthStatus);
    });
  },
);

const withActions = globSync('*/actions/action_test.yaml', { cwd: GROUP }).map((path) => dirname(path));

describe.skipIf(missing !== null).for(withActions)(`%s${missing === null ? '' : ` (${missing})`}`, (path) => {
  const folder = join(GROUP, path);
  const { discoveryTests, actionTests } = read(join(folder, 'action_test.yaml')) as ActionTests;
  it.for(discoveryTests)('offered for $inputPath', async ({ inputPath, result }) => {
    const found = await runLua(text(join(folder, 'discovery.lua')), read(join(folder, inputPath)));
    expect(found).toEqual(Object.fromEntries(result.map(({ name, disabled }) => [name, { disabled }])));
  });
  it.for(actionTests)('$action', async ({ action, inputPath, expectedOutputPath }) => {
    const before = Date.now();
    const changed = await runLua(text(join(folder, action, 'action.lua')), read(join(folder, inputPath)));
    const { metadata } = changed as { metadata: { annotations?: Record<string, string> } };
    for (const name of ['headgate.dev/requestedAt', 'headgate.dev/run']) {
      const time = metadata.annotations?.[name];
      if (time === undefined) continue;
      expect(Math.abs(Date.parse(time) - before)).toBeLessThan(5000);
      metadata.annotations![name] = SOME_TIME;
    }
    expect(changed).toEqual(read(join(folder, expectedOutputPath)));
  });
});

describe('the ConfigMap and the values of the chart', () => {
  const { data } = read(join(ROOT, 'argocd-cm.yaml')) as { data: Record<string, string> };

  it('hold the scripts of the files', () => {
    const { configs } = read(join(ROOT, 'values.yaml')) as { configs: { cm: Record<string, string> } };
    expect(configs.cm).toEqual(data);
    for (const kind of Object.keys(KINDS)) {
      const key = `headgate.dev_${kind}`;
      expect(data[`resource.customizations.health.${key}`]).toBe(text(join(GROUP, kind, 'health.lua')));
    }
    for (const path of withActions) {
      const setting = parse(data[`resource.customizations.actions.headgate.dev_${dirname(path)}`]!) as {
        'discovery.lua': string;
        definitions: { name: string; 'action.lua': string }[];
      };
      expect(setting['discovery.lua']).toBe(text(join(GROUP, path, 'discovery.lua')));
      for (const { name, 'action.lua': script } of setting.definitions)
        expect(script).toBe(text(join(GROUP, path, name, 'action.lua')));
    }
  });

  it('no file is left of what is generated no more', () => {
    const generated = [...argocdFiles().keys()].filter((path) => path.includes('/resource_customizations/'));
    const found = globSync('examples/argocd/resource_customizations/**/*.{lua,yaml}', { cwd: join(ROOT, '../..') });
    expect(found.sort()).toEqual(generated.sort());
  });
});
