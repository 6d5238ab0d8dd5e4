import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CheckError } from '../../../src/checker.ts';
import type { KubeObject } from '../observation.ts';

/** What is read of a release that Helm keeps in the cluster. */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  /** `podinfo-6.5.0`; empty when the record does not tell. */
  readonly chart: string;
  /** Everything but the hooks, as it was applied. */
  readonly manifest: string;
  /** What it was given: only to know the credentials among it again. */
  readonly values: unknown;
}

/** A record of Helm 3 and 4: a Secret, or a ConfigMap with that storage driver. */
export interface ReleaseRecord {
  readonly object: KubeObject;
  readonly driver: 'secret' | 'configmap';
}

const MAX_RELEASE_BYTES = 128 * 1024 * 1024;

/** Reads a record: base64 (twice in a Secret) of gzip of JSON. Rejects with CheckError `bad_output`. */
export async function readHelmRelease({ object, driver }: ReleaseRecord): Promise<HelmRelease> {
  const data = object['data'] as { readonly release?: unknown } | null | undefined;
  const text = data?.release;
  if (typeof text !== 'string' || text === '') throw broken('it has no data.release');
  const inner = driver === 'secret' ? decodeBase64(text).toString('latin1') : text;
  return toRelease(await unpack(decodeBase64(inner)));
}

function broken(what: string, cause?: unknown): CheckError {
  return new CheckError('bad_output', `not a record of Helm: ${what}`, { cause });
}

function decodeBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw broken('it is not base64 (encrypted, or cut)');
  return Buffer.from(text, 'base64');
}

/** Old releases are not packed. */
async function unpack(bytes: Buffer): Promise<Buffer> {
  if (bytes[0] === 0x7b) return bytes;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw broken('neither gzip nor JSON (encrypted, or damaged)');
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_RELEASE_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new CheckError('too_large', `a release of more than ${MAX_RELEASE_BYTES} bytes`, { cause: error });
    }
    throw broken('its gzip is cut or damaged', error);
  }
}

interface RawRelease {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly version?: unknown;
  readonly manifest?: unknown;
  readonly config?: unknown;
  readonly chart?: { readonly metadata?: { readonly name?: unknown; readonly version?: unknown } | null } | null;
}

function toRelease(json: Buffer): HelmRelease {
  const { name, namespace, version, manifest, config, chart } = parse(json);
  if (typeof name !== 'string' || typeof version !== 'number') throw broken('its JSON has no name and version');
  if (manifest !== undefined && typeof manifest !== 'string') throw broken('its manifest is no text');
  return {
    name,
    namespace: typeof namespace === 'string' ? namespace : '',
    revision: version,
    chart: [chart?.metadata?.name, chart?.metadata?.version].filter((part) => typeof part === 'string').join('-'),
    manifest: manifest ?? '',
    values: config,
  };
}

function parse(json: Buffer): RawRelease {
  try {
    const value = JSON.parse(json.toString('utf8')) as RawRelease | null;
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    throw broken('what is packed in it is not JSON'); // the parser's own words quote the content
  }
  throw broken('what is packed in it is no object');
}
