import { expect } from 'chai';
import fc from 'fast-check';
import { X509Certificate } from 'node:crypto';
import { alternativeNames, canonicalName, commonName } from '../../src/web-config/certificate-names.ts';
import { certificateAuthority, OPENSSL } from '../support/certificates.ts';
import { needs } from '../support/skips.ts';

describe('the names in a certificate', () => {
  it('are those that openssl put there, of every kind', async function () {
    needs(this, OPENSSL);
    const authority = await certificateAuthority();
    const sans = 'DNS:ci.example.org, IP:10.0.0.1, IP:2001:db8::1, email:ops@example.org, URI:spiffe://example.org/ci';
    const { cert } = await authority.issue('ci', { sans, subject: '/O=Example/CN=ci' });
    const certificate = new X509Certificate(cert);
    expect(alternativeNames(certificate.subjectAltName)).to.deep.equal([
      'ci.example.org',
      '10.0.0.1',
      '2001:db8::1',
      'ops@example.org',
      'spiffe://example.org/ci',
    ]);
    expect(commonName(certificate.subject)).to.equal('ci');
    await authority.remove();
  });

  it('cannot be two where one has a comma in it', () => {
    expect(alternativeNames('DNS:"a.example.org, DNS:admin.example.org", URI:b')).to.deep.equal([
      'a.example.org, DNS:admin.example.org',
      'b',
    ]);
  });

  it('may be none, or of kinds that nobody is known by', () => {
    expect(alternativeNames(undefined)).to.deep.equal([]);
    expect(alternativeNames('othername:<unsupported>, DirName:CN = admin')).to.deep.equal([]);
    expect(commonName('O=Example')).to.equal(undefined);
    expect(commonName('CN=a\nCN=b')).to.equal(undefined);
  });

  it('break nothing, whatever stands there', () => {
    expect(alternativeNames('DNS:"\\x", DNS:a')).to.deep.equal(['a']);
    const pieces = fc.constantFrom('DNS:', 'IP Address:', 'URI:', '"', '\\', ', ', ',', 'a', '::1', '\\u', '\n', 'CN=');
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (parts) => {
        expect(alternativeNames(parts.join(''))).to.be.an('array');
        expect(commonName(parts.join(''))).not.to.equal('');
      }),
    );
  });

  it('are the same for every spelling of an IP address', () => {
    expect(canonicalName('2001:DB8:0:0:0:0:0:1')).to.equal(canonicalName('2001:db8::1'));
    expect(canonicalName('Ci.example.org')).to.equal('Ci.example.org');
  });
});
