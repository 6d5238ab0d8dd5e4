import { expect } from 'chai';
import { serve, smallFleet, webConfig, type Served } from './fleet.ts';
import { rawRequest } from './raw-request.ts';

interface Case {
  readonly request: string;
  readonly status: number;
  readonly code: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly message?: RegExp;
}

const YAML = { 'Content-Type': 'application/yaml' };
const CASES: readonly Case[] = [
  { request: 'GET /nothing', status: 404, code: 'not_found' },
  { request: 'GET /diff/nobody', status: 404, code: 'unknown_check', message: /"nobody"/ },
  { request: 'GET /checks/nobody', status: 404, code: 'unknown_check' },
  { request: 'GET /checks/constructor', status: 404, code: 'unknown_check' },
  { request: 'GET /diff/__proto__', status: 404, code: 'unknown_check' },
  { request: 'GET /api/v1/checks/nobody', status: 404, code: 'unknown_check' },
  { request: 'GET /api/v1/checks/nobody/runs', status: 404, code: 'unknown_check' },
  { request: 'GET /api/v2/checks', status: 404, code: 'not_found' },
  { request: 'GET /assets/..%2f..%2fpackage.json', status: 404, code: 'not_found' },
  { request: 'GET /assets/style-000000000000.css', status: 404, code: 'not_found' },
  { request: 'POST /diff/nobody', status: 404, code: 'unknown_check' },
  { request: 'GET /diff/%zz', status: 400, code: 'bad_request' },
  { request: 'GET /checks/%e0%a4%a', status: 400, code: 'bad_request' },
  {
    request: 'GET /diff?actoin=delete',
    status: 400,
    code: 'unknown_parameter',
    message: /actoin.*expected one of .*action/,
  },
  { request: 'GET /diff?label.=x', status: 400, code: 'unknown_parameter' },
  { request: 'GET /diff?__proto__=x', status: 400, code: 'unknown_parameter' },
  { request: 'GET /diff?check[]=x', status: 400, code: 'unknown_parameter' },
  { request: 'GET /diff?page=2', status: 400, code: 'unknown_parameter' },
  {
    request: 'GET /diff?action=destroy',
    status: 400,
    code: 'bad_parameter',
    message: /create, update, delete, replace/,
  },
  { request: 'GET /diff?cause=me', status: 400, code: 'bad_parameter' },
  { request: 'GET /diff?status=green', status: 400, code: 'bad_parameter' },
  {
    request: 'GET /diff?format=xml',
    status: 400,
    code: 'bad_parameter',
    message: /json, text, html, markdown, summary/,
  },
  { request: 'GET /diff?format=json&format=text', status: 400, code: 'bad_parameter', message: /one value/ },
  { request: 'GET /diff?limit=0', status: 400, code: 'bad_parameter', message: /whole number from 1/ },
  { request: 'GET /diff?limit=-1', status: 400, code: 'bad_parameter' },
  { request: 'GET /diff?limit=1e3', status: 400, code: 'bad_parameter' },
  { request: 'GET /diff?limit=999999999', status: 400, code: 'bad_parameter' },
  { request: 'GET /diff?continue=AAAA', status: 400, code: 'bad_parameter', message: /token of an earlier answer/ },
  { request: 'GET /diff?continue=WzEsMl0', status: 400, code: 'bad_parameter' },
  { request: `GET /diff?check=${'x'.repeat(600)}`, status: 400, code: 'bad_parameter', message: /512 characters/ },
  { request: `GET /diff?${'check=a&'.repeat(100)}`, status: 400, code: 'too_many_parameters' },
  { request: 'GET /diff/prod-shop?check=x', status: 400, code: 'unknown_parameter' },
  { request: 'GET /?limit=5', status: 400, code: 'unknown_parameter' },
  { request: 'GET /?sort=name', status: 400, code: 'bad_parameter' },
  { request: 'GET /?page=0', status: 400, code: 'bad_parameter' },
  { request: 'GET /checks/prod-shop?watch=yes', status: 400, code: 'bad_parameter' },
  { request: 'GET /sources?x=1', status: 400, code: 'unknown_parameter', message: /none is expected/ },
  { request: 'GET /api/v1/checks?type=x', status: 400, code: 'unknown_parameter' },
  { request: 'GET /api/v1/checks/prod-shop?x=1', status: 400, code: 'unknown_parameter' },
  { request: 'GET /api/v1/checks/prod-shop/runs?limit=many', status: 400, code: 'bad_parameter' },
  {
    request: 'GET /api/v1/checks/prod-shop/runs?before=yesterday',
    status: 400,
    code: 'bad_parameter',
    message: /ISO 8601/,
  },
  { request: 'GET /api/v1/sources?x=1', status: 400, code: 'unknown_parameter' },
  { request: 'POST /diff/prod-shop?ref=--upload-pack', status: 400, code: 'bad_parameter' },
  { request: 'POST /diff/prod-shop?check=x', status: 400, code: 'unknown_parameter' },
  { request: 'POST /diff', status: 405, code: 'method_not_allowed' },
  { request: 'PUT /diff/prod-shop', status: 405, code: 'method_not_allowed', message: /GET, HEAD, POST/ },
  { request: 'DELETE /', status: 405, code: 'method_not_allowed' },
  { request: 'POST /metrics', status: 405, code: 'method_not_allowed' },
  { request: 'GET /-/reload', status: 405, code: 'method_not_allowed' },
  { request: 'PATCH /api/v1/checks', status: 405, code: 'method_not_allowed' },
  { request: 'POST /-/healthy', status: 405, code: 'method_not_allowed' },
  {
    request: 'GET /diff',
    headers: { Accept: 'image/png' },
    status: 406,
    code: 'not_acceptable',
    message: /application\/json/,
  },
  { request: 'GET /diff', headers: { Accept: 'application/json;q=0' }, status: 406, code: 'not_acceptable' },
  {
    request: 'POST /diff/prod-shop',
    headers: { 'Content-Type': 'image/png' },
    body: 'x',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    request: 'POST /diff/prod-shop',
    headers: { 'Content-Type': '' },
    body: 'x',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    request: 'POST /diff/prod-shop',
    headers: { 'Content-Type': 'text/plain; charset=klingon' },
    body: 'x',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    request: 'POST /diff/prod-shop',
    headers: { ...YAML, 'Content-Encoding': 'lzma' },
    body: 'x',
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    request: 'POST /diff/prod-shop',
    headers: { ...YAML, 'Content-Encoding': 'gzip' },
    body: 'not gzip',
    status: 400,
    code: 'bad_request',
  },
  {
    request: 'POST /diff/prod-shop',
    headers: YAML,
    body: 'x'.repeat(10 * 1024 * 1024 + 1),
    status: 413,
    code: 'too_large',
  },
  { request: 'POST /diff/prod-shop', headers: { 'Sec-Fetch-Site': 'cross-site' }, status: 403, code: 'cross_site' },
  { request: 'POST /diff/prod-shop', headers: { Origin: 'https://evil.example' }, status: 403, code: 'cross_site' },
  { request: 'POST /diff/prod-shop', headers: { Origin: 'null' }, status: 403, code: 'cross_site' },
  { request: 'POST /-/reload', headers: { 'Sec-Fetch-Site': 'same-site' }, status: 403, code: 'cross_site' },
];

describe('A bad request', () => {
  let served: Served;
  before(async () => {
    served = await serve(smallFleet());
  });
  after(() => served.close());

  for (const { request, status, code, headers, body, message } of CASES) {
    const shown = `${request.slice(0, 70)} ${headers === undefined ? '' : JSON.stringify(headers)}`;
    it(`is told what is wrong: ${shown} -> ${status} ${code}`, async () => {
      const [method = '', path = ''] = request.split(' ');
      const init = { method, ...(headers && { headers }), ...(body !== undefined && { body }) };
      const response = await fetch(served.url + path, init);
      expect(response.status).to.equal(status);
      expect(response.headers.get('content-type')).to.equal('application/json; charset=utf-8');
      expect(response.headers.get('content-security-policy')).to.contain("default-src 'none'");
      expect(response.headers.has('access-control-allow-origin')).to.equal(false);
      const { error } = (await response.json()) as { error: { status: number; code: string; message: string } };
      expect(error).to.include({ status, code });
      if (message !== undefined) expect(error.message).to.match(message);
      if (status === 405) expect(response.headers.get('allow')).to.be.a('string');
    });
  }

  const RAW: readonly [string, string, number][] = [
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n', 400],
    [
      'two lengths',
      'POST /diff/prod-shop HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    [
      'a length and chunks (smuggling)',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a negative length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    ['a line feed inside a header', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\nC\r\n\r\n', 400],
    ['headers of 20 KiB', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a path of 20 KiB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ];
  for (const [what, bytes, status] of RAW) {
    it(`that is ${what} is refused with ${status}`, async () => {
      const answer = await rawRequest(served.port, bytes);
      expect(answer.status).to.equal(status);
      expect(answer.text).to.match(/\{"error":\{"status":\d+,"code":"\w+"/);
    });
  }

  it('shows nothing of a hostile Host header', async () => {
    const hostile = await rawRequest(
      served.port,
      `GET / HTTP/1.1\r\nHost: x"><script>alert(1)</script>\r\nConnection: close\r\n\r\n`,
    );
    expect(hostile.text).not.to.contain('<script');
  });

  it('is a page for a browser', async () => {
    const response = await fetch(`${served.url}/checks/<b>`, { headers: { Accept: 'text/html,*/*;q=0.8' } });
    expect(response.status).to.equal(404);
    expect(response.headers.get('content-type')).to.contain('text/html');
    expect(await response.text())
      .to.contain('&lt;b&gt;')
      .and.not.to.contain('<b>&quot;');
  });

  it('is a 403 that says how, where lifecycle is switched off', async () => {
    const closed = await serve(smallFleet(), { web: webConfig({ enableLifecycle: false }) });
    for (const path of ['/diff/prod-shop', '/-/reload']) {
      const response = await fetch(closed.url + path, { method: 'POST' });
      expect(response.status).to.equal(403);
      expect(await response.text()).to.contain('enable_lifecycle');
    }
    await closed.close();
  });
});
