import { parseExactJson } from '../../src/diff/exact-json.ts';

/** One message about the desired state, as `plan -json` streams it. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
  readonly file?: string;
  readonly line?: number;
  /** What of the configuration it is about: `check "health"`. */
  readonly context?: string;
}

/** What is read of the stream of `plan -json`. */
export interface PlanEvents {
  /** The plan came to its end; without it nothing is known. */
  readonly summarised: boolean;
  readonly interrupted: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** Managed resources whose live side was read. */
  readonly refreshed: number;
  /** Something is planned, or changed outside. */
  readonly hasChanges: boolean;
  /** Terraform's own version; absent when the stream says none. */
  readonly version?: string;
  /** Lines that are events at all. */
  readonly events: number;
  readonly uiVersion?: string;
}

interface Event {
  readonly type?: unknown;
  readonly '@message'?: unknown;
  readonly terraform?: unknown;
  readonly tofu?: unknown;
  readonly ui?: unknown;
  readonly diagnostic?: unknown;
  readonly hook?: { readonly resource?: { readonly addr?: unknown } };
}

const CHANGE_EVENTS = new Set(['planned_change', 'resource_drift', 'deferred_change']);

/**
 * Lines that are no events (a wrapper's own talk) are passed over. One event at a time: a large root has two of each of its
 * resources.
 */
export function readEvents(stdout: string): PlanEvents {
  const seen = { summarised: false, interrupted: false, hasChanges: false, events: 0 };
  const diagnostics: Diagnostic[] = [];
  const refreshed = new Set<string>();
  let version: Event | undefined;
  for (const event of eventsOf(stdout)) {
    seen.events++;
    if (/^(Interrupt received|Stopping operation)/m.test(String(event['@message']))) seen.interrupted = true;
    if (CHANGE_EVENTS.has(String(event.type))) seen.hasChanges = true;
    if (event.type === 'change_summary') seen.summarised = true;
    else if (event.type === 'version') version ??= event;
    else if (event.type === 'diagnostic') diagnostics.push(...readDiagnostic(event.diagnostic));
    else if (event.type === 'refresh_complete') refreshed.add(String(event.hook?.resource?.addr));
  }
  const terraformVersion = version?.terraform ?? version?.tofu;
  return {
    ...seen,
    diagnostics,
    refreshed: refreshed.size,
    ...(typeof terraformVersion === 'string' && { version: terraformVersion }),
    ...(typeof version?.ui === 'string' && { uiVersion: version.ui }),
  };
}

function* eventsOf(stdout: string): Generator<Event> {
  for (let from = 0; from < stdout.length;) {
    const end = stdout.indexOf('\n', from);
    const line = stdout.slice(from, end === -1 ? stdout.length : end);
    const event = parseEvent(line);
    if (event !== undefined) yield event;
    from += line.length + 1;
  }
}

function parseEvent(line: string): Event | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return parseExactJson(line) as Event;
  } catch {
    return undefined; // a line cut off: what it would have said is then missing, and that is noticed
  }
}

function readDiagnostic(value: unknown): Diagnostic[] {
  if (typeof value !== 'object' || value === null) return [];
  const { severity, summary, detail, address, range, snippet } = value as Readonly<Record<string, unknown>>;
  const place = range as { readonly filename?: unknown; readonly start?: { readonly line?: unknown } } | undefined;
  const context = (snippet as { readonly context?: unknown } | undefined)?.context;
  return [
    {
      severity: severity === 'warning' ? 'warning' : 'error',
      summary: textOf(summary),
      detail: textOf(detail),
      ...(typeof address === 'string' && address !== '' && { address }),
      ...(typeof place?.filename === 'string' && { file: place.filename }),
      ...(typeof place?.start?.line === 'number' && { line: place.start.line }),
      ...(typeof context === 'string' && { context }),
    },
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
