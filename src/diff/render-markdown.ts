import { sinceWords } from './render-duration.ts';
import type { ReportedCheck, ReportedDrift } from './render-reported.ts';
import { safeLine } from './render-safe-text.ts';
import {
  caveatsOf,
  diffText,
  factsOf,
  failureLines,
  noticeLines,
  originText,
  type Remark,
  type TextOptions,
} from './render-text.ts';
import { ACTION_WORDS, actorJoin, actorWords, CAUSE_WORDS, STATUS_SYMBOLS, STATUS_WORDS } from './render-words.ts';

/** Checks as Markdown that pastes well into a ticket: what comes from outside stands in code, where it cannot act. */
export function renderMarkdown(checks: readonly ReportedCheck[], options: TextOptions): string {
  if (checks.length === 0) return 'No check matches.\n';
  return `${checks.map((check) => checkMarkdown(check, options)).join('\n\n')}\n`;
}

function checkMarkdown(check: ReportedCheck, options: TextOptions): string {
  const { now } = options;
  const facts = factsOf(check, now).map(escape).join(' · ');
  const remarks = [
    ...caveatsOf(check, now).map((caveat) => `- ⚠ ${escape(caveat)}`),
    ...check.failures.map((failure) => remarkMarkdown('✕ ', failureLines(failure))),
    ...check.notices.map((notice) => remarkMarkdown('', noticeLines(notice))),
  ];
  return [
    `### ${STATUS_SYMBOLS[check.status]} ${code(check.check)} ${STATUS_WORDS[check.status]}`,
    `${code(check.checker)}${facts === '' ? '' : ` · ${facts}`}`,
    ...(remarks.length > 0 ? [remarks.join('\n')] : []),
    ...check.drift.map((resource) => resourceMarkdown(resource, options)),
  ].join('\n\n');
}

function resourceMarkdown(resource: ReportedDrift, options: TextOptions): string {
  const { firstSeenAt, origin } = resource;
  const facts = [
    `**${ACTION_WORDS[resource.action]}** (${resource.action})`,
    CAUSE_WORDS[resource.cause] +
      (resource.actor === undefined ? '' : actorJoin(resource.cause) + code(actorWords(resource.actor))),
    ...(firstSeenAt === undefined ? [] : [`first seen ${sinceWords(firstSeenAt, options.now)} ago (${firstSeenAt})`]),
    ...(origin === undefined ? [] : [`declared in ${code(originText(origin))}`]),
  ];
  const diff = diffText(resource, options);
  const heading = `#### ${code(resource.address)}\n\n${facts.join(' · ')}`;
  return diff.length === 0 ? heading : `${heading}\n\n${fenced(diff.join('\n'))}`;
}

function remarkMarkdown(symbol: string, [heading, ...lines]: Remark): string {
  if (lines.length === 0) return `- ${symbol}${code(heading)}`;
  const block = fenced(lines.join('\n'), '').replaceAll(/^/gm, '  ');
  return `- ${symbol}${code(heading)}\n\n${block}`;
}

/** A code span that its content cannot leave. */
function code(text: string): string {
  const line = safeLine(text);
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

function fenced(text: string, language = 'diff'): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~]/g, (character) => `\\${character}`);
}
