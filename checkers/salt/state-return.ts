import { z } from 'zod';
import type { Json } from '../../src/checker.ts';

/** What one state of a minion came to. */
export interface StateReturn {
  /** Salt's own key: `file_|-motd_|-/etc/motd_|-managed`. */
  readonly tag: string;
  /** `file.managed`. */
  readonly type: string;
  readonly id: string;
  readonly name: string;
  /** `null`: would change. */
  readonly result: boolean | null;
  readonly comment: string;
  readonly changes: Readonly<Record<string, Json>>;
  /** `web.nginx`. */
  readonly sls?: string;
  /** Order of evaluation. */
  readonly order: number;
}

/** The states of a minion's return in the order Salt ran them; a message when it is none. */
export function readStates(returned: unknown): StateReturn[] | string {
  const parsed = z.record(z.string(), stateSchema).safeParse(unwrap(returned));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `expected state returns: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`;
  }
  const foreign = Object.keys(parsed.data).find((tag) => tag.split('_|-').length < 4);
  if (foreign !== undefined)
    return `expected a state such as file_|-id_|-name_|-managed, got ${JSON.stringify(foreign)}`;
  return Object.entries(parsed.data)
    .map(([tag, state]) => toState(tag, state))
    .toSorted((a, b) => a.order - b.order);
}

/** With `--full-return`, and in what `salt-run jobs` prints, the return stands beside its job. */
function unwrap(returned: unknown): unknown {
  const full = z.object({ ret: z.unknown(), retcode: z.number() }).safeParse(returned);
  const nested = z.object({ return: z.unknown() }).safeParse(returned);
  return full.success ? full.data.ret : nested.success ? nested.data.return : returned;
}

const stateSchema = z.object({
  result: z.boolean().nullable(),
  comment: z.union([z.string(), z.array(z.string())]).optional(),
  changes: z.union([z.record(z.string(), z.json()), z.array(z.json()), z.string()]).nullish(),
  pchanges: z.record(z.string(), z.json()).nullish(),
  name: z.union([z.string(), z.array(z.string())]).optional(),
  __sls__: z.string().nullish(),
  __run_num__: z.number().optional(),
});

function toState(tag: string, state: z.infer<typeof stateSchema>): StateReturn {
  const [module = '', id = '', ...rest] = tag.split('_|-');
  const { comment = '', changes, pchanges } = state;
  const own = asRecord(changes);
  return {
    tag,
    type: `${module}.${rest.at(-1) ?? ''}`,
    id,
    name: rest.slice(0, -1).join('_|-'),
    result: state.result,
    comment: typeof comment === 'string' ? comment : comment.join('\n'),
    changes: Object.keys(own).length > 0 ? own : (pchanges ?? {}),
    ...(state.__sls__ != null && { sls: state.__sls__ }),
    order: state.__run_num__ ?? 0,
  };
}

function asRecord(changes: z.infer<typeof stateSchema>['changes']): Readonly<Record<string, Json>> {
  if (changes == null || (typeof changes !== 'string' && changes.length === 0)) return {};
  if (typeof changes === 'string') return changes === '' ? {} : { state: changes };
  return Array.isArray(changes) ? { state: changes } : changes;
}
