import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { CheckError, failureOf } from '../../../src/checker.ts';
import { parseManifestsOnce } from './parse-cache.ts';
import { nothingDeclared, type Declared } from './parse-manifests.ts';

export interface ManifestFiles {
  /** Files, directories or globs, relative to the source. */
  readonly include: readonly string[];
  /** Globs, relative to the source. */
  readonly exclude: readonly string[];
}

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Reads every manifest that the patterns name. A file that cannot be read is a failure beside the rest. */
export async function readManifestFiles(
  sourceDir: string,
  { include, exclude }: ManifestFiles,
  signal: AbortSignal,
): Promise<Declared> {
  const root = await realpath(sourceDir);
  const declared = nothingDeclared();
  const excluded = picomatch([...exclude], { dot: true });
  const files = (await listFiles(root, include, declared)).filter((file) => !excluded(file));
  add(declared, await readListedManifests(sourceDir, files, signal));
  return declared;
}

/** Reads these manifests, relative to the source. One that cannot be read is a failure beside the rest. */
export async function readListedManifests(
  sourceDir: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<Declared> {
  const root = await realpath(sourceDir);
  const declared = nothingDeclared();
  for (const file of files) {
    signal.throwIfAborted();
    add(declared, await readOne(root, file));
  }
  return declared;
}

function add(declared: Declared, more: Declared): void {
  for (const object of more.objects) declared.objects.push(object);
  declared.failures.push(...more.failures);
  declared.notices.push(...more.notices);
  declared.notCompared.push(...more.notCompared);
}

async function readOne(root: string, file: string): Promise<Declared> {
  try {
    const path = await realpath(join(root, file));
    if (!isInside(root, path)) throw new CheckError('forbidden', 'a link that leads out of the source');
    const { size } = await lstat(path);
    if (size > MAX_FILE_BYTES) throw new CheckError('too_large', `${size} bytes; the limit is ${MAX_FILE_BYTES}`);
    return parseManifestsOnce({ content: await readFile(path), name: file, isFile: true });
  } catch (error) {
    const { reason, message } = failureOf(error);
    return { ...nothingDeclared(), failures: [{ phase: 'source', reason, message: `${file}: ${message}` }] };
  }
}

/** The files of all patterns, relative to `root`, sorted and each once. */
async function listFiles(root: string, include: readonly string[], declared: Declared): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of include) {
    const files = await filesOf(root, pattern, declared);
    if (files.length === 0) {
      const message = `manifests: ${JSON.stringify(pattern)} names no manifest in the source`;
      declared.failures.push({ phase: 'source', reason: 'not_found', message });
    }
    for (const file of files) found.add(file);
  }
  return [...found].toSorted();
}

async function filesOf(root: string, pattern: string, declared: Declared): Promise<string[]> {
  const { base, isGlob } = picomatch.scan(pattern);
  const start = resolve(root, isGlob ? base : pattern);
  if (!isInside(root, start)) throw new CheckError('invalid', `manifests: ${pattern} leads out of the source`, SOURCE);
  const found = await lstat(start).catch(() => undefined);
  if (found === undefined) return [];
  if (!isGlob) return found.isDirectory() ? walk(root, start, declared) : [relativeTo(root, start)];
  const matches = picomatch(pattern.replace(/^\.\//, ''));
  return (await walk(root, start)).filter((file) => matches(file));
}

const SOURCE = { phase: 'source' } as const;

/** Manifests below a directory; hidden directories are not entered. With `declared`, neither are Helm charts. */
async function walk(root: string, dir: string, declared?: Declared): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  if (declared !== undefined && entries.some((entry) => entry.name === 'Chart.yaml')) {
    const address = relativeTo(root, dir) || '.';
    declared.notCompared.push({ address, type: 'Chart', why: 'a Helm chart among manifests: set `helm` to render it' });
    return [];
  }
  const files: string[] = [];
  for (const entry of entries.toSorted(byName)) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.')) files.push(...(await walk(root, path, declared)));
    } else if (/\.(?:ya?ml|json)$/i.test(entry.name)) {
      if (declared !== undefined && /^kustomization\.ya?ml$/.test(entry.name)) skipKustomization(root, path, declared);
      else files.push(relativeTo(root, path));
    }
  }
  return files;
}

function skipKustomization(root: string, path: string, declared: Declared): void {
  const message = `${relativeTo(root, path)}: left out; set \`kustomize\` to render it`;
  declared.notices.push({ kind: 'warning', message });
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function relativeTo(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}
