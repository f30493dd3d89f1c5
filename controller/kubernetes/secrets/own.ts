/** Secrets that are not for pipelines: those of the installation itself. */

export interface OwnSecrets {
  /** Of the Secret with the store's address, the same in each namespace. */
  readonly storeSecret: string;
  /** Of the Secret with the credentials of the bucket for outputs, the same in each namespace. */
  readonly outputsSecret?: string;
  /** Where the installation is. */
  readonly namespace: string;
  /** Its Secrets there, such as those with the administrator's token and the password of the store. */
  readonly names: readonly string[];
}

/** What controllers of other environments call the Secret with the address of their store. */
const STORE_SECRET = /^headgate-[a-z0-9-]+-store$/;

/** Whoever has the value of one of them has every workspace: nothing that is declared may refer to it. */
export function isOwnSecret(own: OwnSecrets, where: string, name: string): boolean {
  const { storeSecret, outputsSecret, namespace, names } = own;
  return (
    name === storeSecret ||
    name === outputsSecret ||
    STORE_SECRET.test(name) ||
    (where === namespace && names.includes(name))
  );
}

/** Such a Secret gives the rights of its account at the Kubernetes API. */
export const ACCOUNT_TOKEN = 'kubernetes.io/service-account-token';
