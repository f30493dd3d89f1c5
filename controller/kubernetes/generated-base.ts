/** What `KubeConfig` needs of the generated part of @kubernetes/client-node: no models, no clients. */
export { createConfiguration } from '@kubernetes/client-node/dist/gen/configuration.js';
export { ServerConfiguration } from '@kubernetes/client-node/dist/gen/servers.js';
