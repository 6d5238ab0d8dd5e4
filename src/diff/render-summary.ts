import type { Status } from '../drift.ts';
import { plural, sinceWords } from './render-duration.ts';
import type { ReportedCheck } from './render-reported.ts';
import { capped, safeLine } from './render-safe-text.ts';
import { whyText } from './render-text.ts';
import { actionCounts, STATUS_SYMBOLS, STATUS_WORDS } from './render-words.ts';

export interface SummaryOptions {
  readonly now: Date;
  /** Where the page is, for a link at the end. */
  readonly pageUrl?: string;
  /** Characters. Default 2900: a Slack section holds 3000. */
  readonly maxLength?: number;
}

const ORDER: readonly Status[] = ['drifted', 'error', 'unknown', 'in_sync'];
const LINE_LENGTH = 280;

/** A few lines for a chat message (Slack's mrkdwn): the counts, then a line a check that is not in sync, worst first. */
export function renderSummary(checks: readonly ReportedCheck[], options: SummaryOptions): string {
  const head = headline(checks);
  const tail = options.pageUrl === undefined ? [] : [`<${options.pageUrl}|Open the page>`];
  const lines = ORDER.filter((status) => status !== 'in_sync')
    .flatMap((status) => checks.filter((check) => check.status === status))
    .map((check) => checkLine(check, options.now));
  let room = (options.maxLength ?? 2900) - head.length - 200;
  const kept = lines.filter((line) => (room -= line.length + 1) >= 0);
  const left = lines.length - kept.length;
  const more = left > 0 ? [`… and ${plural(left, 'more check', 'more checks')}`] : [];
  return `${[head, ...kept, ...more, ...tail].join('\n')}\n`;
}

function headline(checks: readonly ReportedCheck[]): string {
  if (checks.length === 0) return 'No check matches.';
  const counts = ORDER.map((status) => [checks.filter((check) => check.status === status).length, status] as const)
    .filter(([count]) => count > 0)
    .map(([count, status]) => `${count} ${STATUS_WORDS[status]}`);
  const stale = checks.filter((check) => check.stale === true).length;
  return `*${plural(checks.length, 'check')}*: ${[...counts, ...(stale > 0 ? [`${stale} stale`] : [])].join(', ')}`;
}

function checkLine(check: ReportedCheck, now: Date): string {
  const facts = [...driftFacts(check, now), ...failureFacts(check)];
  const line = `${STATUS_SYMBOLS[check.status]} ${code(check.check)} ${facts.join(' · ') || STATUS_WORDS[check.status]}`;
  return line;
}

function driftFacts(check: ReportedCheck, now: Date): string[] {
  const [first] = check.drift;
  if (first === undefined) return [];
  const more = check.drift.length - 1;
  return [
    `${plural(check.drift.length, 'resource')} (${actionCounts(check.drift)})`,
    ...(check.driftedSince === undefined ? [] : [`for ${sinceWords(check.driftedSince, now)}`]),
    `${code(capped(first.address, 80))}${more > 0 ? ` and ${more} more` : ''}, ${slack(capped(whyText(first), 80))}`,
  ];
}

function failureFacts({ failures }: ReportedCheck): string[] {
  const [first] = failures;
  if (first === undefined) return [];
  const more = failures.length > 1 ? ` and ${failures.length - 1} more` : '';
  return [`cannot tell: ${first.reason}: ${slack(capped(safeLine(first.message), LINE_LENGTH / 2))}${more}`];
}

function code(text: string): string {
  return `\`${slack(safeLine(text).replaceAll('`', "'"))}\``;
}

/** Slack reads these three as markup. */
function slack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
