import type { KubeObject } from '../../controller/kubernetes/types.ts';
import type { CliContext } from '../context.ts';
import { conditionLines } from '../output/conditions.ts';
import { count, relative } from '../output/figures.ts';
import { statusText } from '../output/style.ts';
import { renderTable } from '../output/table.ts';
import { printable } from '../output/width.ts';
import { timeOf, type Family } from './family.ts';
import { isOwnedBy, pipelineStatusOf, runStatusOf, type CoreEvent } from './shapes.ts';
import { deploymentWord, jobWord, pipelineWord, podWord, runWord } from './words.ts';

interface Node {
  readonly text: string;
  readonly children: readonly Node[];
}

/** So many Runs and Jobs are shown; how many more there are is said. */
const RECENT = 5;

/** A pipeline, what belongs to it, and its conditions. */
export function familyTree(family: Family, context: CliContext): string {
  const { pipeline, runs, jobs, deployments, pods } = family;
  const podsOf = (owner: KubeObject, deep = false): Node[] =>
    pods
      // A Pod of a Deployment is owned by a ReplicaSet, whose name begins with that of the Deployment.
      .filter((pod) => isOwnedBy(pod, owner.metadata.uid) || (deep && isOwnedThrough(pod, owner)))
      .map((pod) => leaf(pod, podWord(pod), context));
  const root: Node = {
    text: line(pipeline, pipelineWord(pipeline), context),
    children: [
      ...some(runs, 'Runs', (run) => leaf(run, runWord(run), context, rowsOf(run))),
      ...some(jobs, 'Jobs', (job) => ({ text: line(job, jobWord(job), context), children: podsOf(job) })),
      ...deployments.map((deployment) => ({
        text: line(deployment, deploymentWord(deployment), context),
        children: podsOf(deployment, true),
      })),
    ],
  };
  return `${draw(root).join('\n')}\n${conditionLines(pipelineStatusOf(pipeline).conditions ?? [], context)}`;
}

function some(objects: readonly KubeObject[], word: string, node: (object: KubeObject) => Node): Node[] {
  const left = objects.length - RECENT;
  const more = left > 0 ? [{ text: `and ${left} more ${word}`, children: [] }] : [];
  return [...objects.slice(0, RECENT).map(node), ...more];
}

function isOwnedThrough(pod: KubeObject, deployment: KubeObject): boolean {
  const prefix = `${deployment.metadata.name}-`;
  return (
    pod.metadata.ownerReferences?.some(({ kind, name }) => kind === 'ReplicaSet' && name.startsWith(prefix)) ?? false
  );
}

const leaf = (object: KubeObject, word: string, context: CliContext, more = ''): Node => ({
  text: line(object, word, context, more),
  children: [],
});

function line({ kind, metadata }: KubeObject, word: string, { style, clock }: CliContext, more = ''): string {
  const age = style('dim', relative(metadata.creationTimestamp, clock()));
  return `${kind}/${style('bold', metadata.name)}  ${statusText(style, word)}${more}  ${age}`;
}

function rowsOf(run: KubeObject): string {
  const { rowsLoaded } = runStatusOf(run);
  return rowsLoaded === undefined ? '' : `  ${count(rowsLoaded)} rows`;
}

function draw({ text, children }: Node): string[] {
  const last = children.length - 1;
  return [
    text,
    ...children.flatMap((child, index) => {
      const [head = '', ...rest] = draw(child);
      return [
        `${index === last ? '└─' : '├─'} ${head}`,
        ...rest.map((row) => `${index === last ? '  ' : '│ '} ${row}`),
      ];
    }),
  ];
}

/** Events, the oldest first, as `kubectl get events` shows them; empty when there are none. */
export function eventTable(events: readonly CoreEvent[], context: CliContext): string {
  if (events.length === 0) return '';
  const now = context.clock();
  return renderTable(
    [
      { title: 'LAST SEEN' },
      { title: 'TYPE' },
      { title: 'REASON' },
      { title: 'OBJECT', shrink: true },
      { title: 'COUNT', align: 'right' },
      { title: 'MESSAGE', shrink: true },
    ],
    events.map((event) => [
      relative(timeOf(event), now),
      event.type ?? '',
      event.reason ?? '',
      `${event.involvedObject.kind ?? ''}/${event.involvedObject.name ?? ''}`,
      String(event.series?.count ?? event.count ?? 1),
      printable(event.message ?? ''),
    ]),
    { width: context.terminal.width },
  );
}

/** One line for each pipeline: how it is, and why where that is not plain. */
export function statusTable(pipelines: readonly KubeObject[], context: CliContext): string {
  const now = context.clock();
  return renderTable(
    [
      { title: 'NAME' },
      { title: 'STATUS' },
      { title: 'LAST RUN' },
      { title: 'NEXT RUN' },
      { title: 'MESSAGE', shrink: true },
    ],
    pipelines.map((pipeline) => {
      const { lastRun, nextRunAt, conditions = [] } = pipelineStatusOf(pipeline);
      const ready = conditions.find(({ type }) => type === 'Ready');
      return [
        pipeline.metadata.name,
        statusText(context.style, pipelineWord(pipeline)),
        lastRun === undefined ? '-' : statusText(context.style, lastRun.status),
        relative(nextRunAt, now) || '-',
        ready === undefined || ready.status === 'True' ? '' : printable(ready.message),
      ];
    }),
    { width: context.terminal.width },
  );
}
