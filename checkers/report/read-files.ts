import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { CheckError, failureOf, type CheckContext, type Failure, type FailureReason } from '../../src/checker.ts';
import type { ReportFormat, ReportOptions } from './options.ts';
import { parseDocuments, type Parsed } from './parse-documents.ts';

export type FilesOptions = Pick<ReportOptions, 'format' | 'max_bytes'> & { readonly files: readonly string[] };

const FORMATS: Readonly<Record<string, Exclude<ReportFormat, 'auto'>>> = {
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.yaml': 'yaml',
  '.yml': 'yaml',
};

/** Reads every file that the patterns name, sorted, each once. A file that cannot be read hides no other. */
export async function* readFiles(options: FilesOptions, context: CheckContext): AsyncGenerator<Parsed> {
  const root = resolve(context.source.dir);
  const seen = new Set<string>();
  for (const pattern of options.files) {
    const files = await filesOf(root, pattern);
    if ('failure' in files) yield files;
    else if (files.paths.length === 0)
      yield { failure: failureAbout(pattern, 'not_found', `${pattern}: names no report`) };
    else {
      for (const path of files.paths) {
        context.signal.throwIfAborted();
        if (!seen.has(path)) yield* documentsOf(path, nameOf(root, path), options);
        seen.add(path);
      }
    }
  }
}

async function* documentsOf(path: string, place: string, options: FilesOptions): AsyncGenerator<Parsed> {
  const end = extname(path);
  try {
    const format = options.format === 'auto' ? FORMATS[end.toLowerCase()] : options.format;
    if (format === undefined) {
      throw new CheckError('invalid', `${place}: expected a name that ends in ${Object.keys(FORMATS).join(', ')}`);
    }
    const { size } = await stat(path);
    if (size > options.max_bytes) {
      throw new CheckError('too_large', `${place}: ${size} bytes; the limit is ${options.max_bytes}`);
    }
    yield* parseDocuments({ bytes: await readFile(path), place, source: basename(path, end), format });
  } catch (error) {
    yield { failure: { ...failureOf(readable(error, place)), address: place } };
  }
}

type Files = { readonly paths: readonly string[] } | { readonly failure: Failure };

async function filesOf(root: string, pattern: string): Promise<Files> {
  const { base, isGlob } = picomatch.scan(pattern);
  const start = resolve(root, isGlob ? base : pattern);
  try {
    const found = await stat(start);
    if (!found.isDirectory()) return { paths: [start] };
    const paths = await walk(start);
    if (!isGlob) return { paths: paths.filter((path) => extname(path).toLowerCase() in FORMATS) };
    const matches = picomatch(resolve(root, pattern));
    return { paths: paths.filter((path) => matches(path)) };
  } catch (error) {
    return { failure: { ...failureOf(readable(error, pattern)), address: pattern } };
  }
}

/** Files below a directory, sorted; hidden ones are left out. */
async function walk(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.toSorted(byName)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...(await walk(path)));
    else found.push(path);
  }
  return found;
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

/** Inside the source relative to it, absolute otherwise. */
function nameOf(root: string, path: string): string {
  return path.startsWith(root + sep) ? relative(root, path) : path;
}

const REASONS: Readonly<Record<string, FailureReason>> = {
  ENOENT: 'not_found',
  ENOTDIR: 'not_found',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
};

function readable(error: unknown, place: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof CheckError || code === undefined) return error;
  return new CheckError(REASONS[code] ?? 'storage', `${place}: cannot be read: ${code}`, { cause: error });
}

function failureAbout(address: string, reason: FailureReason, message: string): Failure {
  return { phase: 'observe', reason, message, address };
}
