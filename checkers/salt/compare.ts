import type { Comparison, Failure, FailureReason, NotCompared, Notice, ResourceDrift } from '../../src/checker.ts';
import { maskSensitiveText } from '../hosts/sensitive-text.ts';
import { UniqueAddresses } from '../hosts/unique-addresses.ts';
import type { SaltObservation } from './observation.ts';
import { actionOf, stateChanges } from './state-changes.ts';
import { readStates, type StateReturn } from './state-return.ts';

/** Judges what one minion returned. */
export function compare(observation: SaltObservation): Comparison {
  if (observation.piece === 'failure') return failed(observation.failure);
  const { minion, returned } = observation;
  const refusal = refusalOf(returned);
  if (refusal !== undefined) return failed(failureOfMinion(minion, reasonOf(refusal), refusal));
  const states = readStates(returned);
  if (typeof states === 'string') return failed(failureOfMinion(minion, 'bad_output', states));
  if (states.length === 0) return failed(failureOfMinion(minion, 'invalid', 'no state applies to this minion'));
  return sumOf(judgeAll(minion, states));
}

function failed(failure: Failure): Comparison {
  return { resources: 0, drift: [], failures: [failure] };
}

function failureOfMinion(minion: string, reason: FailureReason, message: string): Failure {
  return { phase: 'observe', reason, message: `${minion}: ${message}`, address: minion };
}

/** What Salt says in place of states: nothing came back, or the states could not be rendered. */
function refusalOf(returned: unknown): string | undefined {
  if (returned === false || returned === null) return 'Minion did not return';
  if (typeof returned === 'string') return maskSensitiveText(returned.trim());
  if (Array.isArray(returned)) return maskSensitiveText(returned.map(String).join('\n'));
  const error = typeof returned === 'object' && '_error' in returned ? returned._error : undefined;
  return error === undefined || typeof error === 'string' ? error : JSON.stringify(error);
}

const REASONS: readonly (readonly [RegExp, FailureReason])[] = [
  [/did not return|not connected|no response|timed out|no route to host|connection refused/i, 'unreachable'],
  [/is running as PID|state run in progress|conflict(ing)? state/i, 'locked'],
  [/permission denied|not authorized|authentication/i, 'unauthenticated'],
  [/^'[\w.]+' is not available|not supported/im, 'unsupported'],
];

function reasonOf(said: string): FailureReason {
  return REASONS.find(([pattern]) => pattern.test(said))?.[1] ?? 'invalid';
}

type Judged =
  | { readonly kind: 'same' }
  | { readonly kind: 'drift'; readonly drift: ResourceDrift }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'not_compared'; readonly notCompared: NotCompared };

function judgeAll(minion: string, states: readonly StateReturn[]): Judged[] {
  const addresses = new UniqueAddresses();
  return states.map((state) => judge(state, minion, addresses.of(minion, nameOf(state))));
}

/** `motd : file.managed`, with the name where it is another one than the id. */
function nameOf({ id, name, type }: StateReturn): string {
  return name === id ? `${id} : ${type}` : `${id} (${name}) : ${type}`;
}

/** Commands run in every apply unless a guard stands before them, and a return does not tell whether one does. */
const COMMANDS = /^(cmd|module|event|http|slack|smtp|salt)\./;

function judge(state: StateReturn, minion: string, address: string): Judged {
  const { type, result, comment } = state;
  const said = maskSensitiveText(withoutFrames(comment.trim()));
  if (result === false) {
    const reason = failureReason(state);
    return { kind: 'failure', failure: { phase: 'observe', reason, message: said || 'failed', address } };
  }
  if (result === null && COMMANDS.test(type)) {
    const why = 'a command; the return does not tell whether it has a guard';
    return { kind: 'not_compared', notCompared: { address, type, scope: minion, why } };
  }
  if (OFFLINE.test(comment)) {
    const why = 'Salt runs in offline mode here: it does not look at services';
    return { kind: 'not_compared', notCompared: { address, type, scope: minion, why } };
  }
  if (result === null) {
    const changes = stateChanges(state);
    const drift = { address, type, scope: minion, action: actionOf(state), cause: 'unknown', changes } as const;
    return { kind: 'drift', drift };
  }
  if (Object.keys(state.changes).length === 0) return { kind: 'same' };
  return { kind: 'notice', notice: { kind: 'warning', message: `changed by the run itself: ${said}`, address } };
}

/** Without an init system, or with `SYSTEMD_OFFLINE`, service states succeed unseen. */
const OFFLINE = /^Running in OFFLINE mode/;

/** The frames of a Python traceback are paths of the minion and code of Salt; what was raised stands after them. */
function withoutFrames(comment: string): string {
  return comment.replaceAll(/Traceback \(most recent call last\):\n(?: .*\n)+/g, '');
}

function failureReason({ tag, comment }: StateReturn): FailureReason {
  if (tag.startsWith('no_|-states')) return 'invalid';
  if (/requisites were not found/i.test(comment)) return 'invalid';
  if (/requisite/i.test(comment)) return 'dependency';
  if (/^(specified )?state '.+' was not found|__virtual__ returned/im.test(comment)) return 'unsupported';
  return 'task_failed';
}

function sumOf(judged: readonly Judged[]): Comparison {
  const drift = judged.flatMap((one) => (one.kind === 'drift' ? one.drift : []));
  const failures = judged.flatMap((one) => (one.kind === 'failure' ? one.failure : []));
  const notices = judged.flatMap((one) => (one.kind === 'notice' ? one.notice : []));
  const notCompared = judged.flatMap((one) => (one.kind === 'not_compared' ? one.notCompared : []));
  return { resources: judged.length - failures.length - notCompared.length, drift, failures, notices, notCompared };
}
