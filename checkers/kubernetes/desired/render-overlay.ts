import { copyFile, mkdir, mkdtemp, readdir, realpath, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { CheckContext, Json } from '../../../src/checker.ts';
import { findKustomize } from './find-kustomize.ts';
import { readListedManifests } from './manifest-files.ts';
import { parseManifestsOnce } from './parse-cache.ts';
import type { Declared } from './parse-manifests.ts';
import { cachedRender } from './render-cache.ts';
import { sourcePath } from './source-path.ts';

/** A directory of manifests or of a kustomization, and what a delivery tool lays over it. */
export interface Overlay {
  /** Relative to the source. */
  readonly dir: string;
  /** Fields of a kustomization: `namespace`, `patches`, `images` and so on; empty for none. */
  readonly fields: Readonly<Record<string, Json>>;
  /** Kustomize components, relative to the source. */
  readonly components: readonly string[];
  /** Whether files outside a kustomization's directory are refused. */
  readonly loadRestrictions: boolean;
}

const MAX_OUTPUT_BYTES = 128 * 1024 * 1024;
const KUSTOMIZATION = /^(?:kustomization\.ya?ml|Kustomization)$/;

/**
 * What a delivery tool makes of a directory: its kustomization, or all manifests below where there is none, with the
 * overlay applied. Plain manifests with nothing laid over are read without kustomize. The source is not written to.
 */
export async function renderOverlay(context: CheckContext, overlay: Overlay): Promise<Declared> {
  const dir = await sourcePath(context, overlay.dir);
  const bases = await basesBelow(dir);
  const isPlain = Object.keys(overlay.fields).length + overlay.components.length === 0 && bases.dirs.length === 0;
  if (isPlain) {
    const root = await realpath(context.source.dir);
    const files = bases.files.map((file) => relative(root, file));
    return readListedManifests(context.source.dir, files, context.signal);
  }
  const program = await findKustomize(context);
  const key = { version: program.version, arguments: ['overlay', JSON.stringify(overlay)] };
  const text = await cachedRender(context, key, async () => {
    const made = await writeOverlay(context, overlay, bases);
    const flags = overlay.loadRestrictions ? [] : ['--load-restrictor', 'LoadRestrictionsNone'];
    const args = [...program.args, made, ...flags];
    return (await context.run(program.file, args, { maxOutputBytes: MAX_OUTPUT_BYTES })).stdout;
  });
  return parseManifestsOnce({ content: text, name: `${overlay.dir} (rendered)`, isFile: false });
}

interface Bases {
  readonly dirs: string[];
  readonly files: string[];
}

/** Kustomizations and the manifests that belong to none; absolute. A kustomization speaks for all below it. */
async function basesBelow(dir: string): Promise<Bases> {
  const entries = (await readdir(dir, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  if (entries.some(({ name }) => KUSTOMIZATION.test(name))) return { dirs: [dir], files: [] };
  const found: Bases = { dirs: [], files: [] };
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      const below = await basesBelow(path);
      found.dirs.push(...below.dirs);
      found.files.push(...below.files);
    } else if (/\.ya?ml$/.test(entry.name)) found.files.push(path);
  }
  return found;
}

/** A kustomization of its own, outside the source, with copies of loose manifests; kustomize takes only relative paths. */
async function writeOverlay(
  context: CheckContext,
  { fields, components }: Overlay,
  { dirs, files }: Bases,
): Promise<string> {
  const root = await realpath(context.dirs.temporary);
  await mkdir(root, { recursive: true });
  const made = await mkdtemp(join(root, 'overlay-'));
  const copies = files.map((file, index) => `${index}-${basename(file)}`);
  for (const [index, file] of files.entries())
    await copyFile(await inSource(context, file), join(made, copies[index] ?? ''));
  const parts = await Promise.all(components.map((path) => sourcePath(context, path)));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...dirs.map((path) => relative(made, path)), ...copies],
    ...(parts.length > 0 && { components: parts.map((path) => relative(made, path)) }),
    ...fields,
  };
  await writeFile(join(made, 'kustomization.yaml'), JSON.stringify(kustomization), { mode: 0o600 });
  return made;
}

/** A manifest that is no link out of the source. */
async function inSource(context: CheckContext, file: string): Promise<string> {
  return sourcePath(context, relative(await realpath(context.source.dir), file));
}
