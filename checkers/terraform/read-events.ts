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

/** Lines that are no events (a wrapper's own talk) are passed over. */
export function readEvents(stdout: string): PlanEvents {
  const events = stdout.split('\n').flatMap(parseEvent);
  const ofType = (type: string): Event[] => events.filter((event) => event.type === type);
  const version = ofType('version')[0];
  const terraformVersion = version?.terraform ?? version?.tofu;
  const refreshed = ofType('refresh_complete').map(({ hook }) => String(hook?.resource?.addr));
  return {
    summarised: ofType('change_summary').length > 0,
    interrupted: events.some((event) => /^(Interrupt received|Stopping operation)/m.test(String(event['@message']))),
    diagnostics: ofType('diagnostic').flatMap(({ diagnostic }) => readDiagnostic(diagnostic)),
    refreshed: new Set(refreshed).size,
    hasChanges: events.some(({ type }) => CHANGE_EVENTS.has(String(type))),
    ...(typeof terraformVersion === 'string' && { version: terraformVersion }),
    ...(typeof version?.ui === 'string' && { uiVersion: version.ui }),
    events: events.length,
  };
}

function parseEvent(line: string): Event[] {
  if (!line.startsWith('{')) return [];
  try {
    return [parseExactJson(line) as Event];
  } catch {
    return []; // a line cut off: what it would have said is then missing, and that is noticed
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
