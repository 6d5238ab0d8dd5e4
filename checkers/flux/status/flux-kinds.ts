/** A kind of Flux's own. */
export interface FluxKind {
  readonly group: string;
  readonly kind: string;
  readonly resource: string;
  readonly role: 'source' | 'applier';
}

const SOURCE = 'source.toolkit.fluxcd.io';

/** Sources first: what they fetched is what the others have to apply. */
export const FLUX_KINDS: readonly FluxKind[] = [
  { group: SOURCE, kind: 'GitRepository', resource: 'gitrepositories', role: 'source' },
  { group: SOURCE, kind: 'OCIRepository', resource: 'ocirepositories', role: 'source' },
  { group: SOURCE, kind: 'Bucket', resource: 'buckets', role: 'source' },
  { group: SOURCE, kind: 'HelmRepository', resource: 'helmrepositories', role: 'source' },
  { group: SOURCE, kind: 'HelmChart', resource: 'helmcharts', role: 'source' },
  { group: SOURCE, kind: 'ExternalArtifact', resource: 'externalartifacts', role: 'source' },
  { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', resource: 'kustomizations', role: 'applier' },
  { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease', resource: 'helmreleases', role: 'applier' },
];
