import { CheckError, failureOf, type Failure, type Json } from '../../src/checker.ts';
import { splitDocuments } from '../kubernetes/desired/split-documents.ts';
import { NotJsonError, toJson } from '../kubernetes/desired/to-json.ts';
import { parseYaml, YamlSyntaxError } from '../kubernetes/desired/yaml.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';
import type { ReportDocument } from './observation.ts';
import type { ReportFormat } from './options.ts';

export interface ReportText {
  readonly bytes: Buffer;
  readonly place: string;
  readonly source: string;
  readonly format: Exclude<ReportFormat, 'auto'>;
}

export type Parsed = { readonly document: ReportDocument } | { readonly failure: Failure };

/** The documents of a text; one that cannot be read is a failure and hides no other. */
export function* parseDocuments({ bytes, place, source, format }: ReportText): Generator<Parsed> {
  const parts = splitText(bytes, format, place);
  if ('failure' in parts) {
    yield parts;
    return;
  }
  let found = 0;
  for (const part of parts.parts) {
    found += 1;
    const where = part.name === undefined ? place : `${place}: ${part.name}`;
    try {
      yield { document: { place: where, source, value: readPart(part, format) } };
    } catch (error) {
      yield { failure: { ...failureOf(badPart(error, part, where)), address: place } };
    }
  }
  if (found === 0) yield failure(place, 'expected a report, got nothing');
}

interface Part {
  readonly name?: string;
  readonly line: number;
  readonly text: string;
}

function splitText(
  bytes: Buffer,
  format: ReportText['format'],
  place: string,
): { readonly parts: readonly Part[] } | { readonly failure: Failure } {
  const text = decode(bytes);
  if (text === undefined) return failure(place, 'expected UTF-8');
  if (text.trim() === '') return failure(place, 'expected a report, got nothing');
  switch (format) {
    case 'json':
      return { parts: [{ line: 1, text }] };
    case 'jsonl':
      return { parts: text.split('\n').flatMap(lineOf) };
    case 'yaml':
      return { parts: splitDocuments(text).map((one) => ({ ...one, name: `document ${one.index}` })) };
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function lineOf(text: string, index: number): Part[] {
  return text.trim() === '' ? [] : [{ name: `line ${index + 1}`, line: index + 1, text }];
}

function readPart({ text }: Part, format: ReportText['format']): Json {
  return format === 'yaml' ? toJson(parseYaml(text)) : (parseExactJson(text) as Json);
}

/** Says what was expected and where, and shows no value: it may be secret. */
function badPart(error: unknown, { line, text }: Part, place: string): CheckError {
  const cause = { cause: error };
  if (error instanceof YamlSyntaxError) {
    return new CheckError('bad_output', `${place}, line ${line + error.line}: expected YAML: ${error.message}`, cause);
  }
  if (error instanceof NotJsonError) return new CheckError('bad_output', `${place}: ${error.message}`, cause);
  const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  const where = at === undefined ? `it ends after ${text.length} characters` : `not at character ${at}`;
  return new CheckError('bad_output', `${place}: expected JSON; ${where}`, cause);
}

function failure(place: string, message: string): { readonly failure: Failure } {
  return { failure: { phase: 'observe', reason: 'bad_output', message: `${place}: ${message}`, address: place } };
}
