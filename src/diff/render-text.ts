import type { Failure, Notice } from '../drift.ts';
import { changeLines, DEFAULT_RENDER_LIMITS, type DiffLine, type RenderLimits } from './render-change.ts';
import { durationWords, plural, sinceWords } from './render-duration.ts';
import type { ReportedCheck, ReportedDrift } from './render-reported.ts';
import { capped, safeLine, safeText } from './render-safe-text.ts';
import {
  ACTION_SYMBOLS,
  ACTION_WORDS,
  actionCounts,
  actorJoin,
  actorWords,
  CAUSE_WORDS,
  differWords,
  STATUS_WORDS,
} from './render-words.ts';

export interface TextOptions {
  readonly now: Date;
  readonly limits?: RenderLimits;
  /** Changes of one resource that are written out. Default 50. */
  readonly changesPerResource?: number;
}

const PREFIX: Readonly<Record<DiffLine['kind'], string>> = {
  path: '@@ ',
  live: '-',
  desired: '+',
  same: ' ',
  note: '# ',
};

/** Checks as plain text: a heading a check, its failures, and each drifted resource as a unified-looking diff. */
export function renderText(checks: readonly ReportedCheck[], options: TextOptions): string {
  if (checks.length === 0) return 'No check matches.\n';
  return `${checks.map((check) => checkText(check, options)).join('\n\n')}\n`;
}

/** `failed to observe: unreachable: no route to host (web-01)`. Shared by the renderers. */
function failureText({ phase, reason, message, address }: Failure): string {
  const where = address === undefined ? '' : ` (${safeLine(address)})`;
  return `${phase}: ${reason}: ${capped(safeLine(message), 500)}${where}`;
}

/** A heading and, where a message has several lines, those that stand below it. */
export type Remark = readonly [heading: string, ...lines: string[]];

/** Shared with Markdown. */
export function noticeLines({ kind, message, address }: Notice): Remark {
  return remark(address === undefined ? kind : `${kind} (${safeLine(address)})`, message);
}

/** Shared with Markdown. */
export function failureLines(failure: Failure): Remark {
  const { phase, reason, message, address } = failure;
  if (!message.trimEnd().includes('\n')) return [failureText(failure)];
  return remark(`${phase}: ${reason}${address === undefined ? '' : ` (${safeLine(address)})`}`, message);
}

const MESSAGE_LINES = 40;

function remark(about: string, message: string): Remark {
  const lines = safeText(message.trimEnd()).split('\n');
  if (lines.length === 1) return [`${about}: ${capped(safeLine(message.trimEnd()), 500)}`];
  const shown = lines.slice(-MESSAGE_LINES).map((line) => capped(line, 500)); // what a command prints last matters most
  const left = lines.length - shown.length;
  return [`${about}:`, ...(left > 0 ? [`… ${plural(left, 'line')} before`] : []), ...shown];
}

function block(symbol: string, [heading, ...lines]: Remark): string[] {
  return [`  ${symbol} ${heading}`, ...lines.map((line) => `      ${line}`)];
}

/** What is known and how fresh it is, a fact each. Shared with Markdown. */
export function factsOf(check: ReportedCheck, now: Date): string[] {
  const counts = actionCounts(check.drift);
  return [
    ...(check.drift.length > 0 ? [`${differWords(check.drift.length, check.resources)} (${counts})`] : []),
    ...(check.drift.length === 0 && check.resources > 0 ? [`${plural(check.resources, 'resource')} compared`] : []),
    ...(check.driftedSince === undefined ? [] : [`drifted for ${sinceWords(check.driftedSince, now)}`]),
    ...(check.startedAt === undefined ? [] : [`last run ${sinceWords(check.startedAt, now)} ago`]),
    ...(check.durationSeconds === undefined ? [] : [`took ${durationWords(check.durationSeconds)}`]),
    ...(check.revision === undefined ? [] : [`revision ${safeLine(check.revision.slice(0, 12))}`]),
    ...(check.suppressed.length > 0 ? [`${plural(check.suppressed.length, 'resource')} ignored by rule`] : []),
    ...(check.notCompared.length > 0 ? [`${plural(check.notCompared.length, 'resource')} not compared`] : []),
  ];
}

/** What the reader must know before believing the rest. */
export function caveatsOf(check: ReportedCheck, now: Date): string[] {
  return [
    ...(check.observedAt === undefined
      ? []
      : [
          `the last run could not look: what follows was seen ${sinceWords(check.observedAt, now)} ago (${check.observedAt})`,
        ]),
    ...(check.unconfirmed === undefined ? [] : [unconfirmedText(check.unconfirmed)]),
    ...(check.stale === true ? ['stale: this check has not looked for longer than its schedule allows'] : []),
  ];
}

function unconfirmedText({ runs, required, drift }: NonNullable<ReportedCheck['unconfirmed']>): string {
  return `unconfirmed: ${plural(drift.length, 'resource differs', 'resources differ')} in ${runs} of ${required} runs needed`;
}

function checkText(check: ReportedCheck, options: TextOptions): string {
  const { now } = options;
  return [
    `${safeLine(check.check)} [${safeLine(check.checker)}]: ${STATUS_WORDS[check.status]}`,
    ...factsOf(check, now).map((fact) => `  ${fact}`),
    ...caveatsOf(check, now).map((caveat) => `  ! ${caveat}`),
    ...check.failures.flatMap((failure) => block('!', failureLines(failure))),
    ...check.notices.flatMap((notice) => block('i', noticeLines(notice))),
    ...check.drift.flatMap((resource) => ['', ...resourceText(resource, options)]),
  ].join('\n');
}

function resourceText(resource: ReportedDrift, options: TextOptions): string[] {
  return [
    `  ${ACTION_SYMBOLS[resource.action]} ${safeLine(resource.address)}: ${ACTION_WORDS[resource.action]}, ${whyText(resource)}`,
    ...(resource.firstSeenAt === undefined
      ? []
      : [`    first seen ${sinceWords(resource.firstSeenAt, options.now)} ago (${resource.firstSeenAt})`]),
    ...(resource.origin === undefined ? [] : [`    declared in ${originText(resource.origin)}`]),
    ...diffText(resource, options).map((line) => `    ${line}`),
  ];
}

/** The changes of a resource as a diff from live to desired, without indentation. */
export function diffText(resource: ReportedDrift, options: Omit<TextOptions, 'now'> = {}): string[] {
  if (resource.changes.length === 0) return [];
  const limit = options.changesPerResource ?? 50;
  const left = resource.changes.length - limit;
  return [
    '--- live',
    '+++ desired',
    ...resource.changes
      .slice(0, limit)
      .flatMap((change) => changeLines(change, options.limits ?? DEFAULT_RENDER_LIMITS))
      .map(({ kind, text }) => `${PREFIX[kind]}${text}${kind === 'path' ? ' @@' : ''}`),
    ...(left > 0 ? [`# … ${left} more changes`] : []),
  ];
}

/** `changed outside by alice (human)`. */
export function whyText({ cause, actor }: Pick<ReportedDrift, 'cause' | 'actor'>): string {
  return CAUSE_WORDS[cause] + (actor === undefined ? '' : actorJoin(cause) + actorWords(actor));
}

/** `network/main.tf:12`. */
export function originText({ file, line }: { readonly file: string; readonly line?: number }): string {
  return line === undefined ? safeLine(file) : `${safeLine(file)}:${line}`;
}
