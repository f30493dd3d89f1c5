import { HeadgateError, isHeadgateError, messageOf } from '../../foundation/errors.ts';
import { displayUrl } from './url.ts';

const CORRUPT =
  /not a git repository|bad object|corrupt|object file .* is empty|unable to read (tree|sha1|object)|missing (blob|tree|commit)|not a valid object|loose object|packfile|inflate|invalid index|bad tree|bad revision|malformed|could not get object info|unresolved deltas|bad config|error: Could not read|unable to (find|unpack)|repository version|invalid sha1|failed to (read|parse)|fatal: bad/i;
const REF_MISSING = /couldn't find remote ref|no such ref|unknown revision|not our ref|upload-pack: not our ref/i;
const AUTH =
  /authentication failed|could not read (username|password)|permission denied|access denied|returned error: 40[13]|terminal prompts disabled|invalid credentials/i;
const OTHER_HOST = /redirects to another host/i;
const CERTIFICATE = /certificate|unknown CA/i;
const HOST_KEY = /host key verification failed/i;

const PROGRESS = /^(remote: )?(Enumerating|Counting|Compressing|Receiving|Resolving|Unpacking|Total|From ) ?/;

/** Git's complaint as one line without URLs' user parts and without our own paths. */
export function firstLines(error: unknown): string {
  return (typeof error === 'string' ? error : messageOf(error))
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(hint|warning):/i.test(line) && !PROGRESS.test(line))
    .slice(0, 3)
    .map(displayUrl)
    .join('; ')
    .slice(0, 500);
}

/** Whether Git complains of damage: of the mirror, or of what the remote sent. */
export function looksCorrupt(error: unknown): boolean {
  if (isHeadgateError(error)) return error.code === 'git_corrupt';
  return CORRUPT.test(messageOf(error)) && !REF_MISSING.test(messageOf(error));
}

/** An error of a command that talks to the remote. */
export function remoteError(error: unknown, url: string): HeadgateError {
  if (isHeadgateError(error)) return error;
  const text = messageOf(error);
  const where = displayUrl(url);
  if (REF_MISSING.test(text)) {
    return new HeadgateError('git_ref_not_found', `${where}: ${firstLines(error)}`, { cause: error });
  }
  if (HOST_KEY.test(text)) {
    return new HeadgateError('git_unreachable', `${where}: the host key is not trusted`, {
      hint: 'put the lines of known_hosts into `spec.credentials.knownHosts`',
      cause: error,
    });
  }
  if (OTHER_HOST.test(text)) {
    return new HeadgateError('git_unreachable', `${where}: redirects to another host: ${firstLines(error)}`, {
      hint: 'no host but that of `spec.url` gets its credentials: if the repository has moved, correct `spec.url`',
      cause: error,
    });
  }
  if (CERTIFICATE.test(text)) {
    return new HeadgateError('git_unreachable', `${where}: the certificate is not trusted: ${firstLines(error)}`, {
      hint: 'start the server with GIT_SSL_CAINFO naming a file with the certificate of your authority',
      cause: error,
    });
  }
  if (AUTH.test(text)) {
    return new HeadgateError('git_unreachable', `${where}: signing in failed: ${firstLines(error)}`, {
      hint: 'check `spec.credentials` and what they may read',
      cause: error,
    });
  }
  return new HeadgateError('git_unreachable', `${where}: ${firstLines(error)}`, { cause: error, retryable: true });
}

/** Throws `conflict` where Git complains that a branch `a/b` cannot be beside a branch `a`. */
export function refuseTakenName(stderr: string, ref: string): void {
  const taken = /'refs\/heads\/([^']+)' exists; cannot create/.exec(stderr)?.[1];
  if (taken === undefined) return;
  throw new HeadgateError('conflict', `the branch '${ref.replace('refs/heads/', '')}' cannot be beside '${taken}'`, {
    hint: `rename or delete the branch '${taken}' of the repository`,
  });
}

/** An error of a command that works on the mirror alone. */
export function mirrorError(error: unknown): HeadgateError {
  if (isHeadgateError(error)) return error;
  return new HeadgateError('git_corrupt', `the mirror cannot be read: ${firstLines(error)}`, { cause: error });
}
