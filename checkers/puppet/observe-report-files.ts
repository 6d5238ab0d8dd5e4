import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckError, failureOf, type CheckContext, type Failure } from '../../src/checker.ts';
import type { PuppetObservation } from './observation.ts';
import type { ReportsOptions } from './options.ts';
import { readReport } from './read-report.ts';
import { missingHosts, reportObservation } from './report-observation.ts';

const MAX_REPORT_BYTES = 128 * 1024 * 1024;

/** Reads the newest report of each host in a directory. */
export async function* observeReportFiles(
  options: ReportsOptions & { readonly directory: string },
  context: CheckContext,
): AsyncGenerator<PuppetObservation> {
  const directory = resolve(context.source.dir, options.directory);
  const files = await reportFiles(directory);
  if (files.length === 0)
    throw new CheckError('not_found', `${options.directory}: no report (*.yaml) in this directory`);
  const seen = new Set<string>();
  for (const { name, host } of files) {
    context.signal.throwIfAborted();
    const observation = await readFrom({ directory, name, ...(host !== undefined && { host }) }, options);
    const about = observation.piece === 'report' ? observation.found.host : (observation.failure.address ?? name);
    yield seen.has(about) ? secondReport(about, name) : observation;
    seen.add(about);
  }
  for (const failure of missingHosts(options.hosts, seen)) yield { piece: 'failure', failure };
}

function secondReport(host: string, name: string): PuppetObservation {
  const message = `${name}: a second report of ${host}; expected one a host`;
  return { piece: 'failure', failure: { phase: 'observe', reason: 'invalid', message, address: host } };
}

interface ReportFile {
  readonly directory: string;
  /** Relative to the directory. */
  readonly name: string;
  /** Known when the report lies in a directory of the host's name. */
  readonly host?: string;
}

async function readFrom(file: ReportFile, options: ReportsOptions): Promise<PuppetObservation> {
  try {
    const report = readReport(await readLimited(join(file.directory, file.name), file.name), file.name);
    return reportObservation(report, { maxAgeMs: options.max_age, now: Date.now() });
  } catch (error) {
    return { piece: 'failure', failure: fileFailure(error, file) };
  }
}

function fileFailure(error: unknown, { name, host }: ReportFile): Failure {
  const failure = failureOf(error);
  return { ...failure, address: failure.address ?? host ?? name };
}

async function readLimited(path: string, name: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_REPORT_BYTES) {
      throw new CheckError('too_large', `${name}: ${size} bytes; a report may have ${MAX_REPORT_BYTES}`);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw unreadable(error, name);
  }
}

function unreadable(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new CheckError('bad_output', `${name}: expected a Puppet report in UTF-8`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new CheckError('forbidden', `${name}: not allowed to read it`, { cause: error });
  }
  return code === 'ENOENT' ? new CheckError('not_found', `${name}: is gone`, { cause: error }) : error;
}

/** Files of the directory itself, and the newest of each directory in it; names sort by time. */
async function reportFiles(directory: string): Promise<{ name: string; host?: string }[]> {
  const entries = await list(directory);
  const files: { name: string; host?: string }[] = entries.filter(isReport).map(({ name }) => ({ name }));
  for (const { name: host } of entries.filter((entry) => entry.isDirectory())) {
    const newest = (await list(join(directory, host))).findLast(isReport);
    if (newest !== undefined) files.push({ name: join(host, newest.name), host });
  }
  return files;
}

function isReport(entry: Dirent): boolean {
  return !entry.isDirectory() && /\.ya?ml$/.test(entry.name);
}

async function list(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' || code === 'ENOTDIR' ? 'not_found' : 'forbidden';
    throw new CheckError(reason, `${directory}: expected a directory of reports: ${String(code)}`, { cause: error });
  }
}
