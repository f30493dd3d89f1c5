/**
 * The controller is ended by force after each single write to the API, and started again: the end is always the same. A proxy in
 * front of the API server counts the writes.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENT, JOB, typeOf } from '../../controller/kubernetes/object-types.ts';
import { testCluster, testNamespace, type TestNamespace } from '../../controller/kubernetes/testing/cluster.ts';
import type { KubeObject } from '../../controller/kubernetes/types.ts';
import { eventually } from '../server.ts';
import { redisMissing, startRedis, type RedisServer } from '../servers/redis.ts';
import { startApiProxy, type ApiProxy } from './api-proxy.ts';
import { startController, type ControllerProcess } from './controllers.ts';
import { apply, kubectl } from './kubectl.ts';

const missing = await redisMissing();
const cluster = testCluster();
/** Nothing was written for so long: the controller has done what it had to. */
const QUIET_MS = 1500;
const MAX_WRITES = 60;
/** The lease of its controllers has that name. */
const ENVIRONMENT = `crash-${randomBytes(3).toString('hex')}`;

const DECLARED = `
apiVersion: headgate.dev/v1alpha1
kind: Connection
metadata: {name: numbers}
spec: {connector: generator, settings: {rows: 3}}
---
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: batch}
spec:
  source: {connection: numbers, stream: orders}
  destination: {connector: stdout}
---
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: live}
spec:
  source: {connector: events}
  destination: {connector: stdout}
---
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: broken}
spec:
  source: {connection: nowhere, stream: orders}
  destination: {connector: stdout}
---
apiVersion: headgate.dev/v1alpha1
kind: Run
metadata: {name: first}
spec: {pipeline: batch}
`;

describe.skipIf(missing !== null)(
  `a controller that is killed after each write (${missing ?? 'Redis is there'})`,
  () => {
    let redis: RedisServer;
    let proxy: ApiProxy;
    let folder: string;
    const spaces: TestNamespace[] = [];
    const controllers: ControllerProcess[] = [];
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'headgate-crash-'));
      redis = await startRedis();
      proxy = await startApiProxy(process.env['KUBECONFIG']!);
      await proxy.kubeconfig(join(folder, 'kubeconfig'));
      // No node takes a Pod, whether there are any or not: what they would do goes on and on.
      await writeFile(join(folder, 'runner.json'), JSON.stringify({ nodeSelector: { 'headgate.dev/nowhere': 'yes' } }));
    });
    afterAll(async () => {
      for (const { child } of controllers) child.kill('SIGKILL');
      await proxy?.close();
      await redis?.stop();
      for (const space of spaces) await space.remove();
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function start(namespace: string, store: string): Promise<ControllerProcess> {
      const controller = await startController({
        kubeconfig: join(folder, 'kubeconfig'),
        store,
        namespaces: [namespace],
        args: ['--environment', ENVIRONMENT, '--runner-settings', join(folder, 'runner.json')],
      });
      controllers.push(controller);
      return controller;
    }

    /** Waits until nothing is written any more. Renewals of the lease do not count. */
    async function settled(): Promise<void> {
      let last = -1;
      let since = performance.now();
      await eventually(
        'the controller to be quiet',
        async () => {
          const now = counted;
          if (now !== last) [last, since] = [now, performance.now()];
          return performance.now() - since > QUIET_MS && now > 0;
        },
        40_000,
      );
    }

    let counted = 0;
    const isReconcile = (url: string): boolean => !/\/(leases|events|tokenreviews|subjectaccessreviews)\b/.test(url);

    /** What there is in a namespace, without what differs by time and place. */
    async function picture(namespace: string): Promise<unknown> {
      const of = async (
        type: Parameters<typeof cluster.list>[0],
        show: (object: KubeObject) => unknown,
      ): Promise<unknown> => {
        const { items } = await cluster.list(type, { namespace });
        return items.map(show).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      };
      const declared = ({ metadata, spec, status }: KubeObject): unknown => {
        const { phase, conditions = [] } = (status ?? {}) as {
          phase?: string;
          conditions?: readonly { type: string; status: string; reason: string }[];
        };
        // One look sees a Pod that starts and a later one a Pod that cannot.
        const waits = conditions.some(({ reason }) => reason === 'Starting' || reason === 'Unschedulable');
        return {
          name: metadata.name,
          finalizers: metadata.finalizers ?? [],
          spec,
          state: waits
            ? 'waits for its Pod'
            : [phase, conditions.map(({ type, status: is, reason }) => [type, is, reason])],
        };
      };
      const child = ({ metadata }: KubeObject): unknown => ({
        owners: (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind}/${name}`),
        component: metadata.labels?.['app.kubernetes.io/component'],
      });
      return {
        connections: await of(typeOf('Connection'), declared),
        pipelines: await of(typeOf('Pipeline'), declared),
        runs: await of(typeOf('Run'), declared),
        jobs: await of(JOB, child),
        deployments: await of(DEPLOYMENT, child),
      };
    }

    it('comes to the same end', { timeout: 600_000 }, async () => {
      let reference: unknown = null;
      let most = MAX_WRITES;
      for (let killAfter = 0; killAfter <= most; killAfter++) {
        const space = await testNamespace(cluster, 'hg-crash');
        spaces.push(space);
        const store = redis.fresh();
        await apply(space.name, DECLARED);
        counted = 0;
        let controller = await start(space.name, store);
        let killed = false;
        proxy.fate = ({ isWrite, url }) => {
          if (!isWrite || !isReconcile(url)) return { do: 'pass' };
          counted++;

          if (killed || counted !== killAfter) return { do: 'pass' };
          killed = true;
          return { do: 'done-and-cut', afterwards: () => void controller.child.kill('SIGKILL') };
        };
        if (killAfter === 0) {
          await settled();
          most = Math.min(MAX_WRITES, counted);
          reference = await picture(space.name);
        } else {
          await eventually('the kill', async () => killed && controller.child.signalCode !== null, 40_000);
          await controller.kill();
          // A leader that was killed is waited for otherwise, each time.
          await kubectl(['delete', 'lease', `headgate-${ENVIRONMENT}`, '-n', cluster.namespace, '--ignore-not-found']);
          counted = 0;
          controller = await start(space.name, store);
          await expect
            .poll(() => picture(space.name), {
              timeout: 40_000,
              interval: 200,
              message: `killed after write ${killAfter}`,
            })
            .toEqual(reference);
        }
        proxy.fate = null;
        await controller.kill();
        await kubectl(['delete', 'lease', `headgate-${ENVIRONMENT}`, '-n', cluster.namespace, '--ignore-not-found']);
      }
      expect(most).toBeGreaterThan(5);
      process.stdout.write(`killed after each of ${most} writes\n`);
    });
  },
);
