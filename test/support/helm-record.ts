import { gzipSync } from 'node:zlib';

export interface RecordOptions {
  readonly name: string;
  readonly namespace: string;
  readonly revision?: number;
  readonly status?: string;
  readonly manifest: string;
  readonly driver?: 'secret' | 'configmap';
  /** Of the objects, where that is not where the record is. */
  readonly releaseNamespace?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Fields of the release in place of ours. */
  readonly release?: Readonly<Record<string, unknown>>;
}

/**
 * A release as Helm's storage drivers write it (helm.sh/helm pkg/storage/driver: JSON, gzip at its best level, base64; a
 * Secret's data is base64 once more).
 */
export function helmRecord(options: RecordOptions): Record<string, unknown> {
  const { name, namespace, revision = 1, status = 'deployed', manifest, driver = 'secret', values = {} } = options;
  const release = {
    name,
    info: {
      first_deployed: '2026-11-01T09:00:00.000000001Z',
      last_deployed: '2026-11-01T09:00:00.000000001Z',
      deleted: '',
      description: 'Install complete',
      status,
      notes: 'Thank you.',
    },
    chart: {
      metadata: { name, version: '1.2.3', apiVersion: 'v2', type: 'application' },
      lock: null,
      templates: [{ name: 'templates/all.yaml', data: Buffer.from('{{ .Values.x }}').toString('base64') }],
      values: { x: 1 },
      schema: null,
      files: [],
    },
    config: values,
    manifest,
    hooks: [
      {
        name: `${name}-test`,
        kind: 'Pod',
        path: 'templates/tests/test.yaml',
        manifest: `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}-test\n  annotations: {helm.sh/hook: test}\n`,
        events: ['test'],
        last_run: { started_at: '', completed_at: '', phase: '' },
      },
    ],
    version: revision,
    namespace: options.releaseNamespace ?? namespace,
    ...options.release,
  };
  const packed = gzipSync(JSON.stringify(release), { level: 9 }).toString('base64');
  return recordObject({ name, namespace, revision, status, driver, payload: packed });
}

/** The object around a payload, whatever it is. */
export function recordObject(record: {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly status: string;
  readonly driver: 'secret' | 'configmap';
  readonly payload: string;
}): Record<string, unknown> {
  const { name, namespace, revision, status, driver, payload } = record;
  const isSecret = driver === 'secret';
  return {
    apiVersion: 'v1',
    kind: isSecret ? 'Secret' : 'ConfigMap',
    metadata: {
      name: `sh.helm.release.v1.${name}.v${revision}`,
      namespace,
      labels: { name, owner: 'helm', status, version: String(revision), modifiedAt: '1793610000' },
    },
    ...(isSecret && { type: 'helm.sh/release.v1' }),
    data: { release: isSecret ? Buffer.from(payload).toString('base64') : payload },
  };
}
