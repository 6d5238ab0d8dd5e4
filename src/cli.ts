import { parseArgs } from 'node:util';
import { parseCompareArguments } from './compare-arguments.ts';
import type { CompareShortcut } from './config/compare-shortcut.ts';
import type { KubernetesShortcut } from './config/kubernetes-shortcut.ts';
import { ALONE, DEFAULT_POOL, type Role } from './config/role.ts';

export type Command =
  | { readonly command: 'serve'; readonly config: string; readonly role: Role }
  | {
      readonly command: 'check';
      readonly config: string;
      /** Instead of a configuration: compares these manifests with the cluster of the kubeconfig. */
      readonly kubernetes?: KubernetesShortcut;
      readonly names: readonly string[];
      readonly output: CheckOutput;
    }
  | { readonly command: 'compare'; readonly shortcut: CompareShortcut; readonly output: CheckOutput }
  | { readonly command: 'validate'; readonly config: string }
  | { readonly command: 'schema' }
  | { readonly command: 'help' }
  | { readonly command: 'version' };

const CHECK_OUTPUTS = ['text', 'json', 'markdown'] as const;
export type CheckOutput = (typeof CHECK_OUTPUTS)[number];

/** The arguments do not fit; the message says what was expected. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `drift-exporter: tells Prometheus when reality differs from what git describes

Usage:
  drift-exporter serve [--config FILE]             run checks on schedule; serve /metrics, /diff and the page
                       [--role server|worker]      on PostgreSQL: only one half of it, for many machines
                       [--pool NAME]...            which pools' checks to run; default is the pool called default
  drift-exporter check [NAME...] [--config FILE]   run checks once and print what differs
                       [--output text|json|markdown]
  drift-exporter check --kubernetes PATH           compare manifests or a kustomization with the cluster of the
                       [--context NAME]            kubeconfig, without a configuration file
                       [--namespace NAME]
  drift-exporter compare LEFT RIGHT                compare two environments; each is a path, git:[URL]@REF:PATH or
                       [--fields image,replicas]   cluster:[CONTEXT][/NAMESPACE,...]; --fields prints a table
                       [--map-namespace A=B]...    what is called A on the left is B on the right
                       [--map-name MATCH=REPLACE]...  [--allow PATH=REASON]...  [--kind KIND,...]
                       [--undeclared] [--kubeconfig FILE] [--output text|json|markdown]
  drift-exporter validate [--config FILE]          check a configuration and print every error
  drift-exporter schema                            print the JSON Schema of the configuration
  drift-exporter --help | --version

The configuration is drift-exporter.yaml unless --config names another.
check and compare end with 0 when all is in sync, 2 when something drifted, 1 when something could not be checked.
`;

/** Reads the command line. Throws a UsageError. `defaultConfig`: what is used without `--config`. */
export function parseCommand(args: readonly string[], defaultConfig: string): Command {
  if (args[0] === 'compare' && !args.some((word) => word === '--help' || word === '-h'))
    return compareCommand(args.slice(1));
  const { values, positionals } = parse(args);
  if (values.help === true) return { command: 'help' };
  if (values.version === true) return { command: 'version' };
  const [command, ...names] = positionals;
  const config = values.config ?? defaultConfig;
  if (command === 'check') return { command, config, names, output: outputOf(values.output), ...shortcutOf(values) };
  for (const option of ['output', 'kubernetes', 'context', 'namespace'] as const) {
    if (values[option] !== undefined) throw new UsageError(`--${option}: only check takes it`);
  }
  if (names.length > 0) throw new UsageError(`${names[0]}: ${String(command)} takes no names`);
  if (command === 'serve') return { command, config, role: roleOf(values) };
  for (const option of ['role', 'pool'] as const) {
    if (values[option] !== undefined) throw new UsageError(`--${option}: only serve takes it`);
  }
  if (command === 'validate') return { command, config };
  if (command === 'schema') return { command };
  throw new UsageError(`expected a command: serve, check, compare, validate or schema; got ${command ?? 'none'}`);
}

function compareCommand(args: readonly string[]): Command {
  try {
    const { shortcut, output } = parseCompareArguments(args);
    return { command: 'compare', shortcut, output: outputOf(output) };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c' },
        output: { type: 'string', short: 'o' },
        kubernetes: { type: 'string', short: 'k' },
        context: { type: 'string' },
        namespace: { type: 'string', short: 'n' },
        role: { type: 'string' },
        pool: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function shortcutOf({ kubernetes, context, namespace }: ReturnType<typeof parse>['values']): {
  readonly kubernetes?: KubernetesShortcut;
} {
  if (kubernetes !== undefined) {
    return {
      kubernetes: {
        path: kubernetes,
        ...(context !== undefined && { context }),
        ...(namespace !== undefined && { namespace }),
      },
    };
  }
  if (context !== undefined || namespace !== undefined)
    throw new UsageError('--context, --namespace: need --kubernetes PATH');
  return {};
}

/** Without either option, a service of its own or, on PostgreSQL, server and worker in one. */
function roleOf({ role, pool }: ReturnType<typeof parse>['values']): Role {
  if (role === undefined) return pool === undefined ? ALONE : { serves: true, pools: pool };
  if (role === 'worker') return { serves: false, pools: pool ?? [DEFAULT_POOL] };
  if (role !== 'server') throw new UsageError(`--role: expected server or worker; got ${role}`);
  if (pool !== undefined) throw new UsageError('--pool: a server runs no checks; expected it without --role server');
  return { serves: true };
}

function outputOf(text: string | undefined): CheckOutput {
  const output = CHECK_OUTPUTS.find((known) => known === (text ?? 'text'));
  if (output === undefined) throw new UsageError(`--output: expected one of ${CHECK_OUTPUTS.join(', ')}; got ${text}`);
  return output;
}
