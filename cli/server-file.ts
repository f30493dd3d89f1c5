/** `server.json` in the data folder: where the server that uses the folder listens, so that the CLI beside it finds it. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const SERVER_FILE = 'server.json';

export interface ServerFile {
  /** Without a path, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly pid: number;
}

/** Null when there is none, or none that can be understood. */
export function readServerFile(dataDir: string): ServerFile | null {
  try {
    const { url, pid } = JSON.parse(readFileSync(join(dataDir, SERVER_FILE), 'utf8')) as Partial<ServerFile>;
    return typeof url === 'string' && URL.canParse(url) ? { url, pid: Number(pid) } : null;
  } catch {
    return null;
  }
}

export function writeServerFile(dataDir: string, file: ServerFile): void {
  const aside = join(dataDir, `${SERVER_FILE}.${file.pid}`);
  writeFileSync(aside, `${JSON.stringify(file)}\n`);
  renameSync(aside, join(dataDir, SERVER_FILE));
}

/** Removes the file if it is still that of `pid`. */
export function removeServerFile(dataDir: string, pid: number): void {
  if (readServerFile(dataDir)?.pid === pid) rmSync(join(dataDir, SERVER_FILE), { force: true });
}
