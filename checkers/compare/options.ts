import { z } from 'zod';
import { clusterShape } from '../kubernetes/cluster-options.ts';
import { DESIRED, desiredShape, type DesiredOptions } from '../kubernetes/options.ts';
import { isPathPattern } from './path-pattern.ts';

/** The options, defaults filled in. See the schema below for what each means. */
export interface CompareOptions {
  readonly left: SideOptions;
  readonly right: SideOptions;
  readonly map: MapOptions;
  readonly allowed: readonly AllowedDifference[];
  readonly fields?: readonly FieldSelection[] | undefined;
  readonly undeclared?: boolean | undefined;
  readonly schemas?: ClusterName | undefined;
}

export interface ClusterName {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** Declared: of the source or another repository. Live: of a cluster. */
export interface SideOptions extends DesiredOptions {
  readonly git?: GitOptions | undefined;
  readonly namespace?: string | undefined;
  readonly cluster?: ClusterSideOptions | undefined;
}

export interface GitOptions {
  readonly url: string;
  readonly ref: string;
  readonly token_file?: string | undefined;
  readonly username: string;
  readonly ssh_key_file?: string | undefined;
  readonly ssh_known_hosts_file?: string | undefined;
  readonly ca_file?: string | undefined;
}

export interface ClusterSideOptions extends ClusterName {
  readonly namespaces?: readonly string[] | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly selector?: string | undefined;
}

export interface Rewrite {
  readonly match: string;
  readonly replace: string;
  readonly side: 'left' | 'right' | 'both';
}

export interface MapOptions {
  /** Left to right. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly names: readonly (Rewrite & { readonly kind?: string | undefined })[];
  readonly values: readonly (Rewrite & { readonly path: string })[];
}

export interface AllowedDifference {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly path?: string | undefined;
  readonly reason: string;
}

export interface FieldSelection {
  readonly name: string;
  readonly paths: readonly string[];
}

const text = z.string().min(1);
const pattern = text.refine(
  isPathPattern,
  'expected a path such as /spec/replicas; * is one key, ** any number of them',
);

const git = z.strictObject({
  url: text
    .regex(
      /^(https:\/\/|ssh:\/\/|file:\/\/|[\w.-]+@[\w.-]+:|\/)/,
      'expected an https, ssh or file URL, user@host:path, or a path',
    )
    .refine((url) => !/^https:\/\/[^/]*@/.test(url), 'expected a URL without credentials: use token_file')
    .describe('Another repository than the source.'),
  ref: text
    .regex(/^[\w][\w./-]*$/, 'expected a branch, tag or commit')
    .default('HEAD')
    .describe('Branch, tag or full commit.'),
  token_file: text.optional().describe('File with an HTTPS token; read by git at each run.'),
  username: text.default('oauth2').describe('Sent with the token.'),
  ssh_key_file: text.optional(),
  ssh_known_hosts_file: text.optional(),
  ca_file: text.optional().describe('Certificate authority of the HTTPS server, PEM.'),
});

const kindName = text.regex(/^([a-z0-9.-]+\/)?[A-Z]\w*$/, 'expected a kind such as Deployment or apps/Deployment');

const cluster = z.strictObject({
  ...clusterShape,
  namespaces: z.array(text).min(1).optional().describe('Default: those of the other side, or all.'),
  kinds: z
    .array(kindName)
    .min(1)
    .optional()
    .describe('Of two clusters: what is compared. Default: workloads and what they use.'),
  selector: text.optional().describe('Label selector, as kubectl takes it.'),
});

const side = z
  .strictObject({
    ...desiredShape,
    git: git.optional().describe("Where it is declared. Default: the check's source."),
    namespace: text.optional().describe('Of namespaced objects that name none. Default: `default`.'),
    cluster: cluster.optional().describe('A cluster, in place of what is declared.'),
  })
  .superRefine((given, context) => {
    const named = [...DESIRED, 'cluster' as const].filter((key) => given[key] !== undefined);
    if (named.length !== 1) {
      const got = named.length === 0 ? 'none' : named.join(' and ');
      context.addIssue({
        code: 'custom',
        message: `expected exactly one of ${DESIRED.join(', ')}, cluster; got ${got}`,
      });
    } else if (given.cluster !== undefined && given.git !== undefined) {
      context.addIssue({ code: 'custom', message: 'expected git only with what is declared; got cluster' });
    }
  });

const expression = text.refine(isExpression, 'expected a regular expression');

function isExpression(source: string): boolean {
  try {
    return new RegExp(source, 'u').source !== '';
  } catch {
    return false;
  }
}

const rewrite = {
  match: expression.describe('Regular expression.'),
  replace: z.string().describe('What stands for it; $1 is the first group.'),
  side: z.enum(['left', 'right', 'both']).default('left').describe('Which side is rewritten.'),
};

const map = z.strictObject({
  namespaces: z
    .record(text, text)
    .default({})
    .describe('Namespaces of the left side and what they are called on the right.'),
  names: z
    .array(z.strictObject({ ...rewrite, kind: text.optional().describe('Glob. Default: any.') }))
    .default([])
    .describe('Names of objects.'),
  values: z
    .array(z.strictObject({ ...rewrite, path: pattern.describe('Which fields.') }))
    .default([])
    .describe('Values that differ by rule: references to renamed objects, host names.'),
});

const allowed = z
  .strictObject({
    kind: text.optional().describe('Glob. Default: any.'),
    name: text.optional().describe('Glob, as on the right. Default: any.'),
    namespace: text.optional().describe('Glob, as on the right. Default: any.'),
    path: pattern
      .optional()
      .describe('Which fields, and what is in them. Default: the object, also where one side lacks it.'),
    reason: text.describe('Why it may differ.'),
  })
  .refine(({ kind, name, namespace, path }) => [kind, name, namespace, path].some((key) => key !== undefined), {
    error: 'expected at least one of kind, name, namespace, path',
  });

/** Fields that are asked for by a word. */
const PRESETS: Readonly<Record<string, readonly string[]>> = {
  image: ['/spec/**/containers/*/image', '/spec/**/initContainers/*/image'],
  replicas: ['/spec/replicas'],
  versions: [
    '/metadata/labels/app.kubernetes.io~1version',
    '/metadata/labels/helm.sh~1chart',
    '/metadata/labels/version',
    '/spec/version',
  ],
};

const field = z.union([
  z.enum(Object.keys(PRESETS) as [string, ...string[]]).transform((name) => ({ name, paths: PRESETS[name] ?? [] })),
  z.strictObject({ name: text, path: pattern }).transform(({ name, path }) => ({ name, paths: [path] })),
]);

/** What the compare checker accepts. Every default is here. */
export const compareOptions: z.ZodType<CompareOptions> = z.strictObject({
  left: side.describe('What is right: the desired side.'),
  right: side.describe('What is compared with it: the live side.'),
  map: map.prefault({}).describe('What is called differently on the two sides.'),
  allowed: z.array(allowed).default([]).describe('Differences that may be.'),
  fields: z.array(field).min(1).optional().describe('Only these fields are compared, and all their values shown.'),
  undeclared: z
    .boolean()
    .optional()
    .describe(
      'Whether what only one side has differs. Default: not where one side is declared and the other a cluster.',
    ),
  schemas: z
    .strictObject(clusterShape)
    .optional()
    .describe('Cluster whose schemas tell how values are read, where no side is one.'),
});
