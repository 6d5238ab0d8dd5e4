import { hash } from 'node:crypto';
import type { ClusterFacts, DesiredObject, KubeMetadata, ResourceKind } from '../observation.ts';
import type { KindSchema } from '../schema/kind-schema.ts';

/** What a verdict depends on, beside the options: one state of one live object, what git declares of it, its autoscaler. */
export interface Compared {
  readonly live: Pick<KubeMetadata, 'name' | 'namespace'> & {
    readonly uid?: unknown;
    readonly resourceVersion?: unknown;
  };
  /** Absent for an object that git does not declare. */
  readonly desired: DesiredObject | undefined;
  readonly facts: ClusterFacts;
}

/** What earlier runs had nothing to tell about, of one kind. */
export interface KnownKind {
  /** Whether an earlier run saw the very same, and had nothing to tell: nor has this one then. */
  isSettled(compared: Compared): boolean;
  /** To be asked with the version of each LIST: where it is older than what was seen, what was seen is another past. */
  isNewer(resourceVersion: string): boolean;
  /** The server cannot say which objects there are without saying what they hold. */
  refuse(): void;
}

/** What one run knows of those before it, and tells those after it. */
export interface SettledObjects {
  /** Undefined for a kind that has to be read whole. */
  known(resource: ResourceKind): KnownKind | undefined;
  /** There was nothing to tell. */
  settle(resource: ResourceKind, compared: Compared): void;
  /** All of the kind was read just now. */
  isWhole(resource: ResourceKind): void;
  /** Makes what this run learnt known to the next one. */
  keep(): void;
}

/**
 * Nothing that is wrong for a reason that no version tells (an etcd that was restored, say) stays so for longer: kinds are
 * read whole that often.
 */
const WHOLE_EVERY_MS = 60 * 60 * 1000;

/** Of one live object, and of what its verdict depends on beside it. */
interface State {
  readonly resourceVersion: string;
  /** Digest of what git declares; empty when it declares nothing. */
  readonly desired: string;
  /** Of its autoscaler. */
  readonly range: string;
}

interface Kind {
  readonly schema: KindSchema;
  /** By uid. */
  readonly states: Map<string, State>;
  wholeAt: number;
  /** Version of the newest object or LIST that was seen. */
  newest: number;
  isRefused: boolean;
}

interface Memory {
  readonly server: string;
  readonly kinds: ReadonlyMap<string, Kind>;
}

/** By the options of a check, which are another object after each change of the configuration: what was is dropped then. */
const memories = new WeakMap<object, Memory>();

/** What earlier runs with these very options learnt of that server: about 0.2 KB an object, no object itself. */
export function settledObjects(options: object, server: string): SettledObjects {
  const memory = memories.get(options);
  const before = memory?.server === server ? memory.kinds : new Map<string, Kind>();
  const kinds = new Map<string, Kind>();
  /** Undefined for custom resources: how one looks may depend on a conversion webhook, of which no version tells. */
  const kindOf = (resource: ResourceKind): { readonly now: Kind; readonly earlier: Kind | undefined } | undefined => {
    const { schema } = resource;
    if (schema?.root.typeName === undefined) return undefined;
    const key = keyOf(resource);
    const found = before.get(key);
    const earlier = found?.schema === schema ? found : undefined;
    const now = kinds.get(key) ?? { wholeAt: -Infinity, newest: 0, isRefused: false, ...earlier, ...nothingOf(schema) };
    kinds.set(key, now);
    return { now, earlier };
  };
  return {
    known: (resource) => {
      const { now, earlier } = kindOf(resource) ?? {};
      if (now === undefined || earlier === undefined || now.isRefused) return undefined;
      return performance.now() - now.wholeAt < WHOLE_EVERY_MS ? knownKind(resource, now, earlier) : undefined;
    },
    settle: (resource, compared) => {
      const { now } = kindOf(resource) ?? {};
      const { uid } = compared.live;
      const state = now === undefined ? undefined : stateOf(compared, resource);
      if (now === undefined || state === undefined || typeof uid !== 'string') return;
      now.states.set(uid, state);
      now.newest = Math.max(now.newest, Number(state.resourceVersion) || 0);
    },
    isWhole: (resource) => {
      const { now } = kindOf(resource) ?? {};
      if (now !== undefined) now.wholeAt = performance.now();
    },
    keep: () => {
      memories.set(options, { server, kinds });
    },
  };
}

function nothingOf(schema: KindSchema): Pick<Kind, 'schema' | 'states'> {
  return { schema, states: new Map() };
}

function knownKind(resource: ResourceKind, now: Kind, { states }: Kind): KnownKind {
  return {
    isSettled: (compared) => {
      const { uid, resourceVersion } = compared.live;
      const known = typeof uid === 'string' ? states.get(uid) : undefined;
      if (known === undefined || known.resourceVersion !== resourceVersion) return false;
      const state = stateOf(compared, resource);
      if (state?.desired !== known.desired || state.range !== known.range) return false;
      now.states.set(uid as string, known);
      return true;
    },
    isNewer: (resourceVersion) => {
      const version = /^\d+$/.test(resourceVersion) ? Number(resourceVersion) : -1;
      const isNewer = version >= now.newest;
      if (isNewer) now.newest = version;
      else {
        states.clear();
        now.newest = 0;
      }
      return isNewer;
    },
    refuse: () => {
      now.isRefused = true;
    },
  };
}

function keyOf({ group, version, kind }: ResourceKind): string {
  return `${group}/${version}/${kind}`;
}

/** Undefined for an object that does not say which one it is, or in which state. */
function stateOf({ live, desired, facts }: Compared, { group, kind }: ResourceKind): State | undefined {
  const { uid, resourceVersion, namespace = '', name } = live;
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string' || uid === '' || resourceVersion === '') {
    return undefined;
  }
  const digest = desired === undefined ? '' : digestOf(desired);
  if (digest === undefined) return undefined;
  const range = facts.autoscaled.size === 0 ? undefined : facts.autoscaled.get(`${namespace}/${group}/${kind}/${name}`);
  return { resourceVersion, desired: digest, range: range === undefined ? '' : `${range.min}-${range.max}` };
}

/** Of manifests as they were read, which are the same objects in the next run where their text is. */
const digests = new WeakMap<DesiredObject, string>();

function digestOf(desired: DesiredObject): string | undefined {
  const known = digests.get(desired);
  if (known !== undefined) return known;
  try {
    const digest = hash('sha256', JSON.stringify(desired.object), 'base64url');
    digests.set(desired, digest);
    return digest;
  } catch {
    return undefined; // nested too deep
  }
}
