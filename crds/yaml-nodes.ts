import { isMap, isPair, isScalar, isSeq, type Node } from 'yaml';

/** What each anchor of a document stands for at a point of its text: a name may be given again further down. */
export type Anchors = Map<string, Node>;

/** Notes the anchors of a node whose value nobody wants: what follows in the document may use them. */
export function noteAnchors(root: Node, anchors: Anchors): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isPair(node)) open.push(node.value, node.key);
    if (!isMap(node) && !isSeq(node)) continue;
    for (let index = node.items.length - 1; index >= 0; index -= 1) open.push(node.items[index]);
  }
}

/** The key of a pair as a string, or null when it is a map, a list or empty. `1.0: x` keeps its spelling. */
export function keyText(key: unknown): string | null {
  if (typeof key === 'string') return key;
  if (!isScalar(key) || key.value === null) return null;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/** Where a node begins in the text. */
export function offsetOf(node: unknown, fallback = 0): number {
  return (node as Node | null | undefined)?.range?.[0] ?? fallback;
}

/** Whether nothing stands behind the colon. */
export function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === '');
}

/** Whether a key is `<<`, which merges a map into the one that it stands in. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

/** Whether `offset` lies inside the node: it is still being read. */
export function isOpen(node: Node, offset: number): boolean {
  return node.range != null && node.range[0] <= offset && offset < node.range[1];
}
