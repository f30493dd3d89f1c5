import type { Scope, TokenRecord } from '../../store/ports.ts';

/** Who issues tokens beside this server, and says what they may do. */
export interface TokenAuthority {
  /** Whether a token could be one of its own, by its form alone: nobody is asked. */
  recognizes(secret: string): boolean;
  /**
   * The token as a record that says where its owner has `scope`: none of its scopes holds in fewer workspaces than it names.
   * Null when it is not valid. Rejects with `unavailable` when that cannot be found out now: a token that may be good is not refused.
   */
  find(secret: string, scope: Scope): Promise<TokenRecord | null>;
}
