import type { Comparison, Failure, Notice } from '../../../src/checker.ts';
import type { Application } from '../application.ts';
import type { StatusOptions } from '../options.ts';
import { conditionFindings } from './condition-findings.ts';
import { resourceDrift } from './resource-drift.ts';

export interface JudgeContext {
  /** Of the object itself. */
  readonly address: string;
  /** ISO 8601; when the reading began. */
  readonly now: string;
  readonly options: StatusOptions;
}

const SKIP_RECONCILE = 'argocd.argoproj.io/skip-reconcile';

/** One Application, with its objects. Pure. */
export function judgeApplication(application: Application, context: JudgeContext): Comparison {
  const { address } = context;
  const { metadata, status } = application;
  const scope = `${metadata.namespace ?? ''}/${metadata.name}`;
  if (metadata.annotations?.[SKIP_RECONCILE] === 'true') {
    const why = `${SKIP_RECONCILE}: Argo CD does not look at it`;
    return {
      resources: 0,
      drift: [],
      notices: [{ kind: 'suspended', message: why, address }],
      notCompared: [{ address, type: 'Application', scope, why }],
    };
  }
  const isUnborn = status?.sync?.status === undefined && isNew(metadata['creationTimestamp'], context);
  const resources = (status?.resources ?? []).filter(({ hook }) => hook !== true);
  const drift = resourceDrift(application, address);
  const found = conditionFindings(application, context);
  const failures: Failure[] = [...found.failures, ...(isUnborn ? [] : staleness(application, context))];
  const sync = status?.sync?.status;
  if (sync === 'Unknown' && failures.length === 0) {
    failures.push({ phase: 'observe', reason: 'task_failed', message: 'its sync status is Unknown', address });
  }
  const notices: Notice[] = [...found.notices, ...health(application, address), ...autoSync(application, address)];
  if (isUnborn) notices.push({ kind: 'deferred', message: 'new: Argo CD did not compare it yet', address });
  return { resources: Math.max(resources.length, 1), drift, failures, notices };
}

/** Milliseconds since a time; undefined for no time. */
function ageOf(at: unknown, now: string): number | undefined {
  const age = typeof at === 'string' ? Date.parse(now) - Date.parse(at) : NaN;
  return Number.isNaN(age) ? undefined : age;
}

function isNew(at: unknown, { now, options }: JudgeContext): boolean {
  const age = ageOf(at, now);
  return age !== undefined && age < options.grace;
}

/** What Argo CD compared long ago says nothing about now. */
function staleness({ status, metadata }: Application, { address, now, options }: JudgeContext): Failure[] {
  const compared = ageOf(status?.reconciledAt, now);
  const age = compared ?? ageOf(metadata['creationTimestamp'], now);
  const limit = compared === undefined ? options.grace : options.stale_after;
  if (age !== undefined && age <= limit) return [];
  const what = compared === undefined ? 'never compared' : `last compared ${Math.round(compared / 1000)} s ago`;
  const message = `${what}; expected at least every ${Math.round(options.stale_after / 1000)} s`;
  return [{ phase: 'observe', reason: 'stale', message, address }];
}

/** Health is how the objects are doing, not whether they are as declared. */
function health({ status }: Application, address: string): Notice[] {
  const { status: found, message = '' } = status?.health ?? {};
  if (found !== 'Degraded' && found !== 'Unknown') return [];
  return [{ kind: 'check_failed', message: `health: ${found}${message === '' ? '' : `: ${message}`}`, address }];
}

/** Switched off, or drifted with nobody to sync it. */
function autoSync({ spec, status }: Application, address: string): Notice[] {
  const automated = spec?.syncPolicy?.automated;
  if (automated?.enabled === false) return [{ kind: 'suspended', message: 'automated sync is switched off', address }];
  if ((automated ?? undefined) !== undefined || status?.sync?.status !== 'OutOfSync') return [];
  return [{ kind: 'suspended', message: 'out of sync, and it has no automated sync', address }];
}
