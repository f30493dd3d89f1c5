/** The configuration of @kubernetes/client-node, as a process needs it that lives longer than its credentials. */
import { createHash } from 'node:crypto';
import type { KubeConfig } from '@kubernetes/client-node';
import { loadKubeConfig } from './kube-config.ts';

export interface Configuration extends KubeConfig {
  /** A hash of the certificates, and of what else of TLS, that the newest dispatcher was made of. */
  readonly certificates: string;
}

/**
 * What `load` loads: at once, and again each `rereadMs`, when somebody asks. It stays with the context and the server that it had: the
 * next file may be half written, or of a person who has turned to another cluster, where these credentials must not go.
 *
 * HTTP/1.1, a connection for each call under way. HTTP/2 would put all of them on one, and where that dies without a word no call
 * ends it: watches, writes and the lease would hang together for minutes.
 */
export function configuration(load: (config: KubeConfig) => void, rereadMs: number): Configuration {
  class Renewed extends loadKubeConfig() implements Configuration {
    certificates = '';
    #readAt = performance.now();

    override async applySecurityAuthentication(
      ...args: Parameters<KubeConfig['applySecurityAuthentication']>
    ): Promise<void> {
      if (performance.now() - this.#readAt >= rereadMs) this.#reread();
      await super.applySecurityAuthentication(...args);
    }

    override createDispatcherOptions(
      ...args: Parameters<KubeConfig['createDispatcherOptions']>
    ): ReturnType<KubeConfig['createDispatcherOptions']> {
      const options = super.createDispatcherOptions(...args);
      const [, { ca, cert, key, servername, rejectUnauthorized }] = args;
      const parts = [ca, cert, key, servername, rejectUnauthorized].map(String);
      this.certificates = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
      if (options.type !== 'agent') return options;
      // undici's own word, which the types of the client do not know.
      return { ...options, connect: Object.assign(options.connect, { allowH2: false }) };
    }

    #reread(): void {
      this.#readAt = performance.now();
      const fresh = new Renewed();
      try {
        load(fresh);
      } catch {
        // What was read before holds until the file can be read again.
        return;
      }
      const currentContext = this.getCurrentContext();
      fresh.setCurrentContext(currentContext);
      const user = fresh.getCurrentUser();
      if (user === null || fresh.getCurrentCluster()?.server !== this.getCurrentCluster()?.server) return;
      // Providers of tokens keep what they were given last in their user, and nowhere else.
      const keeps = user.authProvider !== undefined && user.authProvider !== null;
      const { clusters, contexts } = fresh;
      this.loadFromOptions({ clusters, contexts, users: keeps ? this.users : fresh.users, currentContext });
    }
  }
  const config = new Renewed();
  load(config);
  return config;
}
