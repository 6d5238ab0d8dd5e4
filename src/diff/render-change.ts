import { structuredPatch } from 'diff';
import type { Change, FieldValue } from '../drift.ts';
import { capped, safeLine, safeText } from './render-safe-text.ts';

/** One line of a rendered change. `note` is a remark of the renderer, no part of the values. */
export interface DiffLine {
  readonly kind: 'path' | 'live' | 'desired' | 'same' | 'note';
  readonly text: string;
}

export interface RenderLimits {
  /** Lines of one change, beside its path. */
  readonly linesPerChange: number;
  /** Characters of one line. */
  readonly lineLength: number;
}

export const DEFAULT_RENDER_LIMITS: RenderLimits = { linesPerChange: 40, lineLength: 300 };

/** Two longer texts are shown one after the other instead of line against line: that takes quadratic time. */
const LONGEST_COMPARED = 64 * 1024;

/** A change as readable lines: its path, then what is live and what is desired; texts of many lines as a unified diff. */
export function changeLines(change: Change, limits: RenderLimits = DEFAULT_RENDER_LIMITS): DiffLine[] {
  const path = change.path === '' ? '(the whole resource)' : safeLine(change.path);
  const head: DiffLine = { kind: 'path', text: capped(path, limits.lineLength) };
  const note: DiffLine[] = change.forcesReplacement === true ? [{ kind: 'note', text: 'forces replacement' }] : [];
  const lines = unifiedLines(change) ?? sideLines(change);
  return [head, ...note, ...capLines(lines, limits)];
}

function sideLines({ op, live, desired }: Change): DiffLine[] {
  const masked = op === 'replace' && live?.kind === 'sensitive' && desired?.kind === 'sensitive';
  return [
    ...(live === undefined ? [] : valueLines('live', valueText(live))),
    ...(desired === undefined ? [] : valueLines('desired', masked ? '(sensitive, another value)' : valueText(desired))),
    ...(live === undefined && desired === undefined
      ? [{ kind: 'note' as const, text: 'the tool tells no values' }]
      : []),
  ];
}

/** Line against line, where both sides have several. */
function unifiedLines({ live, desired }: Change): DiffLine[] | undefined {
  if (live?.kind !== 'known' || desired?.kind !== 'known') return undefined;
  const before = valueText(live);
  const after = valueText(desired);
  if (!before.includes('\n') || !after.includes('\n')) return undefined;
  if (typeof live.value !== typeof desired.value || before.length + after.length > LONGEST_COMPARED) return undefined;
  const patch = structuredPatch('', '', before, after, '', '', { context: 2, maxEditLength: 1000 });
  if (patch === undefined || patch.hunks.length === 0) return undefined;
  return patch.hunks.flatMap((hunk) => {
    const lines = hunk.lines.map(patchLine);
    if (hunk.oldStart > 1) lines.unshift({ kind: 'note', text: `line ${hunk.oldStart}` });
    return lines;
  });
}

function patchLine(line: string): DiffLine {
  const text = line.slice(1);
  if (line.startsWith('-')) return { kind: 'live', text };
  if (line.startsWith('+')) return { kind: 'desired', text };
  if (line.startsWith('\\')) return { kind: 'note', text: 'no newline at the end' };
  return { kind: 'same', text };
}

/** A text of many lines as it is; everything else as JSON, so that `"3"` and `3` look different. */
function valueText(value: FieldValue): string {
  if (value.kind === 'sensitive') return '(sensitive)';
  if (value.kind === 'unknown') return '(known after apply)';
  if (typeof value.value === 'string' && value.value.includes('\n')) return value.value;
  return JSON.stringify(value.value, undefined, 2);
}

function valueLines(kind: 'live' | 'desired', text: string): DiffLine[] {
  const lines = text.split('\n');
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines.map((line) => ({ kind, text: line }));
}

function capLines(lines: readonly DiffLine[], limits: RenderLimits): DiffLine[] {
  const kept = lines.slice(0, limits.linesPerChange).map(({ kind, text }) => {
    return { kind, text: capped(safeText(text), limits.lineLength) };
  });
  const left = lines.length - kept.length;
  return left > 0 ? [...kept, { kind: 'note', text: `… ${left} more lines` }] : kept;
}
