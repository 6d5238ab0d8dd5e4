/** Why each package is there, and who looks after it. A test holds the names against package.json. */
export interface Reason {
  readonly why: string;
  /** State of its care, and what would replace it. */
  readonly care: string;
}

export const DEPENDENCIES: Readonly<Record<string, Reason>> = {
  '@kubernetes/client-node': {
    why: 'Reads kubeconfigs as kubectl does: contexts, certificates, exec plugins, service accounts. Requests are our own.',
    care: 'Kubernetes SIG API Machinery; a release with each Kubernetes version.',
  },
  bcryptjs: {
    why: 'Compares the passwords of the web configuration; the exporter toolkit stores them as bcrypt.',
    care: 'Finished and stable; no native code, no dependencies. node:crypto has no bcrypt.',
  },
  'deep-diff': {
    why: 'Differences of two values. Only src/diff/ knows it.',
    care: 'No release since 2018, small and finished; the walk behind src/diff/ can be replaced without a change elsewhere.',
  },
  diff: {
    why: 'Line diffs of texts: contents of files on both sides.',
    care: 'Maintained (jsdiff); no dependencies.',
  },
  execa: {
    why: 'Starts commands and ends their whole tree. Only src/run/exec.ts knows it.',
    care: 'Actively maintained; node:child_process would replace it in one file.',
  },
  express: {
    why: 'Routes, requests and answers of HTTP.',
    care: 'OpenJS Foundation; version 5 is the supported line.',
  },
  'js-yaml': {
    why: 'YAML of the configuration and, in version 1.1, of manifests.',
    care: 'Actively maintained; the parser most tools use.',
  },
  kysely: {
    why: 'One typed SQL for both stores.',
    care: 'Actively maintained; no dependencies.',
  },
  'node-cron': {
    why: 'Reads and validates cron expressions.',
    care: 'Maintained; no dependencies.',
  },
  pg: {
    why: 'PostgreSQL, where a fleet keeps its state. SQLite is in Node itself.',
    care: 'Actively maintained; the driver that Kysely and pg-boss are made for.',
  },
  'pg-boss': {
    why: 'Gives runs to the workers of a fleet through PostgreSQL: an existing engine instead of leases of our own.',
    care: 'Actively maintained; pinned: newer versions did not resolve everywhere.',
  },
  'pg-connection-string': {
    why: "Reads the store's URL with the parser that pg itself uses.",
    care: 'Part of the pg repository; comes with pg anyway.',
  },
  picomatch: {
    why: 'Globs: ignore rules, filters, refs, keys.',
    care: 'Maintained; no dependencies.',
  },
  pino: {
    why: 'The log, as JSON lines.',
    care: 'Actively maintained.',
  },
  'pino-pretty': {
    why: 'The log for people, when standard error is a terminal.',
    care: 'Actively maintained, by the same people as pino.',
  },
  'prom-client': {
    why: "The process's own metrics. Those of checks are written by src/metrics/.",
    care: 'Maintained; one small dependency tree.',
  },
  zod: {
    why: 'Validates the configuration, options and what commands print; makes the JSON Schema.',
    care: 'Actively maintained; no dependencies.',
  },
};

export const DEV_DEPENDENCIES: Readonly<Record<string, Reason>> = {
  '@grpc/grpc-js': { why: "Serves the tests' Terraform provider.", care: 'gRPC project; actively maintained.' },
  '@grpc/proto-loader': { why: "Reads that provider's protocol.", care: 'gRPC project; actively maintained.' },
  '@msgpack/msgpack': { why: "Reads and writes that provider's values.", care: 'MessagePack project; maintained.' },
  '@types/chai': { why: 'Types.', care: 'DefinitelyTyped.' },
  '@types/deep-diff': { why: 'Types.', care: 'DefinitelyTyped.' },
  '@types/express': { why: 'Types.', care: 'DefinitelyTyped.' },
  '@types/mocha': { why: 'Types.', care: 'DefinitelyTyped.' },
  '@types/node': { why: 'Types.', care: 'DefinitelyTyped.' },
  '@types/pg': { why: 'Types.', care: 'DefinitelyTyped.' },
  '@types/picomatch': { why: 'Types.', care: 'DefinitelyTyped.' },
  ajv: { why: 'Holds the published JSON Schema against the examples.', care: 'Maintained.' },
  'axe-core': { why: 'Accessibility of the page, in a real browser.', care: 'Deque; actively maintained.' },
  c8: { why: 'Coverage.', care: 'Maintained.' },
  chai: { why: 'Assertions.', care: 'Actively maintained.' },
  'dockerfile-utils': { why: 'Parses and validates the Dockerfile in its test.', care: 'Maintained.' },
  'fast-check': { why: 'Properties and fuzzing.', care: 'Actively maintained.' },
  'fast-json-patch': {
    why: 'What bench/diff.ts measures our comparison against.',
    care: 'Finished; last released in 2022. Runs in that benchmark only.',
  },
  knip: { why: 'Finds what nobody uses.', care: 'Actively maintained.' },
  microdiff: { why: 'What bench/diff.ts measures our comparison against.', care: 'Actively maintained.' },
  mocha: { why: 'Runs the tests.', care: 'OpenJS Foundation; actively maintained.' },
  node: {
    why: 'The Node.js version that everything is developed and tested with; the only package whose install script runs.',
    care: 'Follows the Node.js releases.',
  },
  oxlint: { why: 'Lint.', care: 'Actively maintained.' },
  'oxlint-tsgolint': { why: 'Lint by types.', care: 'Actively maintained, with oxlint.' },
  'playwright-core': {
    why: 'Drives the browser of the page tests; downloads none.',
    care: 'Microsoft; actively maintained.',
  },
  prettier: { why: 'Format.', care: 'Actively maintained.' },
  publint: { why: 'Says what is wrong with the package before it is published.', care: 'Actively maintained.' },
  typescript: { why: 'Types, and the build.', care: 'Microsoft; actively maintained.' },
};
