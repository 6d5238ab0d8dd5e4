import { parsePatch, structuredPatch, type StructuredPatchHunk } from 'diff';
import type { Change } from '../../src/drift.ts';
import { known } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { isSensitiveFile, maskLines, MASK, MASK_DIFFERS } from './sensitive-text.ts';

/** Lines around a change that are shown with it. */
const CONTEXT = 2;
/** More differing lines than this are not looked for: the text is another one, and the search takes quadratic time. */
const MOST_EDITS = 4000;
const MOST_HUNKS = 50;
const LONGEST_SIDE = 16 * 1024;

export interface TextPair {
  readonly live: string;
  readonly desired: string;
  /** Name of the file it is the content of: decides whether all of it is secret. */
  readonly file?: string;
  /** Where it stands in the resource. Default `['content']`. */
  readonly path?: readonly string[];
}

/**
 * Two texts as a unified diff in changes: one change a hunk at `/content/<line>` (1-based, of the live text), both sides
 * with their lines of context. A text that appears or goes is one change at `/content`. Secrets inside are masked.
 */
export function textChanges({ live, desired, file, path = ['content'] }: TextPair): Change[] {
  if (live === desired) return [];
  if (file !== undefined && isSensitiveFile(file)) return [sensitiveChange(path, { live, desired })];
  const lines = { live: maskLines(splitLines(live)), desired: maskLines(splitLines(desired)) };
  if (live === '') return [{ op: 'add', path: toPointer(path), desired: known(cut(lines.desired.join(''))) }];
  if (desired === '') return [{ op: 'remove', path: toPointer(path), live: known(cut(lines.live.join(''))) }];
  const patch = structuredPatch('', '', live, desired, '', '', { context: CONTEXT, maxEditLength: MOST_EDITS });
  if (patch === undefined || patch.hunks.length > MOST_HUNKS) return [rewritten(path, lines)];
  return patch.hunks.map((hunk) => hunkChange(hunk, path, lines));
}

/** A unified diff that the tool prepared itself; text of another form is one change with the text as it came. */
export function preparedChanges(prepared: string, path: readonly string[] = ['content']): Change[] {
  if (prepared.trim() === '') return [];
  const hunks = hunksOf(prepared);
  if (hunks.length === 0 || hunks.length > MOST_HUNKS) {
    const text = maskLines(splitLines(prepared)).join('');
    return [{ op: 'replace', path: toPointer(path), desired: known(cut(text)) }];
  }
  return hunks.map((hunk) => hunkChange(hunk, path));
}

interface Sides<T> {
  readonly live: T;
  readonly desired: T;
}

function sensitiveChange(path: readonly string[], { live, desired }: Sides<string>): Change {
  const value = { kind: 'sensitive' } as const;
  if (live === '') return { op: 'add', path: toPointer(path), desired: value };
  if (desired === '') return { op: 'remove', path: toPointer(path), live: value };
  return { op: 'replace', path: toPointer(path), live: value, desired: value };
}

function rewritten(path: readonly string[], { live, desired }: Sides<readonly string[]>): Change {
  return {
    op: 'replace',
    path: toPointer(path),
    live: known(cut(live.join(''))),
    desired: known(cut(desired.join(''))),
  };
}

function hunkChange(hunk: StructuredPatchHunk, path: readonly string[], masked?: Sides<readonly string[]>): Change {
  const raw = sidesOf(hunk);
  const shown = {
    live: masked?.live.slice(hunk.oldStart - 1, hunk.oldStart - 1 + raw.live.length) ?? maskLines(raw.live),
    desired: masked?.desired.slice(hunk.newStart - 1, hunk.newStart - 1 + raw.desired.length) ?? maskLines(raw.desired),
  };
  const live = shown.live.join('');
  const desired = shown.desired.join('');
  const hides = { live: hidesChanged(hunk, '-', shown.live), desired: hidesChanged(hunk, '+', shown.desired) };
  return {
    op: 'replace',
    path: toPointer([...path, hunk.oldStart]),
    live: hides.live === false && hides.desired === true ? { kind: 'sensitive' } : known(cut(live)),
    desired:
      hides.desired === false && hides.live === true
        ? { kind: 'sensitive' }
        : known(cut(live === desired ? desired.replaceAll(MASK, MASK_DIFFERS) : desired)),
  };
}

/**
 * Whether a secret was masked in the changed lines of one side; undefined without such lines. Where only one side hides
 * one, the other most likely shows an older or newer one in a form that is not recognised.
 */
function hidesChanged(hunk: StructuredPatchHunk, sign: '-' | '+', shown: readonly string[]): boolean | undefined {
  const kept = hunk.lines.filter((line) => line.startsWith(sign) || line.startsWith(' '));
  const changed = shown.filter((_, index) => kept[index]?.startsWith(sign) === true);
  return changed.length === 0 ? undefined : changed.some((line) => line.includes(MASK));
}

function sidesOf(hunk: StructuredPatchHunk): Sides<string[]> {
  const live: string[] = [];
  const desired: string[] = [];
  for (const [index, line] of hunk.lines.entries()) {
    const end = hunk.lines[index + 1]?.startsWith('\\') === true ? '' : '\n';
    if (line.startsWith('-') || line.startsWith(' ')) live.push(line.slice(1) + end);
    if (line.startsWith('+') || line.startsWith(' ')) desired.push(line.slice(1) + end);
  }
  return { live, desired };
}

function hunksOf(prepared: string): StructuredPatchHunk[] {
  try {
    return parsePatch(prepared).flatMap((patch) => patch.hunks);
  } catch {
    return []; // not a unified diff: shown as it is
  }
}

/** Lines with their line ends; a last one without stays without. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function cut(text: string): string {
  return text.length <= LONGEST_SIDE
    ? text
    : `${text.slice(0, LONGEST_SIDE)}\n… ${text.length - LONGEST_SIDE} more characters\n`;
}
