import { expect } from 'chai';
import { fillPlaceholders, placeholderPaths } from '../../src/discovery/placeholders.ts';

const VALUES = {
  name: 'eu-1',
  label: { region: 'eu', 'topology.kubernetes.io/zone': 'eu-1a' },
  path: ['live', 'prod', 'network'],
  var_files: ['common.tfvars', 'prod.tfvars'],
  secret: { namespace: 'prod', name: 'eu-1-kubeconfig' },
  replicas: 3,
  empty: '',
};

describe('Placeholders of a template', () => {
  for (const [text, expected] of [
    ['kube-{{ name }}', 'kube-eu-1'],
    ['{{name}}/{{ label.region }}', 'eu-1/eu'],
    ['{{ label["topology.kubernetes.io/zone"] }}', 'eu-1a'],
    ["{{ label['region'] }}", 'eu'],
    ['{{ path[0] }}-{{ path[-1] }}', 'live-network'],
    ['{{ label.team:-nobody }}', 'nobody'],
    ['{{ label.team:-}}', ''],
    ['{{ path[7]:-none at all }}', 'none at all'],
    ['{{ empty }}', ''],
    ['{{ empty:-filled }}', 'filled'],
    ['{{ replicas }}', 3],
    ['n={{ replicas }}', 'n=3'],
    ['{{ var_files }}', ['common.tfvars', 'prod.tfvars']],
    ['{{ secret }}', { namespace: 'prod', name: 'eu-1-kubeconfig' }],
    ['{{ secret.name }}', 'eu-1-kubeconfig'],
    ['{{ "{{" }} not one }}', '{{ not one }}'],
    ['no { braces }', 'no { braces }'],
  ] as const) {
    it(`makes ${JSON.stringify(expected)} of ${text}`, () => {
      expect(fillPlaceholders({ at: [text] }, VALUES)).to.deep.equal({ document: { at: [expected] }, errors: [] });
    });
  }

  for (const [text, message] of [
    [
      '{{ nam }}',
      'no such placeholder; expected one of empty, label, name, path, replicas, secret, var_files; got {{ nam }}',
    ],
    [
      '{{ constructor }}',
      'no such placeholder; expected one of empty, label, name, path, replicas, secret, var_files; got {{ constructor }}',
    ],
    ['{{ label.constructor }}', '{{ label.constructor }} has no value; {{ label.constructor:-TEXT }} has a default'],
    ['{{ label.team }}', '{{ label.team }} has no value; {{ label.team:-TEXT }} has a default'],
    ['{{ }}', 'expected a name such as {{ name }}, {{ label.region }} or {{ path[0] }}; got {{  }}'],
    [
      '{{ name | upper }}',
      'expected a name such as {{ name }}, {{ label.region }} or {{ path[0] }}; got {{ name | upper }}',
    ],
    ['files: {{ var_files }}', '{{ var_files }} is a list: expected it to be the whole text, not a part of one'],
    ['x{{ secret }}', '{{ secret }} is a map: expected it to be the whole text, not a part of one'],
  ] as const) {
    it(`says what is wrong with ${text}`, () => {
      expect(fillPlaceholders({ at: [text] }, VALUES).errors).to.deep.equal([{ path: ['at', 0], message }]);
    });
  }

  it('puts what it fills in as text, never as a template again', () => {
    expect(fillPlaceholders('a {{ name }}', { name: '{{ secret }}' }).document).to.equal('a {{ secret }}');
  });

  it('tells where placeholders stand', () => {
    expect(placeholderPaths({ name: 'x-{{ name }}', options: { list: ['a', '{{ b }}'] }, n: 1 })).to.deep.equal([
      ['name'],
      ['options', 'list', 1],
    ]);
  });
});
