import { failureOf, type CheckContext, type Failure } from '../../src/checker.ts';
import type { IdentifiedReport, Report, ReportDocument, ReportObservation } from './observation.ts';
import type { Mapping, ReportOptions } from './options.ts';
import type { Parsed } from './parse-documents.ts';
import { readFiles } from './read-files.ts';
import { readHttp } from './read-http.ts';
import { identify, reportsOf, textAt } from './reports-of.ts';
import { Roll } from './roll.ts';

/** Reports of one piece. */
const PIECE = 200;

/** Reads the reports, in pieces; then says who was expected and did not report. */
export async function* observe(options: ReportOptions, context: CheckContext): AsyncGenerator<ReportObservation> {
  const roll = new Roll();
  let failed = false;
  for await (const parsed of read(options, context)) {
    context.signal.throwIfAborted();
    for (const piece of piecesOf(parsed, options.mapping, roll)) {
      failed ||= piece.piece === 'failures';
      yield piece;
    }
  }
  const silent = roll.silent(options.expected);
  if (silent.length > 0 && !(failed && options.expected === undefined)) yield failures(silent);
}

async function* read(options: ReportOptions, context: CheckContext): AsyncGenerator<Parsed> {
  const { files, http, kubernetes } = options;
  if (files !== undefined) yield* readFiles({ ...options, files }, context);
  if (http !== undefined) yield* readHttp({ ...options, http }, context);
  if (kubernetes === undefined) return;
  // The client library takes half a second and 60 MB: only who reads a cluster pays for it.
  const { readObjects } = await import('./read-objects.ts');
  yield* readObjects({ ...options, kubernetes }, context);
}

function* piecesOf(parsed: Parsed, mapping: Mapping, roll: Roll): Generator<ReportObservation> {
  if ('failure' in parsed) {
    yield failures([parsed.failure]);
    return;
  }
  const { found, failed } = identified(parsed.document, mapping, roll);
  const readAt = Date.now();
  for (let start = 0; start < found.length; start += PIECE) {
    yield { piece: 'reports', reports: found.slice(start, start + PIECE), readAt };
  }
  if (failed.length > 0) yield failures(failed);
}

interface Identified {
  readonly found: IdentifiedReport[];
  readonly failed: Failure[];
}

function identified(document: ReportDocument, mapping: Mapping, roll: Roll): Identified {
  const found: IdentifiedReport[] = [];
  const failed: Failure[] = [];
  const reports = orFailure(failed, () => reportsOf(document, mapping)) ?? [];
  for (const report of reports) {
    const one = orFailure(failed, () => enrol(report, mapping, roll));
    if (one !== undefined) found.push(one);
  }
  return { found, failed };
}

function enrol(report: Report, mapping: Mapping, roll: Roll): IdentifiedReport {
  const one = identify(report, mapping);
  roll.add(one, mapping.reporter === undefined ? one.address : textAt(one, mapping.reporter));
  return one;
}

function orFailure<Value>(failed: Failure[], read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    failed.push(failureOf(error));
    return undefined;
  }
}

function failures(failed: readonly Failure[]): ReportObservation {
  return { piece: 'failures', failures: failed };
}
