/** An in-toto statement with a SLSA v1 provenance: what was made from which commit. Unsigned: `npm publish --provenance` in CI signs its own. */
export function buildStatement(build: {
  readonly subject: { readonly name: string; readonly digest: string };
  readonly source: { readonly commit: string; readonly repository?: string | undefined; readonly lockDigest: string };
  readonly builtAt: string;
  readonly node: string;
}): object {
  const { subject, source, builtAt, node } = build;
  const uri = source.repository === undefined ? 'git+local' : `git+${source.repository}`;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: subject.name, digest: { sha256: subject.digest } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://docs.npmjs.com/cli/commands/npm-pack',
        externalParameters: { script: 'scripts/release.ts', commit: source.commit },
        internalParameters: { node },
        resolvedDependencies: [
          { uri, digest: { gitCommit: source.commit } },
          { uri: 'package-lock.json', digest: { sha256: source.lockDigest } },
        ],
      },
      runDetails: { builder: { id: 'local' }, metadata: { startedOn: builtAt, finishedOn: builtAt } },
    },
  };
}
