/** For tests: a small HTTP server in the cluster that pipelines write to, and that tells what came. */
import type { Cluster } from '../../controller/kubernetes/cluster.ts';
import { apply, kubectl } from './kubectl.ts';

export interface Sink {
  /** What a pipeline writes to: an address inside of the cluster. Everything after `/in/` names a channel. */
  urlOf(channel: string): string;
  /** The records of a channel, in the order in which they came. */
  records(channel: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  clear(channel: string): Promise<void>;
}

/** Takes POSTs of records as JSON (one, or an array) at `/in/<channel>`; answers and forgets them at `/out/<channel>`. */
const SERVER = `
const channels = new Map();
require('node:http').createServer((asked, answer) => {
  const [, way, channel] = asked.url.split('/');
  const known = channels.get(channel) ?? [];
  if (asked.method === 'DELETE') channels.delete(channel);
  if (asked.method !== 'POST') return answer.end(JSON.stringify(known));
  let body = '';
  asked.setEncoding('utf8').on('data', (chunk) => (body += chunk)).on('end', () => {
    const text = body.trim();
    const records = text.startsWith('[') ? JSON.parse(text) : text.split('\\n').map((line) => JSON.parse(line));
    channels.set(channel, [...known, ...records]);
    answer.end('{}');
  });
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

export async function startSink(cluster: Cluster, namespace: string, image: string): Promise<Sink> {
  const labels = { app: 'sink' };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'sink', labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      // It stays on a node that is lost: what came is in its memory.
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'sink',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '-e', SERVER],
          readinessProbe: { httpGet: { path: '/out/none', port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'sink' },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
  };
  await apply(namespace, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod, service] }));
  await kubectl(['wait', '-n', namespace, '--for=condition=Ready', 'pod/sink', '--timeout=60s']);
  const address = (
    await kubectl(['get', 'service', 'sink', '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}'])
  ).trim();
  const proxied = `/api/v1/namespaces/${namespace}/services/sink:80/proxy`;
  return {
    // Not every cluster of tests has DNS.
    urlOf: (channel) => `http://${address}/in/${channel}`,
    records: async (channel) => {
      const answer = await cluster.raw(`${proxied}/out/${channel}`);
      return (typeof answer === 'string' ? JSON.parse(answer) : answer) as Readonly<Record<string, unknown>>[];
    },
    clear: async (channel) => {
      await kubectl(['delete', '--raw', `${proxied}/out/${channel}`]);
    },
  };
}
