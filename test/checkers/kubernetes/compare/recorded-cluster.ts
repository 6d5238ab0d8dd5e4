import { splitApiVersion } from '../../../../checkers/kubernetes/address.ts';
import { parseExactJson } from '../../../../src/diff/exact-json.ts';
import { parseManifests } from '../../../../checkers/kubernetes/desired/parse-manifests.ts';
import type {
  ClusterFacts,
  DesiredObject,
  KubeObject,
  Observation,
  ResourceKind,
} from '../../../../checkers/kubernetes/observation.ts';
import { readKindSchemas, type KindSchema } from '../../../../checkers/kubernetes/schema/kind-schema.ts';
import type { Corpus, CorpusCase, RecordedMode } from '../../../support/kubernetes-corpus.ts';

export type Moment = 'before' | 'after';
type ObjectsPiece = Extract<Observation, { piece: 'objects' }>;

interface RecordedKind extends ResourceKind {
  readonly groupVersion: string;
}

/** The recorded API server, asked the way the checker asks a real one, without HTTP between. */
export class RecordedCluster {
  readonly #corpus: Corpus;
  readonly #kinds = new Map<string, RecordedKind>();
  readonly #lists = new Map<string, readonly KubeObject[]>();

  constructor(corpus: Corpus) {
    this.#corpus = corpus;
    for (const path of corpus.recordings.keys()) {
      const [, groupVersion] = /^discovery\/(.*)\.json$/.exec(path) ?? [];
      if (groupVersion !== undefined) this.#readDiscovery(groupVersion);
    }
  }

  /** What the checker observes of one case: its kinds' objects joined, and everything else in its namespace as extra. */
  observe(one: CorpusCase, mode: RecordedMode, moment: Moment): Observation[] {
    const desired = this.desired(one);
    const kinds = [...this.#kinds.values()];
    const facts = this.#facts(mode, moment);
    const declaredKinds = new Set(desired.map(({ object }) => `${object.apiVersion}/${object.kind}`));
    const groupKinds = new Set(
      desired.map(({ object }) => `${splitApiVersion(object.apiVersion).group}/${object.kind}`),
    );
    return kinds.flatMap((kind) => {
      const isDeclared = declaredKinds.has(
        kind.group === '' ? `${kind.version}/${kind.kind}` : `${kind.group}/${kind.version}/${kind.kind}`,
      );
      if (!isDeclared && groupKinds.has(`${kind.group}/${kind.kind}`)) return [];
      const piece = this.#join(kind, { desired, facts, mode, moment, namespace: one.namespace });
      return piece.pairs.length + piece.missing.length + piece.extra.length === 0 ? [] : [piece];
    });
  }

  /** What git declares, namespaces filled in. */
  desired(one: CorpusCase): DesiredObject[] {
    return Object.entries(one.git).flatMap(([name, text]) => {
      const { objects, failures } = parseManifests({ text, name, isFile: true });
      if (failures.length > 0) throw new Error(`${one.id}: ${JSON.stringify(failures)}`);
      return objects.map(({ object, ...entry }) => {
        const { namespace: written, ...metadata } = object.metadata;
        const namespace = this.kind(object)?.namespaced === true ? { namespace: written ?? one.namespace } : {};
        return Object.assign(entry, { object: Object.assign(object, { metadata: { ...metadata, ...namespace } }) });
      });
    });
  }

  kind(object: KubeObject): RecordedKind | undefined {
    const { group, version } = splitApiVersion(object.apiVersion);
    return this.#kinds.get(`${group}/${version}/${object.kind}`);
  }

  list(kind: RecordedKind, mode: RecordedMode, moment: Moment): readonly KubeObject[] {
    const path = `${mode}/${moment}/${kind.groupVersion}/${kind.resource}.json`;
    let items = this.#lists.get(path);
    if (items === undefined) {
      const text = this.#corpus.recordings.get(path);
      items = text === undefined ? [] : (parseExactJson(text) as { items: KubeObject[] }).items;
      this.#lists.set(path, items);
    }
    return items;
  }

  get kinds(): readonly RecordedKind[] {
    return [...this.#kinds.values()];
  }

  #join(
    kind: RecordedKind,
    context: {
      desired: readonly DesiredObject[];
      facts: ClusterFacts;
      mode: RecordedMode;
      moment: Moment;
      namespace: string;
    },
  ): ObjectsPiece {
    const wanted = context.desired.filter(({ object }) => this.kind(object) === kind);
    const live = this.list(kind, context.mode, context.moment);
    const key = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
    const byKey = new Map(live.map((object) => [key(object), object]));
    const pairs: ObjectsPiece['pairs'][number][] = [];
    const missing: DesiredObject[] = [];
    for (const desired of wanted) {
      const found = byKey.get(key(desired.object));
      if (found === undefined) missing.push(desired);
      else pairs.push({ desired, live: found });
    }
    const declared = new Set(wanted.map(({ object }) => key(object)));
    const extra = live.filter(
      (object) => object.metadata.namespace === context.namespace && !declared.has(key(object)),
    );
    return { piece: 'objects', resource: kind, facts: context.facts, pairs, missing, extra };
  }

  #facts(mode: RecordedMode, moment: Moment): ClusterFacts {
    const kind = this.#kinds.get('autoscaling/v2/HorizontalPodAutoscaler');
    const autoscalers = kind === undefined ? [] : this.list(kind, mode, moment);
    return { autoscaled: new Map(autoscalers.map(targetOf)) };
  }

  #readDiscovery(groupVersion: string): void {
    const discovery = JSON.parse(this.#corpus.recordings.get(`discovery/${groupVersion}.json`) ?? '{}') as Discovery;
    const schemas = this.#schemas(groupVersion);
    const { group, version } = splitApiVersion(discovery.groupVersion);
    for (const { name, kind, namespaced, verbs } of discovery.resources) {
      if (name.includes('/') || !verbs.includes('list')) continue;
      const schema = schemas.get(`${group}/${version}/${kind}`);
      const resource = { group, version, kind, resource: name, namespaced, groupVersion };
      this.#kinds.set(`${group}/${version}/${kind}`, schema === undefined ? resource : { ...resource, schema });
    }
  }

  #schemas(groupVersion: string): Map<string, KindSchema> {
    return readKindSchemas(JSON.parse(this.#corpus.recordings.get(`openapi/v3/${groupVersion}.json`) ?? '{}'));
  }
}

interface Discovery {
  readonly groupVersion: string;
  readonly resources: readonly { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

function targetOf({ metadata, spec }: KubeObject): [string, { min: number; max: number }] {
  const { scaleTargetRef, minReplicas, maxReplicas } = spec as {
    scaleTargetRef: { apiVersion: string; kind: string; name: string };
    minReplicas?: number;
    maxReplicas: number;
  };
  const { group } = splitApiVersion(scaleTargetRef.apiVersion);
  const target = `${metadata.namespace ?? ''}/${group}/${scaleTargetRef.kind}/${scaleTargetRef.name}`;
  return [target, { min: minReplicas ?? 1, max: maxReplicas }];
}
