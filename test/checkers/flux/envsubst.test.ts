import { expect } from 'chai';
import { envsubst, SubstitutionError } from '../../../checkers/flux/git/envsubst.ts';

const VARIABLES = new Map(Object.entries({ A: 'abcABC', PATH_TO: '/a/b/c.tar.gz', EMPTY: '', N: '7', _u1: 'under' }));

/** Text, and what bash and Flux make of it. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  'nothing to do: $A $ { } \\ {{ .x }}': 'nothing to do: $A $ { } \\ {{ .x }}',
  '${A}-${N}': 'abcABC-7',
  '${_u1}': 'under',
  'x${NOT_SET}y': 'xy',
  '$${A} and $$$${A}': '${A} and $$${A}',
  '${#A}': '6',
  '${A^} ${A^^} ${A,} ${A,,}': 'AbcABC ABCABC abcABC abcabc',
  '${A:2} ${A:2:3}': 'cABC cAB',
  '${NOT_SET:=d} ${NOT_SET=d} ${NOT_SET:-d} ${NOT_SET-d} ${EMPTY:-d}': 'd d d d d',
  '${A:=d} ${A:-d}': 'abcABC abcABC',
  '${NOT_SET:=}': '',
  '${NOT_SET:=a:b/c}': 'a:b/c',
  '${NOT_SET:=${A}-${N}}': 'abcABC-7',
  '${NOT_SET:=${ALSO_NOT:=inner}}': 'inner',
  '${A/b/-} ${A//[/-}': 'a-cABC abcABC',
  '${PATH_TO//\\//_}': '_a_b_c.tar.gz',
  '${PATH_TO/#\\/a/Z} ${PATH_TO/%.gz/.xz}': 'Z/b/c.tar.gz /a/b/c.tar.xz',
  '${A/c/}': 'abABC',
  '${A/b/$&}': 'a$&cABC',
  '${PATH_TO#*/} ${PATH_TO##*/}': 'a/b/c.tar.gz c.tar.gz',
  '${PATH_TO%.*} ${PATH_TO%%.*}': '/a/b/c.tar /a/b/c',
};

const BROKEN = ['${', '${A', '${}', '${1A}', '${A:=', '${A B}', '${A!}'];

describe('the variables of a Kustomization', () => {
  for (const [text, expected] of Object.entries(EXPRESSIONS)) {
    it(`makes ${JSON.stringify(expected)} of ${text}`, () => {
      expect(envsubst(text, VARIABLES)).to.equal(expected);
    });
  }

  for (const text of BROKEN) {
    it(`refuses ${text}`, () => {
      expect(() => envsubst(text, VARIABLES)).to.throw(SubstitutionError);
    });
  }
});
