/** What a process of a fleet does. */
export interface Role {
  /** It keeps the schedules, answers HTTP for the whole fleet and asks for runs. */
  readonly serves: boolean;
  /** It does runs: those of these pools. Undefined does none; `all` is for a service that is not part of a fleet. */
  readonly pools?: readonly string[] | 'all';
}

/** A service of its own. */
export const ALONE: Role = { serves: true, pools: 'all' };

/** The pool of a check that names none. */
export const DEFAULT_POOL = 'default';

export function worksPool({ pools }: Role, pool: string): boolean {
  return pools === 'all' || pools?.includes(pool) === true;
}
