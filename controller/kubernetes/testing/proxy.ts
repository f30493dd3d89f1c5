/** For tests: the API server behind a TCP proxy that can be cut off. */
import { connect, createServer, isIP, type AddressInfo, type Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { Cluster } from '../cluster.ts';

export interface ProxiedCluster {
  readonly cluster: Cluster;
  /** Ends all connections and takes no further ones. */
  cut(): void;
  /** Lets connections be made and says nothing on any of them. */
  hang(): void;
  restore(): void;
  close(): Promise<void>;
}

/** The cluster of `KUBECONFIG`, by a way of its own. */
export async function proxiedCluster(): Promise<ProxiedCluster> {
  const config = new KubeConfig();
  config.loadFromFile(process.env['KUBECONFIG'] ?? '');
  const target = new URL(config.getCurrentCluster()!.server);
  let way: 'open' | 'cut' | 'silent' = 'open';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const other = connect(Number(target.port === '' ? 443 : target.port), target.hostname);
    for (const end of [socket, other]) {
      sockets.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => sockets.delete(end));
    }
    socket.on('close', () => other.destroy());
    other.on('close', () => socket.destroy());
    if (way === 'cut') socket.destroy();
    socket.on('data', (data) => way === 'open' && other.write(data));
    other.on('data', (data) => way === 'open' && socket.write(data));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // The certificate is that of the server behind; TLS knows no addresses as names.
  const tls = isIP(target.hostname) === 0 ? { tlsServerName: target.hostname } : {};
  config.clusters = config.clusters.map((each) => ({ ...each, server: url, ...tls }));
  const cluster = new Cluster(config);
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    cluster,
    cut: () => {
      way = 'cut';
      endAll();
    },
    hang: () => {
      way = 'silent';
    },
    restore: () => {
      // What was sent into the silence is lost: those connections are of no use any more.
      if (way === 'silent') endAll();
      way = 'open';
    },
    close: async () => {
      endAll();
      await new Promise((resolve) => server.close(resolve));
      await cluster.close();
    },
  };
}
