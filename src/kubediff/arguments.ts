import { parseArgs } from 'node:util';

/** `kubediff [options] PATH...`, as weaveworks/kubediff took it. */
export interface KubediffArguments {
  readonly paths: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: string;
  readonly json: boolean;
  /** Whether differences end with 2. */
  readonly exitOnDiff: boolean;
}

export const KUBEDIFF_HELP = `usage: kubediff [-h] [--kubeconfig KUBECONFIG] [--context CONTEXT] [--namespace NAMESPACE] [--json]
                [--no-error-on-diff] [paths ...]

Compare yaml files in path(s) to running state in kubernetes and print the differences.
This is drift-exporter, which takes the flags of weaveworks/kubediff, prints as it did and ends with its codes:
0 without a difference, 2 with one, 1 when a file cannot be read.

  -h, --help              show this help
  -k, --kubeconfig FILE   path to kubeconfig
  -c, --context NAME      name of kubeconfig context to use
  -n, --namespace NAME    namespace of objects that name none (default: default)
  -j, --json              output in json format
  -e, --no-error-on-diff  end with 0 though something differs
`;

/** Reads the arguments; 'help' where help is asked for. Throws where they do not fit. */
export function parseKubediff(args: readonly string[]): KubediffArguments | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      kubeconfig: { type: 'string', short: 'k' },
      context: { type: 'string', short: 'c' },
      namespace: { type: 'string', short: 'n', default: 'default' },
      json: { type: 'boolean', short: 'j', default: false },
      'no-error-on-diff': { type: 'boolean', short: 'e', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  const { kubeconfig, context, namespace, json } = values;
  return {
    paths: positionals,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    namespace,
    json,
    exitOnDiff: !values['no-error-on-diff'],
  };
}
