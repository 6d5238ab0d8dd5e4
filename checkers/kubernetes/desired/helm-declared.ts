import { failureOf, type CheckContext, type Failure, type NotCompared, type Notice } from '../../../src/checker.ts';
import { readHelmRelease, type HelmRelease, type ReleaseRecord } from './helm-release.ts';
import { readDeployed, type ReleaseScope, type ReleaseState } from './helm-releases.ts';
import { releaseObjects } from './helm-release-objects.ts';
import type { ApiClient } from '../live/api-client.ts';
import type { DesiredObject } from '../observation.ts';

/** What the releases declare, together. */
export interface ReleasesDeclared {
  readonly objects: readonly DesiredObject[];
  readonly findings: {
    readonly failures: readonly Failure[];
    readonly notices: readonly Notice[];
    readonly notCompared: readonly NotCompared[];
  };
  /** By `namespace/name`, as objects are marked: what is theirs and not declared was left behind. */
  readonly known: ReadonlySet<string>;
}

interface Reading {
  readonly client: ApiClient;
  readonly scope: ReleaseScope;
  readonly context: CheckContext;
}

interface Latest {
  readonly revision: number;
  readonly outcome: Outcome;
}

/** One release, opened: nothing of its record is kept but the objects. */
interface Outcome {
  readonly objects: readonly DesiredObject[];
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
  readonly notCompared: readonly NotCompared[];
  /** As its objects are marked; undefined when what it wants is not known. */
  readonly known?: string;
}

/** Opens the newest deployed revision of each release, one after the other. One that cannot be read hides no other. */
export async function declaredBy(
  states: ReadonlyMap<string, ReleaseState>,
  { client, scope, context }: Reading,
): Promise<ReleasesDeclared> {
  const latest = new Map<string, Latest>();
  for await (const record of readDeployed(client, scope)) {
    context.signal.throwIfAborted();
    const state = states.get(record.key);
    const wanted = Math.max(state?.deployed?.revision ?? 0, latest.get(record.key)?.revision ?? 0);
    if (state === undefined || record.revision < wanted) continue;
    latest.set(record.key, { revision: record.revision, outcome: await open(record, state) });
  }
  const outcomes = Array.from(states, ([key, state]) => latest.get(key)?.outcome ?? withoutRecord(state));
  return {
    objects: outcomes.flatMap(({ objects }) => objects),
    findings: {
      failures: outcomes.flatMap(({ failures }) => failures),
      notices: outcomes.flatMap(({ notices }) => notices),
      notCompared: outcomes.flatMap(({ notCompared }) => notCompared),
    },
    known: new Set(outcomes.flatMap(({ known }) => known ?? [])),
  };
}

const NOTHING: Outcome = { objects: [], failures: [], notices: [], notCompared: [] };

async function open(record: ReleaseRecord, state: ReleaseState): Promise<Outcome> {
  const address = addressOf(state);
  let release: HelmRelease;
  try {
    release = await readHelmRelease(record);
  } catch (error) {
    const { phase, reason, message } = failureOf(error);
    const where = `release ${state.namespace}/${state.name}: ${record.object.metadata.name}`;
    return { ...NOTHING, failures: [{ phase, reason, message: `${where}: ${message}`, address }] };
  }
  const isApplied = release.revision >= state.newest.revision;
  const namespace = release.namespace || state.namespace;
  const declared = releaseObjects(release, { namespace, isApplied });
  const notices = isApplied ? [] : [unfinished(state, release)];
  const isKnown = isApplied && declared.failures.length === 0;
  return {
    ...declared,
    notices: [...notices, ...declared.notices],
    ...(isKnown && { known: `${namespace}/${state.name}` }),
  };
}

/** The newest revision is under way, or did not come to its end. */
function unfinished({ namespace, name, newest }: ReleaseState, { revision }: HelmRelease): Notice {
  const message =
    `release ${namespace}/${name}: revision ${newest.revision} is ${newest.status}; compared with revision ${revision}, ` +
    'the last that was deployed';
  return { kind: 'warning', message, address: addressOf({ namespace, name }) };
}

/** What there is to say of a release with no deployed revision, or with one that was gone when it was asked for. */
function withoutRecord({ namespace, name, newest, deployed }: ReleaseState): Outcome {
  const address = addressOf({ namespace, name });
  if (deployed !== undefined) {
    const message = `release ${namespace}/${name}: revision ${deployed.revision} was replaced while it was read`;
    return { ...NOTHING, failures: [{ phase: 'observe', reason: 'stale', message, address }] };
  }
  if (newest.status === 'uninstalled') return { ...NOTHING, known: `${namespace}/${name}` };
  const why = `no revision is deployed: revision ${newest.revision} is ${newest.status}`;
  return {
    ...NOTHING,
    notices: [{ kind: 'warning', message: `release ${namespace}/${name}: ${why}`, address }],
    notCompared: [{ address, type: 'Release', scope: `${namespace}/${name}`, why }],
  };
}

function addressOf({ namespace, name }: Pick<ReleaseState, 'namespace' | 'name'>): string {
  return `helm.sh/Release/${namespace}/${name}`;
}
