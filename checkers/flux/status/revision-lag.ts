import type { Change } from '../../../src/checker.ts';
import type { FluxObject } from './flux-object.ts';
import type { Artifact } from './observation.ts';
import { isNew, type Subject, type Verdict } from './subject.ts';

/** What is applied, against what its source has: behind is drift that nobody deployed. */
export function revisionLag(subject: Subject): Verdict {
  const { kind, address, facts } = subject;
  const object = subject.object as FluxObject;
  const compared = kind.kind === 'Kustomization' ? kustomization(object) : helmRelease(object);
  const artifact = compared.source === undefined ? undefined : facts.artifacts.get(compared.source);
  if (artifact === undefined || artifact.revision === '') return {};
  const wanted = compared.wanted(artifact);
  if (wanted === undefined || wanted === compared.applied) return {};
  if (isNew(artifact.at, subject)) {
    const message = `${wanted} came just now and is not applied yet`;
    return { notices: [{ kind: 'deferred', message, address }] };
  }
  if (compared.applied === undefined && isNew(object.metadata['creationTimestamp'], subject)) return {};
  const { namespace } = object.metadata;
  const change: Change = {
    op: compared.applied === undefined ? 'add' : 'replace',
    path: compared.path,
    ...(compared.applied !== undefined && { live: { kind: 'known', value: compared.applied } }),
    desired: { kind: 'known', value: wanted },
  };
  return {
    drift: [
      {
        address,
        type: kind.kind,
        ...(namespace !== undefined && { scope: namespace }),
        action: 'update',
        cause: 'unapplied',
        changes: [change],
      },
    ],
  };
}

interface Compared {
  /** `Kind/namespace/name`. */
  readonly source: string | undefined;
  readonly applied: string | undefined;
  /** Where `applied` stands. */
  readonly path: string;
  /** What the artifact asks for, in the form of `applied`; undefined when that cannot be told. */
  wanted(artifact: Artifact): string | undefined;
}

function kustomization(object: FluxObject): Compared {
  return {
    source: referenceOf(object, object.spec?.sourceRef),
    applied: object.status?.lastAppliedRevision,
    path: '/status/lastAppliedRevision',
    wanted: ({ revision }) => revision,
  };
}

/** The version of its chart; charts from an OCI repository are told by digest. */
function helmRelease(object: FluxObject): Compared {
  const { spec, status } = object;
  const [latest] = status?.history ?? [];
  if (spec?.chartRef?.kind === 'OCIRepository') {
    return {
      source: referenceOf(object, spec.chartRef),
      applied: latest?.ociDigest,
      path: '/status/history/0/ociDigest',
      wanted: ({ revision }) => (latest?.ociDigest === undefined ? undefined : revision.split('@').at(-1)),
    };
  }
  const made = status?.helmChart === undefined ? undefined : `HelmChart/${status.helmChart}`;
  const isOld = latest?.chartVersion === undefined && status?.lastAppliedRevision !== undefined;
  return {
    source: spec?.chartRef === undefined ? made : referenceOf(object, spec.chartRef),
    applied: isOld ? status.lastAppliedRevision : latest?.chartVersion,
    path: isOld ? '/status/lastAppliedRevision' : '/status/history/0/chartVersion',
    wanted: ({ revision }) => revision,
  };
}

function referenceOf(
  { metadata }: FluxObject,
  reference: { readonly kind?: string; readonly name?: string; readonly namespace?: string } | undefined,
): string | undefined {
  if (reference?.kind === undefined || reference.name === undefined) return undefined;
  return `${reference.kind}/${reference.namespace ?? metadata.namespace ?? ''}/${reference.name}`;
}
