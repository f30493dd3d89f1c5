import type { KubeConfig } from '@kubernetes/client-node';
import { HttpMethod, RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import type { Configuration } from './configuration.ts';

type Dispatcher = Parameters<RequestContext['setDispatcher']>[0];

/** What a call is made with: headers, and connections with the certificates as they are now. */
export class Credentials extends RequestContext {
  readonly #config: KubeConfig | Configuration;
  /** What the dispatcher was made of; undefined when it is not known. */
  certificates: string | undefined;

  constructor(url: URL, config: KubeConfig | Configuration) {
    super(url.toString(), HttpMethod.GET);
    this.#config = config;
  }

  /** It is given the dispatcher in the same step in which that is made: no other call comes between. */
  override setDispatcher(dispatcher: Dispatcher): void {
    super.setDispatcher(dispatcher);
    this.certificates = 'certificates' in this.#config ? this.#config.certificates : undefined;
  }
}
