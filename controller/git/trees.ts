/** What commits and trees of a mirror say. */

/** Runs a Git command on the mirror and answers its standard output. */
type Run = (args: string[]) => Promise<string>;

export interface Commit {
  readonly revision: string;
  readonly author: string;
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly committedAt: number;
}

export interface TreeEntry {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly oid: string;
}

export async function readCommit(run: Run, revision: string): Promise<Commit> {
  const text = await run(['log', '-1', '--no-show-signature', '--format=%an <%ae>%x00%s%x00%ct', revision]);
  const [author = '', subject = '', seconds = '0'] = text.trim().split('\0');
  return { revision, author, subject: subject.slice(0, 500), committedAt: Number(seconds) * 1000 };
}

export async function readTreeId(run: Run, revision: string, path: string): Promise<string | null> {
  if (path === '') return (await run(['rev-parse', `${revision}^{tree}`])).trim();
  const listing = await run(['ls-tree', '-z', '--full-tree', revision, '--', path]);
  const match = /^\d+ (tree|blob) ([0-9a-f]+)\t/.exec(listing);
  return match?.[2] ?? null;
}

export async function listFiles(run: Run, revision: string, path: string): Promise<TreeEntry[]> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', revision, ...(path === '' ? [] : ['--', path])];
  const entries: TreeEntry[] = [];
  for (const line of (await run(args)).split('\0')) {
    const match = /^100(?:644|755) blob ([0-9a-f]+)\t([^]+)$/.exec(line);
    if (match !== null) entries.push({ oid: match[1]!, path: match[2]! });
  }
  return entries;
}
