import picomatch from 'picomatch';
import { kindAddress } from '../address.ts';
import type { KubeObject } from '../observation.ts';
import type { ExtraOptions } from '../options.ts';
import { parseLabelSelector } from './label-selector.ts';

interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Where objects that git does not declare are worth saying. */
export interface ExtraScope {
  /** Whether undeclared objects of a kind are looked for at all. */
  covers(kind: Kind): boolean;
  /** Whether one object is in a scope that git owns. */
  holds(kind: Kind, object: KubeObject): boolean;
  /** The namespaces that have to be listed; undefined when that may be any. */
  readonly namespaces: readonly string[] | undefined;
  /** Kinds to be listed beside those that git uses; `*` is every kind. */
  readonly kinds: readonly string[];
}

/** Nothing is looked for. */
export const NO_EXTRA_SCOPE: ExtraScope = { covers: () => false, holds: () => false, namespaces: [], kinds: [] };

/** `declared` are the namespaces that git itself declares: the default where the options name no scope. */
export function extraScope(options: ExtraOptions, declared: readonly string[]): ExtraScope {
  const { kinds, selector } = options;
  const globs = options.namespaces ?? (selector === undefined ? declared : undefined);
  const inNamespace = globs === undefined ? () => true : picomatch([...globs]);
  const isSelected = selector === undefined ? () => true : parseLabelSelector(selector);
  const named = (kind: Kind): boolean =>
    kinds === undefined || kinds.includes(kind.kind) || kinds.includes(kindAddress(kind));
  const covers = (kind: Kind): boolean => {
    if (kinds?.includes('*') === true ? isBookkeeping(kind) : !named(kind)) return false;
    // A namespace cannot tell whose a cluster-scoped object is; a label or being asked for by name can.
    return kind.namespaced || selector !== undefined || (kinds !== undefined && named(kind));
  };
  return {
    covers,
    holds: (kind, { metadata }) =>
      covers(kind) && (!kind.namespaced || inNamespace(metadata.namespace ?? '')) && isSelected(metadata.labels ?? {}),
    namespaces: globs?.every((glob) => !picomatch.scan(glob).isGlob) === true ? globs : undefined,
    kinds: kinds ?? [],
  };
}

/** Kinds that only the cluster itself makes, and many of. */
const BOOKKEEPING = new Set([
  'Event',
  'events.k8s.io/Event',
  'coordination.k8s.io/Lease',
  'discovery.k8s.io/EndpointSlice',
  'Endpoints',
  'ComponentStatus',
  'Node',
  'apps/ControllerRevision',
  'metrics.k8s.io/PodMetrics',
  'metrics.k8s.io/NodeMetrics',
]);

function isBookkeeping(kind: Kind): boolean {
  return BOOKKEEPING.has(kindAddress(kind));
}
