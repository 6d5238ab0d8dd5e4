import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import { certificateAuthority, OPENSSL } from '../support/certificates.ts';
import { PROMETHEUS, startPrometheus } from '../support/prometheus.ts';
import { eventually } from '../support/service.ts';
import { needs } from '../support/skips.ts';
import { guardedServer, hashOf } from './guarded.ts';

const TEXT = 'drift_example 1\n';

describe('A real Prometheus', () => {
  const PASSWORDS: readonly (readonly [password: string, up: number])[] = [
    ['scrape', 1],
    ['wrong', 0],
  ];
  for (const [password, up] of PASSWORDS) {
    it(`is ${up === 1 ? 'let in' : 'kept out'} by certificate and password over TLS: ${password}`, async function () {
      needs(this, { ...PROMETHEUS, ...OPENSSL });
      const authority = await certificateAuthority();
      const [own, client] = [await authority.issue('server'), await authority.issue('prometheus')];
      const server = await guardedServer(
        {
          tls_server_config: {
            cert_file: own.certFile,
            key_file: own.keyFile,
            client_auth_type: 'RequireAndVerifyClientCert',
            client_ca_file: authority.caFile,
          },
          basic_auth_users: { prometheus: hashOf('scrape') },
          users: { prometheus: { scopes: ['metrics'] } },
        },
        {
          metrics: {
            render: async (_format, encoding) => [encoding === 'gzip' ? gzipSync(TEXT) : Buffer.from(TEXT)],
            contentType: () => 'text/plain; version=0.0.4',
          },
        },
      );
      const prometheus = await startPrometheus({
        targets: [`127.0.0.1:${server.port}`],
        scrape: {
          scheme: 'https',
          tls_config: { ca_file: authority.caFile, cert_file: client.certFile, key_file: client.keyFile },
          basic_auth: { username: 'prometheus', password },
        },
      });
      // A scrape may time out on a busy machine: the next one counts.
      const scraped = (): Promise<boolean> => prometheus.query('up == 1').then((samples) => samples.length > 0);
      if (up === 1) await eventually(scraped, 50);
      else {
        await eventually(() => server.log.some(({ reason }) => reason === 'wrong user or password'), 50);
        expect(await scraped()).to.equal(false);
      }
      await prometheus.close();
      await server.close(0);
      await authority.remove();
    });
  }
});
