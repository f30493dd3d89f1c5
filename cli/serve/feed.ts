/** What `serve` shows while it runs: each sync, each run with its progress, as they happen. */
import type { RunRecord, Store, SyncRecord } from '../../store/ports.ts';
import type { Resources } from '../../controller/ports.ts';
import type { CliContext } from '../context.ts';
import { count, counted, duration, shortRevision } from '../output/figures.ts';
import { statusText } from '../output/style.ts';
import { printable } from '../output/width.ts';
import { EventFeed } from './event-feed.ts';

/** Runs that are looked at in one go; more at once are shown when they end. */
const PAGE = 200;
const MAX_ERRORS = 20;
/** How often the progress of a long run is told, in milliseconds. */
const PROGRESS_MS = 5000;

interface Seen {
  status: RunRecord['status'];
  toldAt: number;
}

/** Follows the store and writes lines. Ends with the function that `start` answers. */
export class Feed {
  readonly #store: Store;
  readonly #resources: Resources;
  readonly #context: CliContext;
  readonly #seen = new Map<string, Seen>();
  readonly #syncs = new Map<string, string>();
  readonly #events: EventFeed;
  #busy: Promise<void> | null = null;
  #again = false;

  constructor(store: Store, resources: Resources, context: CliContext) {
    this.#store = store;
    this.#resources = resources;
    this.#context = context;
    this.#events = new EventFeed(store, resources);
  }

  start(): () => Promise<void> {
    const since = this.#context.clock();
    const look = (): void => {
      if (this.#busy !== null) {
        this.#again = true;
        return;
      }
      this.#busy = this.#look(since)
        .catch((error: unknown) => this.#line('warn', `cannot read the store: ${String(error)}`))
        .finally(() => {
          this.#busy = null;
          if (this.#again) {
            this.#again = false;
            look();
          }
        });
    };
    const offs = [this.#store.runs.watch(look), this.#store.syncs.watch(look)];
    const timer = setInterval(look, 1000);
    look();
    return async () => {
      for (const off of offs) off();
      clearInterval(timer);
      await this.#busy;
    };
  }

  async #look(since: number): Promise<void> {
    for (const { id } of await this.#resources.list({ kind: 'Repository' })) await this.#lookAtSyncs(id, since);
    const unfinished = await this.#store.runs.list({ status: ['pending', 'running'], limit: PAGE });
    for (const run of unfinished) await this.#tell(run);
    for (const [id, seen] of this.#seen) {
      if (seen.status !== 'pending' && seen.status !== 'running') continue;
      if (unfinished.some((run) => run.id === id)) continue;
      const run = await this.#store.runs.get(id);
      if (run === null) this.#seen.delete(id);
      else await this.#tell(run);
    }
    // Runs that began and ended between two looks.
    for (const run of (await this.#store.runs.list({ from: since, limit: PAGE })).toReversed()) {
      if (!this.#seen.has(run.id)) await this.#tell(run);
    }
    for (const { pipeline, text, bad } of await this.#events.lines(this.#context.clock())) {
      const { style } = this.#context;
      this.#line('event', `${style('bold', pipeline)} ${bad ? style('bad', text) : text}`);
    }
    while (this.#seen.size > 10 * PAGE) this.#seen.delete(this.#seen.keys().next().value!);
  }

  async #lookAtSyncs(repositoryId: string, since: number): Promise<void> {
    const known = this.#syncs.get(repositoryId);
    const records = await this.#store.syncs.list(repositoryId, 20);
    const fresh = records.findIndex((record) => record.id === known);
    for (const record of records.slice(0, fresh < 0 ? undefined : fresh).toReversed()) {
      if (record.finishedAt >= since) this.#tellSync(record);
    }
    if (records[0] !== undefined) this.#syncs.set(repositoryId, records[0].id);
  }

  #tellSync(record: SyncRecord): void {
    const { style } = this.#context;
    const counts = ['create', 'update', 'delete'].flatMap((action) => {
      const found = record.changes.filter((change) => change.action === action).length;
      return found === 0 ? [] : [`${found} ${action}d`];
    });
    const what = counts.length === 0 ? '' : `: ${counts.join(', ')}`;
    const commit = [
      shortRevision(record.attemptedRevision),
      record.subject === null ? '' : `"${printable(record.subject)}"`,
    ];
    this.#line('sync', `${statusText(style, record.status)} ${commit.filter(Boolean).join(' ')}${what}`);
    for (const change of record.changes.slice(0, MAX_ERRORS)) this.#line('', `${change.action} ${change.resource}`);
    for (const error of record.errors.slice(0, MAX_ERRORS)) {
      const at = error.at === undefined ? '' : `${error.at}: `;
      this.#line('', style('bad', `${at}${printable(error.message)}`));
      if (error.hint !== undefined) this.#line('', style('dim', error.hint));
    }
    if (record.errors.length > MAX_ERRORS)
      this.#line('', `and ${counted(record.errors.length - MAX_ERRORS, 'further error')}`);
  }

  async #tell(run: RunRecord): Promise<void> {
    const now = this.#context.clock();
    const seen = this.#seen.get(run.id);
    const changed = seen?.status !== run.status;
    const stale = run.status === 'running' && seen !== undefined && now - seen.toldAt >= PROGRESS_MS;
    if (!changed && !stale) return;
    this.#seen.set(run.id, { status: run.status, toldAt: now });
    if (run.status === 'pending') return;
    const { style } = this.#context;
    const facts = [
      run.status === 'running' && run.progress !== null
        ? `${run.progress.stage}, ${count(run.progress.rowsProcessed)} rows`
        : '',
      run.status === 'success' && run.rowsLoaded !== null && !run.dryRun ? counted(run.rowsLoaded, 'row') : '',
      run.status === 'success' ? await this.#destinations(run) : '',
      run.startedAt !== null && run.finishedAt !== null ? `in ${duration(run.finishedAt - run.startedAt)}` : '',
      run.revision === null ? '' : style('dim', `at ${shortRevision(run.revision)}`),
    ].filter(Boolean);
    const how = run.dryRun ? 'dry run' : run.triggeredBy === 'schedule' ? 'scheduled' : run.triggeredBy;
    const what = [style('bold', run.pipeline), statusText(style, run.status), `(${how})`, ...facts];
    this.#line('run', what.join(' '));
    if (run.error !== null && run.status === 'failed') {
      this.#line('', style('bad', printable(run.error.message)));
      if (run.error.hint !== undefined) this.#line('', style('dim', run.error.hint));
    }
  }

  /** Where the rows went, as the pipeline declares it now: `to lake weather.parquet`. */
  async #destinations({ workspace, pipeline, dryRun }: RunRecord): Promise<string> {
    const found = await this.#resources.get<'Pipeline'>({ kind: 'Pipeline', namespace: workspace, name: pipeline });
    if (found === null || dryRun) return '';
    const { destination, destinations = destination === undefined ? [] : [destination] } = found.resource.spec;
    const names = destinations.map(({ connection, connector, stream }) =>
      printable([connection ?? connector, stream].filter((part) => part !== undefined).join(' ')),
    );
    return names.length === 0 ? '' : `to ${names.join(', ')}`;
  }

  #line(topic: string, text: string): void {
    const time = topic === '' ? ' '.repeat(8) : new Date(this.#context.clock()).toTimeString().slice(0, 8);
    this.#context.terminal.out(`${this.#context.style('dim', time)} ${topic.padEnd(5)} ${text}\n`);
  }
}
