import { failureOf, type CheckContext, type Failure, type Notice } from '../../src/checker.ts';
import { kindAddress, objectAddress } from '../kubernetes/address.ts';
import type { ApiCatalog } from '../kubernetes/live/api-catalog.ts';
import { objectKey } from '../kubernetes/live/kind-plan.ts';
import type { DesiredObject, ResourceKind } from '../kubernetes/observation.ts';
import type { CompareObservation } from './observation.ts';
import type { CompareOptions } from './options.ts';
import { rewriteSide } from './rewrite.ts';
import { openCluster, openClusterSide } from './sides/cluster-side.ts';
import { openDeclaredSide } from './sides/declared-side.ts';
import { kindsToCompare } from './sides/kinds.ts';
import type { Side } from './sides/side.ts';

/** Reads both sides and pairs their objects, kind by kind. */
export async function* observe(options: CompareOptions, context: CheckContext): AsyncGenerator<CompareObservation> {
  const open: { close(): void }[] = [];
  try {
    const left = await openSide('left', options, context);
    open.push(left);
    const right = await openSide('right', options, context);
    open.push(right);
    for (const { findings } of [left, right]) yield { piece: 'findings', ...findings };
    if ([left, right].some(({ declared, findings }) => declared?.length === 0 && findings.failures.length > 0)) return;
    const schemas = await catalogOf({ left, right, options, context, open });
    yield* observeKinds({ left, right, schemas, options, context });
  } finally {
    for (const one of open) one.close();
  }
}

function openSide(name: Side['name'], options: CompareOptions, context: CheckContext): Promise<Side> {
  const side = options[name];
  const given = { context, rewrite: rewriteSide(name, options.map) };
  return side.cluster === undefined ? openDeclaredSide(name, side, given) : openClusterSide(name, side.cluster, given);
}

interface Opened {
  readonly left: Side;
  readonly right: Side;
  readonly options: CompareOptions;
  readonly context: CheckContext;
}

/** Who tells how values are read: a cluster that is compared, else the one that `schemas` names, else nobody. */
async function catalogOf(opened: Opened & { readonly open: { close(): void }[] }): Promise<ApiCatalog | undefined> {
  const { left, right, options, context, open } = opened;
  const own = right.catalog ?? left.catalog;
  if (own !== undefined || options.schemas === undefined) return own;
  const { catalog, client } = await openCluster(options.schemas, context);
  open.push(client);
  return catalog;
}

async function* observeKinds(
  given: Opened & { readonly schemas: ApiCatalog | undefined },
): AsyncGenerator<CompareObservation> {
  const { left, right, schemas, options, context } = given;
  const { kinds, failures } = await kindsToCompare([left, right], { schemas, options });
  if (failures.length > 0) yield findings(failures);
  const isMixed = (left.declared === undefined) !== (right.declared === undefined);
  const undeclared = options.undeclared ?? !isMixed;
  for (const kind of kinds) {
    context.signal.throwIfAborted();
    try {
      yield* pair(kind, await bothOf(kind, left, right), { undeclared, left, right });
    } catch (error) {
      context.signal.throwIfAborted();
      yield findings([{ ...failureOf(error), address: kindAddress(kind) }]);
    }
  }
}

interface Objects {
  readonly left: readonly DesiredObject[];
  readonly right: readonly DesiredObject[];
}

async function bothOf(kind: ResourceKind, left: Side, right: Side): Promise<Objects> {
  if (left.declared === undefined && right.declared !== undefined) {
    const declared = await right.objects(kind, undefined);
    return { left: await left.objects(kind, declared), right: declared };
  }
  const first = await left.objects(kind, undefined);
  const wanted = left.declared === undefined ? undefined : first;
  return { left: first, right: await right.objects(kind, wanted) };
}

/** Objects of one piece. */
const PIECE = 50;

function* pair(
  resource: ResourceKind,
  { left, right }: Objects,
  sides: { readonly undeclared: boolean; readonly left: Side; readonly right: Side },
): Generator<CompareObservation> {
  const [lefts, rights] = [byKey(left, resource), byKey(right, resource)];
  const both = lefts.objects.entries().flatMap(([key, object]) => {
    const other = rights.objects.get(key);
    return other === undefined ? [] : [{ left: object, right: other }];
  });
  const onlyLeft = isTold(sides.left, sides.right, sides.undeclared) ? without(lefts.objects, rights.objects) : [];
  const onlyRight = isTold(sides.right, sides.left, sides.undeclared) ? without(rights.objects, lefts.objects) : [];
  const piece = { piece: 'objects', resource, both: [], onlyLeft: [], onlyRight: [] } as const;
  for (const part of inParts([...both])) yield { ...piece, both: part };
  for (const part of inParts(onlyLeft)) yield { ...piece, onlyLeft: part };
  for (const part of inParts(onlyRight)) yield { ...piece, onlyRight: part };
  const notices = [...lefts.notices, ...rights.notices];
  if (notices.length > 0) yield { ...findings([]), notices };
}

/** Whether what only one side has is told. Where the other could not be read whole, it may have it all the same. */
function isTold(side: Side, other: Side, undeclared: boolean): boolean {
  return other.findings.failures.length === 0 && (undeclared || side.declared !== undefined);
}

function* inParts<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += PIECE) yield items.slice(start, start + PIECE);
}

interface Keyed {
  readonly objects: ReadonlyMap<string, DesiredObject>;
  readonly notices: readonly Notice[];
}

/** Two objects that the mapping calls the same are one too many: the last counts, and it is said. */
function byKey(objects: readonly DesiredObject[], resource: ResourceKind): Keyed {
  const found = new Map<string, DesiredObject>();
  const notices: Notice[] = [];
  for (const declared of objects) {
    const { metadata } = declared.object;
    const key = objectKey(metadata);
    if (found.has(key)) {
      const message = 'stands for more than one object of a side: the last one counts';
      notices.push({ kind: 'duplicate', message, address: objectAddress(resource, metadata) });
    }
    found.set(key, declared);
  }
  return { objects: found, notices };
}

function without(
  objects: ReadonlyMap<string, DesiredObject>,
  others: ReadonlyMap<string, DesiredObject>,
): DesiredObject[] {
  return Array.from(objects).flatMap(([key, object]) => (others.has(key) ? [] : [object]));
}

function findings(failures: readonly Failure[]): Extract<CompareObservation, { piece: 'findings' }> {
  return { piece: 'findings', failures, notices: [], notCompared: [] };
}
