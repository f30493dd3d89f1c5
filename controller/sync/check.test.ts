import { expect, test } from 'vitest';
import { checkTogether } from './check.ts';
import type { DeclaredEntry } from './inspect.ts';

const AROUND = { ownerOf: () => null, connectorOf: () => null };

const connection = (name: string, connector = 'http'): DeclaredEntry => ({
  key: `Connection/default/${name}`,
  hash: name,
  at: `${name}.yaml:1`,
  connector,
});
const pipeline = (name: string, uses: readonly string[]): DeclaredEntry => ({
  key: `Pipeline/default/${name}`,
  hash: name,
  at: `${name}.yaml:1`,
  uses: uses.map((connection, index) => ({
    connection,
    role: 'source',
    pointer: `/spec/sources/${index}/connection`,
    at: `${name}.yaml:5:1`,
  })),
});

test('names the connection that was probably meant, for each of several uses', () => {
  const { good, errors } = checkTogether([connection('shop'), pipeline('a', ['shp', 'shopp'])], AROUND);
  expect(good.map(({ key }) => key)).toEqual(['Connection/default/shop']);
  expect(errors.map(({ hint }) => hint)).toEqual(["did you mean 'shop'?", "did you mean 'shop'?"]);
});

test('a connection of events or webhooks is a source, one that only writes is not', () => {
  const connections = [connection('payments', 'events'), connection('hooks', 'webhook'), connection('out', 'stdout')];
  const { good, errors } = checkTogether(
    [...connections, pipeline('a', ['payments']), pipeline('b', ['hooks']), pipeline('c', ['out'])],
    AROUND,
  );
  expect(good.map(({ key }) => key)).toEqual(expect.arrayContaining(['Pipeline/default/a', 'Pipeline/default/b']));
  expect(errors.map(({ message }) => message)).toEqual(["connection 'out' (stdout) cannot be used as a source"]);
});

test('a commit that breaks ten thousand pipelines at once is told about within a second', () => {
  const entries = Array.from({ length: 10_000 }, (_, n) => [connection(`c${n}`), pipeline(`p${n}`, [`gone-${n}`])]);
  // It waits for nothing: what the thread itself computes is what it takes, however busy the machine is.
  const before = process.threadCpuUsage();
  expect(checkTogether(entries.flat(), AROUND).errors).toHaveLength(10_000);
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(1000);
});

test('a repository that is kept to its workspace declares nothing elsewhere', () => {
  const other: DeclaredEntry = { ...connection('shop'), key: 'Connection/payroll/shop' };
  const { good, errors } = checkTogether([connection('shop'), other], { ...AROUND, only: 'default' });
  expect(good.map(({ key }) => key)).toEqual(['Connection/default/shop']);
  expect(errors).toMatchObject([{ code: 'invalid_resource', workspace: 'payroll', at: 'shop.yaml:1' }]);
  expect(checkTogether([connection('shop'), other], AROUND).errors).toEqual([]);
});
